/// A short field that is sent once: it goes out as it stands, and no table is asked for it.
public struct PlainField {
  let name: UnsafeRawBufferPointer
  let value: UnsafeRawBufferPointer

  /// The length of a value, and of each well-known name, takes one byte (RFC 7541 §5.1).
  private static let longest = 126

  /// A field with a well-known name; nil when the token stands for no single name, or the value is long.
  ///
  /// - Parameters:
  ///   - token: The name.
  ///   - value: Its bytes, which must outlive this.
  public init?(_ token: HeaderToken, value: UnsafeRawBufferPointer) {
    guard let text = token.name, value.count <= Self.longest else { return nil }
    name = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    self.value = value
  }

  /// The size as RFC 9113 §6.5.2 counts it.
  public var size: Int { name.count + value.count + 32 }

  /// Appends the field to a block, behind others, as a literal that enters no table (RFC 7541 §6.2.2).
  ///
  /// Huffman's code is left to the encoder (§5.2): for a few bytes that are sent once it costs both ends more than it
  /// saves.
  public func encode(into block: inout [UInt8]) {
    // Put together first: each piece that an array gets costs more than to copy all of them.
    withUnsafeTemporaryAllocation(byteCount: 3 + name.count + value.count, alignment: 1) {
      literal in
      literal[0] = 0
      literal[1] = UInt8(truncatingIfNeeded: name.count)
      literal[2 + name.count] = UInt8(truncatingIfNeeded: value.count)
      UnsafeMutableRawBufferPointer(rebasing: literal[2...]).copyMemory(from: name)
      UnsafeMutableRawBufferPointer(rebasing: literal[(3 + name.count)...]).copyMemory(from: value)
      block.append(contentsOf: UnsafeRawBufferPointer(literal))
    }
  }
}
