/// Reads the digits of dates and spans.
struct DigitScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = text[...].utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// Moves behind `character` if it is next.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let first = rest.first, UInt32(first) == character.value else { return false }
    rest.removeFirst()
    return true
  }

  /// Exactly `count` digits.
  mutating func digits(_ count: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// One to twelve digits.
  mutating func number() -> Int64? {
    guard var value = digit() else { return nil }
    for _ in 0..<11 {
      guard let digit = digit() else { return value }
      value = value * 10 + digit
    }
    return value
  }

  /// Nothing, or a dot and one to nine digits: nanoseconds.
  mutating func fraction() -> Int32? {
    guard skip(".") else { return 0 }
    guard var value = digit() else { return nil }
    for _ in 1..<9 { value = value * 10 + (digit() ?? 0) }
    return Int32(truncatingIfNeeded: value)
  }

  /// `Z`, or hours and minutes east of Greenwich: seconds.
  mutating func offset() -> Int64? {
    if skip("Z") || skip("z") { return 0 }
    let isWest = skip("-")
    guard
      isWest || skip("+"), let hours = digits(2), skip(":"), let minutes = digits(2),
      hours < 24, minutes < 60
    else { return nil }
    let seconds = hours * 3600 + minutes * 60
    return isWest ? -seconds : seconds
  }

  private mutating func digit() -> Int64? {
    guard let first = rest.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else {
      return nil
    }
    rest.removeFirst()
    return Int64(first - UInt8(ascii: "0"))
  }
}

/// A dot and three, six or nine digits; nothing for zero.
func fraction(_ nanos: Int32) -> String {
  guard nanos != 0 else { return "" }
  let digits = pad(Int64(nanos), to: 9)
  if digits.hasSuffix("000000") { return "." + digits.prefix(3) }
  return "." + (digits.hasSuffix("000") ? String(digits.prefix(6)) : digits)
}

/// A number with zeros in front.
func pad(_ number: Int64, to width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Division towards negative infinity; `divisor` is positive.
func floorDivide(_ dividend: Int64, by divisor: Int64) -> Int64 {
  let quotient = dividend / divisor
  return dividend % divisor < 0 ? quotient - 1 : quotient
}
