/// A field that is sent once: it goes out as it stands, and no table is asked for it.
public struct PlainField {
  let name: UnsafeRawBufferPointer
  let value: UnsafeRawBufferPointer

  /// A field with a well-known name; nil when the token stands for no single name.
  ///
  /// - Parameters:
  ///   - token: The name.
  ///   - value: Its bytes, which must outlive this.
  public init?(_ token: HeaderToken, value: UnsafeRawBufferPointer) {
    guard let text = token.name else { return nil }
    name = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    self.value = value
  }

  /// The size as RFC 9113 §6.5.2 counts it.
  public var size: Int { name.count + value.count + 32 }
}

extension HPACKEncoder {
  /// Appends a field behind others, as a literal that enters no table (§6.2.2).
  ///
  /// Huffman's code is left to the encoder (§5.2): for a few bytes that are sent once it costs both ends more than it
  /// saves.
  public func encode(_ field: PlainField, into block: inout [UInt8]) {
    block.append(0)
    PrefixedInteger.encode(field.name.count, prefixBits: 7, pattern: 0, into: &block)
    block.append(contentsOf: field.name)
    PrefixedInteger.encode(field.value.count, prefixBits: 7, pattern: 0, into: &block)
    block.append(contentsOf: field.value)
  }
}
