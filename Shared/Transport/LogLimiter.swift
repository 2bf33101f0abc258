internal import Sockets
internal import Synchronization

/// Lets so many lines of a log through that peers cannot fill a disk with them.
package final class LogLimiter: Sendable {
  private struct State {
    var periodEnd: UInt64 = 0
    var used = 0
    var leftOut = 0
  }

  private static let period: UInt64 = 1_000_000_000
  private let linesPerSecond: Int
  private let state = Mutex(State())

  /// A limiter that lets through so many lines a second.
  package init(linesPerSecond: Int = 10) { self.linesPerSecond = linesPerSecond }

  /// The line as it may be written, on one line whatever it holds; nil when it is one too many.
  ///
  /// The first line that passes again says how many did not.
  package func admit(_ line: String, now: UInt64) -> String? {
    let leftOut = state.withLock { state -> Int? in
      if now >= state.periodEnd {
        state.periodEnd = now &+ Self.period
        state.used = 0
      }
      guard state.used < linesPerSecond else {
        state.leftOut += 1
        return nil
      }
      state.used += 1
      defer { state.leftOut = 0 }
      return state.leftOut
    }
    guard let leftOut else { return nil }
    let text = Printable.line(line)
    return leftOut == 0 ? text : "\(text) (\(leftOut) lines left out before this one)"
  }

  /// A log that passes on what this limiter admits.
  package func limiting(_ log: @escaping @Sendable (String) -> Void) -> @Sendable (String) -> Void {
    { line in
      if let line = self.admit(line, now: EventLoop.monotonicNow) { log(line) }
    }
  }
}
