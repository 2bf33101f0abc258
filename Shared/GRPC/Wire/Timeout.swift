// gRPC's doc/PROTOCOL-HTTP2.md, "Requests": Timeout.

/// The value of `grpc-timeout`: at most eight digits and a unit, `250m` for 250 milliseconds.
enum Timeout {
  private static let largestValue: UInt64 = 99_999_999

  /// Calls `body` with the text of a time-out: the finest unit that fits eight digits, rounded up.
  ///
  /// Rounded up, so that a server never gives up before its client. Never zero, which the grammar
  /// does not allow: a call whose time is over is not sent at all.
  static func withText<Result>(
    nanoseconds: UInt64,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    var (value, letter) = inFinestUnit(max(nanoseconds, 1))
    return withUnsafeTemporaryAllocation(byteCount: 9, alignment: 1) { text in
      var start = 8
      text[8] = letter
      repeat {
        start -= 1
        text[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
        value /= 10
      } while value > 0 && start > 0
      return body(UnsafeRawBufferPointer(rebasing: text[start...]))
    }
  }

  /// The divisors stand here as constants: the compiler makes multiplications of them.
  private static func inFinestUnit(_ nanoseconds: UInt64) -> (UInt64, UInt8) {
    if nanoseconds <= largestValue { return (nanoseconds, UInt8(ascii: "n")) }
    let microseconds = (nanoseconds - 1) / 1_000 + 1
    if microseconds <= largestValue { return (microseconds, UInt8(ascii: "u")) }
    let milliseconds = (nanoseconds - 1) / 1_000_000 + 1
    if milliseconds <= largestValue { return (milliseconds, UInt8(ascii: "m")) }
    let seconds = (nanoseconds - 1) / 1_000_000_000 + 1
    if seconds <= largestValue { return (seconds, UInt8(ascii: "S")) }
    let minutes = (seconds - 1) / 60 + 1
    if minutes <= largestValue { return (minutes, UInt8(ascii: "M")) }
    // 2⁶⁴ ns are 5,124,096 hours: this unit always fits.
    return ((minutes - 1) / 60 + 1, UInt8(ascii: "H"))
  }

  /// The nanoseconds that a text means; nil if it does not keep to the grammar.
  ///
  /// Zero breaks the word of the grammar ("positive integer") and is accepted nevertheless: some
  /// clients send it when their time is just over, and that is what it means.
  static func parse(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard text.count >= 2, text.count <= 9 else { return nil }
    var value: UInt64 = 0
    for index in 0..<(text.count - 1) {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value * 10 + UInt64(digit)
    }
    guard let unit = unit(text[text.count - 1]) else { return nil }
    // 99,999,999 hours are more nanoseconds than 2⁶⁴: "for ever" will do.
    let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit)
    return overflow ? .max : nanoseconds
  }

  /// The nanoseconds of a unit.
  private static func unit(_ letter: UInt8) -> UInt64? {
    switch letter {
    case UInt8(ascii: "n"): 1
    case UInt8(ascii: "u"): 1_000
    case UInt8(ascii: "m"): 1_000_000
    case UInt8(ascii: "S"): 1_000_000_000
    case UInt8(ascii: "M"): 60_000_000_000
    case UInt8(ascii: "H"): 3_600_000_000_000
    default: nil
    }
  }
}
