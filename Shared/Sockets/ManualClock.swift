internal import Synchronization

/// A loop's time, moved by hand instead of by the system: for tests of what happens in which order.
///
/// Time stands still while anything is left to do. When the loop has come to rest, it moves on to the next timer, as far
/// as `advance` allows: an hour passes in a moment, and of two things that are a nanosecond apart the earlier one comes
/// first, on any machine.
package final class ManualClock: Sendable {
  private struct State {
    var now: UInt64 = 1_000_000_000
    var limit: UInt64 = 1_000_000_000
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// A clock that stands.
  package init() {}

  /// The time.
  package var now: UInt64 { state.withLock { $0.now } }

  /// Lets time pass on a loop that goes by this clock, and waits until nothing is left to do before its end.
  package func advance(by nanoseconds: UInt64, on loop: EventLoop) async {
    await withCheckedContinuation { continuation in
      // On the loop, which then can't have come to rest before it has looked again.
      loop.execute {
        self.state.withLock { state in
          state.limit += nanoseconds
          state.waiting.append(continuation)
        }
      }
    }
  }

  /// The loop has nothing to do before `wake`.
  ///
  /// - Returns: Whether that time has come now; false when it is beyond what `advance` allows.
  func rest(until wake: UInt64) -> Bool {
    let (isTime, waiting) = state.withLock { state in
      guard wake > state.limit else {
        state.now = max(state.now, wake)
        return (true, [CheckedContinuation<Void, Never>]())
      }
      state.now = state.limit
      defer { state.waiting = [] }
      return (false, state.waiting)
    }
    for continuation in waiting { continuation.resume() }
    return isTime
  }
}
