/// Spans of time: conversions, and the text form of protobuf's JSON.
extension Google.Protobuf.Duration {
  /// The same span; fractions of a nanosecond are dropped.
  public init(_ duration: Swift.Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(seconds: seconds, nanos: Int32(truncatingIfNeeded: attoseconds / 1_000_000_000))
  }

  /// The same span as Swift has it.
  public var duration: Swift.Duration {
    .seconds(seconds) + .nanoseconds(Int64(nanos))
  }

  /// Whether the span is at most 10,000 years and seconds and nanoseconds agree in sign.
  public var isValid: Bool {
    let limit: Int64 = 315_576_000_000
    guard (-limit...limit).contains(seconds), abs(Int64(nanos)) < 1_000_000_000 else {
      return false
    }
    return seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0)
  }

  /// The span in seconds, such as `1.5s`; nil if it is not valid.
  public var text: String? {
    guard isValid else { return nil }
    let sign = seconds < 0 || nanos < 0 ? "-" : ""
    return "\(sign)\(seconds.magnitude)\(fraction(Int32(nanos.magnitude)))s"
  }

  /// Reads a span in seconds, such as `1.5s`; nil for anything else.
  public init?(text: String) {
    var scanner = DigitScanner(text)
    let isNegative = scanner.skip("-")
    guard
      let seconds = scanner.number(), let nanos = scanner.fraction(), scanner.skip("s"),
      scanner.isAtEnd
    else { return nil }
    self.init(seconds: isNegative ? -seconds : seconds, nanos: isNegative ? -nanos : nanos)
    guard isValid else { return nil }
  }
}
