/// The integers of RFC 7541 §5.1: a prefix of a byte, then seven bits a byte, lowest first.
enum PrefixedInteger {
  /// The largest value we accept: more than any index, length or table size that our limits allow.
  static let maximum = 1 << 28

  /// Reads an integer whose prefix has so many bits; `position` stands on the prefix and moves behind it.
  static func decode(
    _ bytes: UnsafeRawBufferPointer,
    _ position: inout Int,
    prefixBits: Int
  ) throws(HPACKError) -> Int {
    guard position < bytes.count else { throw .truncated }
    let mask = (1 << prefixBits) - 1
    var value = Int(bytes[position]) & mask
    position += 1
    guard value == mask else { return value }
    // Five more bytes hold 35 bits; also a value padded with zeros must end.
    var shift = 0
    while shift < 35 {
      guard position < bytes.count else { throw .truncated }
      let byte = bytes[position]
      position += 1
      value += Int(byte & 0x7F) << shift
      guard value <= maximum else { throw .integerTooLarge }
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    throw .integerTooLarge
  }

  /// Writes an integer; `pattern` holds the bits in front of the prefix.
  static func encode(_ value: Int, prefixBits: Int, pattern: UInt8, into bytes: inout [UInt8]) {
    let mask = (1 << prefixBits) - 1
    guard value >= mask else {
      bytes.append(pattern | UInt8(truncatingIfNeeded: value))
      return
    }
    bytes.append(pattern | UInt8(truncatingIfNeeded: mask))
    var rest = value - mask
    while rest >= 128 {
      bytes.append(UInt8(truncatingIfNeeded: rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}
