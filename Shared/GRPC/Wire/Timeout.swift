// gRPC's doc/PROTOCOL-HTTP2.md, "Requests": Timeout.

/// The value of `grpc-timeout`: at most eight digits and a unit, `250m` for 250 milliseconds.
enum Timeout {
  /// The finest unit first.
  private static let units: [(letter: UInt8, nanoseconds: UInt64)] = [
    (UInt8(ascii: "n"), 1),
    (UInt8(ascii: "u"), 1_000),
    (UInt8(ascii: "m"), 1_000_000),
    (UInt8(ascii: "S"), 1_000_000_000),
    (UInt8(ascii: "M"), 60_000_000_000),
    (UInt8(ascii: "H"), 3_600_000_000_000),
  ]

  private static let largestValue: UInt64 = 99_999_999

  /// Calls `body` with the text of a time-out: the finest unit that fits eight digits, rounded up.
  ///
  /// Rounded up, so that a server never gives up before its client. Never zero, which the grammar
  /// does not allow: a call whose time is over is not sent at all.
  static func withText<Result>(
    nanoseconds: UInt64,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let nanoseconds = max(nanoseconds, 1)
    // 2⁶⁴ ns are 5,124,096 hours: the last unit always fits.
    var letter = UInt8(ascii: "H")
    var value = largestValue
    for unit in units {
      let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: unit.nanoseconds)
      value = quotient + (remainder > 0 ? 1 : 0)
      letter = unit.letter
      if value <= largestValue { break }
    }
    return withUnsafeTemporaryAllocation(byteCount: 9, alignment: 1) { text in
      var start = 8
      text[8] = letter
      repeat {
        start -= 1
        text[start] = UInt8(ascii: "0") + UInt8(value % 10)
        value /= 10
      } while value > 0 && start > 0
      return body(UnsafeRawBufferPointer(rebasing: text[start...]))
    }
  }

  /// The nanoseconds that a text means; nil if it does not keep to the grammar.
  ///
  /// Zero breaks the word of the grammar ("positive integer") and is accepted nevertheless: some
  /// clients send it when their time is just over, and that is what it means.
  static func parse(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard text.count >= 2, text.count <= 9 else { return nil }
    var value: UInt64 = 0
    for digit in text.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
    }
    let letter = text[text.count - 1]
    guard let unit = units.first(where: { $0.letter == letter }) else { return nil }
    // 99,999,999 hours are more nanoseconds than 2⁶⁴: "for ever" will do.
    let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
    return overflow ? .max : nanoseconds
  }
}
