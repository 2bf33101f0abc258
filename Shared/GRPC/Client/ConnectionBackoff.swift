// gRPC's doc/connection-backoff.md.

/// How long a channel waits between failed attempts to connect.
///
/// The waits count from the *start* of the attempt before, so that a connection that needs long
/// to fail is tried again at once.
public struct ConnectionBackoff: Sendable, Hashable {
  /// From the start of the first failed attempt to the start of the second.
  public var initial: Duration = .seconds(1)
  /// By what each wait is longer than the one before it.
  public var multiplier: Double = 1.6
  /// The share of a wait by which it is randomly longer or shorter, so that the clients of a
  /// server that restarts don't come back all at once.
  public var jitter: Double = 0.2
  /// The longest wait, before jitter.
  public var maximum: Duration = .seconds(120)
  /// What an attempt to connect is given at least.
  public var minimumConnectTimeout: Duration = .seconds(20)

  /// The values of gRPC's document.
  public init() {}
}

/// The backoff of one channel: which wait comes next.
///
/// Holds no clock and no source of randomness.
struct BackoffSequence {
  /// One attempt to connect, in nanoseconds from its start.
  struct Attempt: Equatable {
    /// Until the attempt is given up: at least `minimumConnectTimeout`.
    let timeout: UInt64
    /// Until the next attempt may start, should this one fail.
    let waitToNext: UInt64
  }

  let parameters: ConnectionBackoff
  /// The wait of the last attempt before jitter, in nanoseconds; nil after a reset.
  private var current: Double?

  init(_ parameters: ConnectionBackoff) {
    self.parameters = parameters
  }

  /// An attempt begins: the first one's wait is exact, all later ones have jitter.
  ///
  /// `random` is uniform between -1 and 1.
  mutating func attempt(random: Double) -> Attempt {
    let maximum = parameters.maximum.backoffNanoseconds
    var wait: Double
    if let current {
      let grown = min(current * parameters.multiplier, maximum)
      self.current = grown
      wait = grown + max(-1, min(1, random)) * parameters.jitter * grown
    } else {
      wait = min(parameters.initial.backoffNanoseconds, maximum)
      current = wait
    }
    let waitToNext = Self.wholeNanoseconds(wait)
    let minimum = Self.wholeNanoseconds(parameters.minimumConnectTimeout.backoffNanoseconds)
    return Attempt(timeout: max(waitToNext, minimum), waitToNext: waitToNext)
  }

  /// The server has accepted a connection, which its SETTINGS show: begin anew.
  mutating func reset() {
    current = nil
  }

  /// At most a day, which is longer than any sensible wait and far within UInt64.
  private static func wholeNanoseconds(_ value: Double) -> UInt64 {
    value > 0 ? UInt64(min(value, 86_400e9)) : 0  // not-a-number is not above zero
  }
}

extension Duration {
  /// Nanoseconds as a floating-point number, never negative.
  fileprivate var backoffNanoseconds: Double {
    let (seconds, attoseconds) = components
    return max(0, Double(seconds) * 1e9 + Double(attoseconds) / 1e9)
  }
}
