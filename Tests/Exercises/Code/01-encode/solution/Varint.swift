/// The bytes of a varint: seven bits in each, the lowest first; the top bit says that another one follows.
func varint(_ value: UInt64) -> [UInt8] {
  var rest = value
  var bytes: [UInt8] = []
  while rest >= 0x80 {
    bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
  return bytes
}

/// The number that a varint stands for; nil if its end is missing, or if it does not fit 64 bits.
func number(_ varint: [UInt8]) -> UInt64? {
  var value: UInt64 = 0
  for (index, byte) in varint.enumerated() {
    // The tenth byte holds the last of 64 bits.
    guard index < 9 || index == 9 && byte <= 1 else { return nil }
    value |= UInt64(byte & 0x7F) << UInt64(7 * index)
    if byte < 0x80 { return value }
  }
  return nil
}
