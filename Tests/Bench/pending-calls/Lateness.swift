import GRPC
import Synchronization

/// How long after its deadline each of many pending calls ends.
enum Lateness {
  /// Within five milliseconds on an idle machine.
  private static let goal: Duration = .milliseconds(5)
  private static let spread = 5_000_000_000

  static func measure(_ count: Int, _ silence: Silence) async throws -> Bool {
    _ = try await Bench.Stub(silence.channel).unary(Msg())
    let lateness = Mutex<[Duration]>([])
    let begin = ContinuousClock.now
    let calls = (0..<count).map { number in
      // Two seconds to begin them all; no two deadlines are the same, and they come in no order.
      let place = number * 7_919 % count
      let deadline = begin + .seconds(2) + .nanoseconds(spread / count * place)
      var options = CallOptions()
      options.deadline = deadline
      options.onCallEnded = { report in
        let now = ContinuousClock.now
        guard report.status.code == .deadlineExceeded else { return }
        lateness.withLock { $0.append(now - deadline) }
      }
      return silence.channel.startUnary(Bench.Method.unary, Msg(payload: [1]), options: options)
    }
    let began = ContinuousClock.now - begin
    // To look at the calls before would take a processor from those that are measured.
    try await Task.sleep(until: begin + .seconds(2) + .nanoseconds(spread), clock: .continuous)
    while !calls.allSatisfy(\.hasEnded) { try await Task.sleep(for: .milliseconds(100)) }
    let sorted = lateness.withLock { $0.sorted() }
    guard sorted.count == count, let latest = sorted.last, let earliest = sorted.first else {
      print("\(count - sorted.count) of \(count) calls ended otherwise than by their deadline")
      return false
    }
    print("\(count) calls pending, begun within \(milliseconds(began))")
    print("earliest \(milliseconds(earliest))")
    for percentile in [50, 99] {
      print("p\(percentile) \(milliseconds(sorted[(count - 1) * percentile / 100]))")
    }
    print("max \(milliseconds(latest)), goal \(milliseconds(goal))")
    return earliest >= .zero && latest <= goal
  }

  private static func milliseconds(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    return "\(Double(microseconds) / 1_000) ms"
  }
}
