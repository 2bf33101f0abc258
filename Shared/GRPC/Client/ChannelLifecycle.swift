/// The states of a channel and what moves it between them.
///
/// Does no I/O and holds no clock.
///
/// ```
///        call             SETTINGS
/// IDLE ───────► CONNECTING ───────► READY
///  ▲               │   ▲              │ lost or GOAWAY
///  │        failed ▼   │ backoff over │
///  │        TRANSIENT_FAILURE ◄───────┤ before it was of any use
///  └──────────────────────────────────┘ after a useful life
/// ```
///
/// A connection that is lost after the server has accepted it leaves the channel IDLE, and the next
/// call connects at once. One that was lost before any call was answered counts as a failed attempt:
/// a server that accepts and closes in a loop is asked once per backoff, not as fast as it can
/// close.
struct ChannelLifecycle {
  /// What to do with a call that starts now.
  enum Placement: Equatable {
    /// Open its stream on the present connection.
    case open
    /// Keep it until the channel is ready; connect first if an attempt is given.
    case wait(connect: BackoffSequence.Attempt?)
    /// Fail it: the channel is in TRANSIENT_FAILURE, or shut down.
    case fail
  }

  /// What to do after the connection is gone.
  enum AfterLoss: Equatable {
    /// Nothing: the next call connects.
    case rest
    /// Calls wait: connect now.
    case connect(BackoffSequence.Attempt)
    /// Fail what does not wait for ready, and call `retryIsDue` at this time.
    case backOff(until: UInt64)
  }

  private(set) var state = ConnectivityState.idle
  private var backoff: BackoffSequence
  /// Before this time no attempt may start.
  private var earliestAttempt: UInt64 = 0
  /// Whether a call was answered over the present connection.
  private var hasServed = false

  init(backoff: ConnectionBackoff) {
    self.backoff = BackoffSequence(backoff)
  }

  /// A call wants a stream.
  mutating func callStarts(waitForReady: Bool, now: UInt64, random: Double) -> Placement {
    switch state {
    case .ready: .open
    case .idle: .wait(connect: connect(now: now, random: random))
    case .connecting: .wait(connect: nil)
    case .transientFailure: waitForReady ? .wait(connect: nil) : .fail
    case .shutdown: .fail
    }
  }

  /// The server's SETTINGS have come: calls can go out.
  mutating func connectionIsReady() {
    guard state == .connecting else { return }
    state = .ready
    hasServed = false
    backoff.reset()
  }

  /// The server has answered a call over the present connection.
  mutating func callWasAnswered() {
    hasServed = true
  }

  /// No address could be connected to: returns when the next attempt is due.
  mutating func connectFailed(now: UInt64) -> UInt64? {
    guard state == .connecting else { return nil }
    state = .transientFailure
    return max(now, earliestAttempt)
  }

  /// The connection that carried new calls was lost, or is draining after GOAWAY.
  mutating func connectionLost(callsWait: Bool, now: UInt64, random: Double) -> AfterLoss {
    guard state == .ready else { return .rest }
    if !hasServed, now < earliestAttempt {
      state = .transientFailure
      return .backOff(until: earliestAttempt)
    }
    state = .idle
    return callsWait ? .connect(connect(now: now, random: random)) : .rest
  }

  /// The time that `connectFailed` or `connectionLost` named has come.
  mutating func retryIsDue(now: UInt64, random: Double) -> BackoffSequence.Attempt? {
    guard state == .transientFailure else { return nil }
    return connect(now: now, random: random)
  }

  /// No call has been active for the idle time-out: true if the connection, or the attempt to make
  /// one, is to be given up.
  mutating func idleTimeoutPassed() -> Bool {
    switch state {
    case .ready, .connecting, .transientFailure:
      state = .idle
      return true
    case .idle, .shutdown:
      return false
    }
  }

  /// The application wants no more of this channel; true the first time.
  mutating func shutDown() -> Bool {
    guard state != .shutdown else { return false }
    state = .shutdown
    return true
  }

  private mutating func connect(now: UInt64, random: Double) -> BackoffSequence.Attempt {
    state = .connecting
    let attempt = backoff.attempt(random: random)
    earliestAttempt = now &+ attempt.waitToNext
    return attempt
  }
}
