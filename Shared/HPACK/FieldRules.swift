/// Which bytes may stand in a field (RFC 9113 §8.2.1).
enum FieldRules {
  /// Whether a name and a value hold only what is allowed; a name that a token stands for does.
  static func isWellFormed(
    _ token: HeaderToken,
    name: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer
  ) -> Bool {
    (token.isName || isName(name)) && isValue(value)
  }

  /// Visible ASCII without upper-case letters; a colon only in front, where it marks a pseudo-header.
  private static func isName(_ name: UnsafeRawBufferPointer) -> Bool {
    guard let first = name.first else { return false }
    if first == UInt8(ascii: ":") {
      return name.count > 1 && name.dropFirst().allSatisfy(isNameByte)
    }
    return name.allSatisfy(isNameByte)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && !(0x41...0x5A).contains(byte) && byte != UInt8(ascii: ":")
  }

  /// No NUL, no line breaks, no blank at either end.
  private static func isValue(_ value: UnsafeRawBufferPointer) -> Bool {
    guard let first = value.first, let last = value.last else { return true }
    for byte in value where byte <= 0x0D && (byte == 0 || byte == 0x0A || byte == 0x0D) {
      return false
    }
    return first != 0x20 && first != 0x09 && last != 0x20 && last != 0x09
  }
}
