/// What a scenario came to.
struct Measurement {
  /// One line of JSON for the harness.
  let json: String

  /// Calls, each with its time.
  init(scenario: String, latencies: [Duration], elapsed: Duration) {
    let sorted = latencies.sorted()
    func percentile(_ share: Double) -> Double {
      sorted.isEmpty ? 0 : Self.seconds(sorted[Int(share * Double(sorted.count - 1))]) * 1e6
    }
    let seconds = Self.seconds(elapsed)
    json = Self.line(
      scenario,
      [
        ("count", "\(latencies.count)"), ("seconds", Self.fixed(seconds)),
        ("per_s", Self.fixed(Double(latencies.count) / seconds)),
        ("p50_us", Self.fixed(percentile(0.50))), ("p99_us", Self.fixed(percentile(0.99))),
      ]
    )
  }

  /// Messages of streams.
  init(scenario: String, count: Int, bytes: Int, elapsed: Duration) {
    let seconds = Self.seconds(elapsed)
    json = Self.line(
      scenario,
      [
        ("count", "\(count)"), ("seconds", Self.fixed(seconds)),
        ("per_s", Self.fixed(Double(count) / seconds)),
        ("mb_per_s", Self.fixed(Double(bytes) / seconds / 1e6)),
      ]
    )
  }

  private static func line(_ scenario: String, _ values: [(String, String)]) -> String {
    let fields = values.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
    return "{\"scenario\":\"\(scenario)\",\(fields),\"errors\":0}"
  }

  private static func seconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// A number with three digits behind the point.
  private static func fixed(_ number: Double) -> String {
    let thousandths = Int((number * 1000).rounded())
    let fraction = "\(thousandths % 1000 + 1000)".dropFirst()
    return "\(thousandths / 1000).\(fraction)"
  }
}
