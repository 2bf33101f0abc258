/// The values of number and string tokens.
enum Literal {
  /// The value of a decimal, octal or hexadecimal integer; nil above `maximum`.
  static func integer(_ text: String, maximum: UInt64) -> UInt64? {
    var digits = text.utf8[...]
    var base: UInt64 = 10
    if digits.first == 0x30 {
      digits = digits.dropFirst()
      base = 8
      if let x = digits.first, x | 0x20 == 0x78 {
        digits = digits.dropFirst()
        base = 16
      }
    }
    var value: UInt64 = 0
    for byte in digits {
      let digit = CharacterClass.digitValue(byte)
      guard digit < base else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: base)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !overflow, !carry, sum <= maximum else { return nil }
      value = sum
    }
    return value
  }

  /// The value of a float token: `.5`, `1.`, `1e9`, `2.5f`.
  static func double(_ text: String) -> Double {
    var digits = Substring(text)
    if let last = digits.last, last == "f" || last == "F" { digits = digits.dropLast() }
    let parts = digits.split(
      maxSplits: 1,
      omittingEmptySubsequences: false,
      whereSeparator: { $0 == "e" || $0 == "E" }
    )
    var mantissa = String(parts.first ?? "0")
    if mantissa.hasPrefix(".") { mantissa = "0" + mantissa }
    if mantissa.hasSuffix(".") { mantissa += "0" }
    return Double(parts.count == 2 ? mantissa + "e" + parts[1] : mantissa) ?? 0
  }

  /// Appends the bytes that a string token with its quotes stands for.
  static func appendString(_ text: String, to result: inout [UInt8]) {
    let bytes = Array(text.utf8)
    guard let quote = bytes.first else { return }
    var index = 1
    let end = bytes.count > 1 && bytes.last == quote ? bytes.count - 1 : bytes.count
    while index < end {
      if bytes[index] == 0x5C, index + 1 < end {
        index += 1
        appendEscape(bytes, &index, end, to: &result)
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
  }

  private static func appendEscape(
    _ bytes: [UInt8],
    _ index: inout Int,
    _ end: Int,
    to result: inout [UInt8]
  ) {
    switch bytes[index] {
    case 0x30...0x37:
      result.append(number(bytes, &index, end, base: 8, digits: 3))
    case 0x78, 0x58:
      index += 1
      result.append(number(bytes, &index, end, base: 16, digits: 2))
    case 0x75, 0x55:
      var scalar = hexadecimal(bytes, &index, end)
      if scalar >= 0xD800, scalar < 0xDC00, index + 1 < end, bytes[index] == 0x5C,
        bytes[index + 1] == 0x75
      {
        var ahead = index + 1
        let low = hexadecimal(bytes, &ahead, end)
        if low >= 0xDC00, low < 0xE000 {
          scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
          index = ahead
        }
      }
      appendUTF8(scalar, to: &result)
    default:
      result.append(simpleEscape(bytes[index]))
      index += 1
    }
  }

  private static func simpleEscape(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x61: 0x07
    case 0x62: 0x08
    case 0x66: 0x0C
    case 0x6E: 0x0A
    case 0x72: 0x0D
    case 0x74: 0x09
    case 0x76: 0x0B
    default: byte
    }
  }

  private static func number(
    _ bytes: [UInt8],
    _ index: inout Int,
    _ end: Int,
    base: UInt64,
    digits: Int
  ) -> UInt8 {
    var value: UInt64 = 0
    var count = 0
    while count < digits, index < end, CharacterClass.digitValue(bytes[index]) < base {
      value = value * base + CharacterClass.digitValue(bytes[index])
      index += 1
      count += 1
    }
    return UInt8(truncatingIfNeeded: value)
  }

  private static func hexadecimal(_ bytes: [UInt8], _ index: inout Int, _ end: Int) -> UInt32 {
    let digits = bytes[index] == 0x75 ? 4 : 8
    index += 1
    var value: UInt32 = 0
    for _ in 0..<digits where index < end && CharacterClass.isHexDigit(bytes[index]) {
      value = value << 4 | UInt32(CharacterClass.digitValue(bytes[index]))
      index += 1
    }
    return value
  }

  /// Writes a code point, lone surrogates too, as protoc does.
  private static func appendUTF8(_ scalar: UInt32, to result: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
    switch scalar {
    case ..<0x80: result.append(UInt8(scalar))
    case ..<0x800: result += [UInt8(0xC0 | scalar >> 6), tail(0)]
    case ..<0x10000: result += [UInt8(0xE0 | scalar >> 12), tail(6), tail(0)]
    case 0x110000...:  // Beyond Unicode; protoc leaves the escape in the string.
      let digits = String(scalar, radix: 16)
      result += Array(("\\U" + String(repeating: "0", count: 8 - digits.count) + digits).utf8)
    default: result += [UInt8(0xF0 | scalar >> 18 & 0x07), tail(12), tail(6), tail(0)]
    }
  }
}
