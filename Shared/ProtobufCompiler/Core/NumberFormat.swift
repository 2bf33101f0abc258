/// Numbers and bytes as protoc prints them in `default_value`.
enum NumberFormat {
  /// A double with 15 significant digits if they suffice, else 17 (C's `%.15g` and `%.17g`).
  static func double(_ value: Double) -> String {
    if let special = special(value) { return special }
    let short = general(value, digits: 15)
    return Double(short) == value ? short : general(value, digits: 17)
  }

  /// A float with 6 significant digits if they suffice, else 9.
  static func float(_ value: Double) -> String {
    let narrow = Float(value)
    if let special = special(Double(narrow)) { return special }
    let short = general(Double(narrow), digits: 6)
    // protoc does not trust six digits of a subnormal number.
    return Float(short) == narrow && narrow.isNormal ? short : general(Double(narrow), digits: 9)
  }

  /// C's escapes, octal for everything that is not printable ASCII.
  static func escaped(_ bytes: [UInt8]) -> String {
    var result = ""
    for byte in bytes {
      switch byte {
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0x22: result += "\\\""
      case 0x27: result += "\\'"
      case 0x5C: result += "\\\\"
      case 0x20..<0x7F: result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let octal = String(byte, radix: 8)
        result += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
      }
    }
    return result
  }

  private static func special(_ value: Double) -> String? {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return value == 0 ? (value.sign == .minus ? "-0" : "0") : nil
  }

  /// C's `%.*g` of a finite number other than zero.
  private static func general(_ value: Double, digits count: Int) -> String {
    var (digits, exponent) = decimal(value.magnitude)
    if digits.count > count { round(&digits, &exponent, to: count) }
    while digits.count > 1, digits.last == 0 { digits.removeLast() }
    let sign = value < 0 ? "-" : ""
    let text = digits.map { String($0) }
    if exponent < -4 || exponent >= count {
      let fraction = text.count > 1 ? "." + text[1...].joined() : ""
      let magnitude = exponent.magnitude
      return sign + text[0] + fraction + (exponent < 0 ? "e-" : "e+")
        + (magnitude < 10 ? "0" : "") + String(magnitude)
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + text.joined()
    }
    if text.count <= exponent + 1 {
      return sign + text.joined() + String(repeating: "0", count: exponent + 1 - text.count)
    }
    return sign + text[...exponent].joined() + "." + text[(exponent + 1)...].joined()
  }

  /// All decimal digits of a positive number, and the power of ten of the first.
  private static func decimal(_ value: Double) -> (digits: [UInt8], exponent: Int) {
    var digits: [UInt8] = String(value.significandBitPattern | (value.isNormal ? 1 << 52 : 0))
      .utf8.map { $0 - 0x30 }
    let power = (value.isNormal ? Int(value.exponentBitPattern) : 1) - 1075
    var pointFromEnd = 0
    for _ in 0..<power.magnitude {
      if power > 0 {
        multiply(&digits, by: 2)
      } else {  // x / 2 = x * 5 / 10
        multiply(&digits, by: 5)
        pointFromEnd += 1
      }
    }
    return (digits, digits.count - 1 - pointFromEnd)
  }

  private static func multiply(_ digits: inout [UInt8], by factor: UInt8) {
    var carry: UInt8 = 0
    for index in digits.indices.reversed() {
      let product = digits[index] * factor + carry
      digits[index] = product % 10
      carry = product / 10
    }
    if carry > 0 { digits.insert(carry, at: 0) }
  }

  /// Rounds half to even, as the exact value demands.
  private static func round(_ digits: inout [UInt8], _ exponent: inout Int, to count: Int) {
    let rest = digits[count...]
    let next = rest.first ?? 0
    let isTie = next == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
    digits.removeSubrange(count...)
    guard next > 5 || next == 5 && (!isTie || digits[count - 1] % 2 == 1) else { return }
    var index = count - 1
    while digits[index] == 9 {
      digits[index] = 0
      if index == 0 {
        digits = [1] + digits.dropLast()
        exponent += 1
        return
      }
      index -= 1
    }
    digits[index] += 1
  }
}
