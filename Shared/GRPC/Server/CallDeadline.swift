internal import Sockets

/// When a call must be over, and who says so.
struct CallDeadline {
  /// Whose time is over first.
  let origin: ServerCall.DeadlineOrigin
  /// The end, in nanoseconds of the loop's clock.
  let time: UInt64

  /// The earlier of what the client and the server allow; nil when both allow any time.
  init?(timeout: UInt64?, cap: UInt64?, start: UInt64) {
    guard timeout != nil || cap != nil else { return nil }
    let shortest = min(timeout ?? .max, cap ?? .max)
    origin = shortest == timeout ? .client : .server
    time = start.saturatingSum(shortest)
  }
}
