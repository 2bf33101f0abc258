@main
enum Check {
  private static let durations: [(text: String, value: Duration)] = [
    ("5 s", .seconds(5)),
    ("100 ms", .milliseconds(100)),
    ("99,999,999 ns", .nanoseconds(99_999_999)),
    ("100,000,001 ns", .nanoseconds(100_000_001)),
    ("1 ns", .nanoseconds(1)),
    ("1 as", Duration(secondsComponent: 0, attosecondsComponent: 1)),
    ("0 s", .zero),
    ("-1 s", .seconds(-1)),
    ("99.999999 s", .microseconds(99_999_999)),
    ("99.999999001 s", .nanoseconds(99_999_999_001)),
    ("1 hour", .seconds(3600)),
    ("100,000 s", .seconds(100_000)),
    ("100,000,000 s", .seconds(100_000_000)),
    ("2,000,000 hours", .seconds(7_200_000_000)),
    ("a million years", .seconds(31_556_952_000_000)),
  ]

  private static let texts = [
    "1n", "20u", "300m", "4S", "5M", "6H", "00000007S", "99999999H", "123456789S", "0m", "S", "",
    "5", "-1S", "+1S", "1s", "1 S", "1.5S", "٣S",
  ]

  static func main() {
    for (text, value) in durations { print("grpcTimeout(\(text)) is \(grpcTimeout(value))") }
    for text in texts { print("duration(\(text)) is \(shown(duration(text)))") }
  }

  private static func shown(_ duration: Duration?) -> String {
    guard let (seconds, attoseconds) = duration?.components else { return "nil" }
    return "\(seconds) s and \(attoseconds / 1_000_000_000) ns"
  }
}
