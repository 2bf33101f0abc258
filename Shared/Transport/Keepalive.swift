internal import HTTP2
internal import Sockets

/// Decides when a connection has to be looked after: pings when the peer is silent (gRFC A8), and the ends of
/// connections that are idle or old (gRFC A9).
///
/// It is told the time and what happened, and says what to do; it holds no timer. Whoever drives it calls `check` at
/// `nextCheck`, and again until it says `rest`.
struct Keepalive {
  enum Action: Equatable {
    /// Nothing, until `nextCheck`.
    case rest
    /// Send a PING: whatever comes is a sign of life.
    case ping
    /// The peer has not given a sign of life in time: the connection is dead.
    case giveUp
    /// Take no more calls, and close when the last one is over.
    case retire(Reason)
    /// The time that a retired connection's calls had is over.
    case close
  }

  enum Reason: Equatable {
    case idle
    case age
  }

  private let pingAfter: UInt64?
  private let pingTimeout: UInt64
  private let pingsWithoutCalls: Bool
  private let retireAfterIdle: UInt64?
  private let ageGrace: UInt64?

  private var lastArrival: UInt64
  private var pingSentAt: UInt64?
  private var hasCalls = false
  private var idleSince: UInt64?
  private var retireAt: UInt64?
  private var closeAt: UInt64?

  /// Begins with the connection.
  ///
  /// - Parameters:
  ///   - role: Whose end of the connection this is.
  ///   - configuration: The times; each may be absent.
  ///   - now: Monotonic nanoseconds, as in all other calls.
  ///   - jitter: From −1 to 1: the tenth part of it is added to the connection's age, so that connections that began
  ///     together do not end together.
  init(
    role: HTTP2Connection.Role,
    _ configuration: TransportConfiguration,
    now: UInt64,
    jitter: Double
  ) {
    let isServer = role == .server
    pingAfter =
      (configuration.keepaliveTime ?? (isServer ? .seconds(7_200) : nil))?.clampedNanoseconds
    pingTimeout = configuration.keepaliveTimeout.clampedNanoseconds
    // A server has to find the dead among its idle connections too.
    pingsWithoutCalls = isServer || configuration.keepaliveWithoutCalls
    retireAfterIdle = configuration.maxConnectionIdle?.clampedNanoseconds
    ageGrace = configuration.maxConnectionAgeGrace?.clampedNanoseconds
    lastArrival = now
    idleSince = now
    if isServer, let age = configuration.maxConnectionAge {
      let scattered = Double(age.clampedNanoseconds) * (1 + jitter / 10)
      // An age of centuries means never; as a number it must still fit.
      retireAt = now.saturatingSum(UInt64(min(scattered, 0x1p63)))
    }
  }

  /// Bytes have come from the peer.
  mutating func bytesArrived(now: UInt64) {
    lastArrival = now
    pingSentAt = nil
  }

  /// There are calls now that were none, or none any more.
  mutating func callsChanged(_ hasCalls: Bool, now: UInt64) {
    guard hasCalls != self.hasCalls else { return }
    self.hasCalls = hasCalls
    idleSince = hasCalls ? nil : now
  }

  /// When to call `check`; nil when there is nothing to wait for.
  var nextCheck: UInt64? {
    // Asked after each flush: without an array.
    let retirement = min(retireAt ?? .max, idleDeadline ?? .max)
    let soonest = min(closeAt ?? .max, retirement, pingDeadline ?? .max)
    return soonest == .max ? nil : soonest
  }

  /// What to do now.
  mutating func check(now: UInt64) -> Action {
    if let pingSentAt, now >= pingSentAt.saturatingSum(pingTimeout) { return .giveUp }
    if let closeAt, now >= closeAt {
      self.closeAt = nil
      return .close
    }
    if let retireAt, now >= retireAt { return retire(.age, now: now) }
    if let idleDeadline, now >= idleDeadline { return retire(.idle, now: now) }
    if pingSentAt == nil, let pingDeadline, now >= pingDeadline {
      pingSentAt = now
      return .ping
    }
    return .rest
  }

  private var isRetired = false

  private mutating func retire(_ reason: Reason, now: UInt64) -> Action {
    isRetired = true
    retireAt = nil
    idleSince = nil
    closeAt = ageGrace.map(now.saturatingSum)
    return .retire(reason)
  }

  private var idleDeadline: UInt64? {
    guard !isRetired, let idleSince, let retireAfterIdle else { return nil }
    return idleSince.saturatingSum(retireAfterIdle)
  }

  private var pingDeadline: UInt64? {
    if let pingSentAt { return pingSentAt.saturatingSum(pingTimeout) }
    guard let pingAfter, hasCalls || pingsWithoutCalls else { return nil }
    return lastArrival.saturatingSum(pingAfter)
  }
}

/// Judges the pings of a client (gRFC A8): those that come too often, while this end sends nothing, are strikes.
///
/// A client that sends pings in answer to what it receives, to measure the connection, is never struck.
struct PingPolicy {
  private let minimumInterval: UInt64
  private let permitsWithoutCalls: Bool
  private let maximumStrikes: Int
  private var strikes = 0
  private var lastPing: UInt64?
  private var framesAtLastPing = 0

  /// Without calls, a client has no reason to ping more often than once in two hours.
  private static let intervalWithoutCalls: UInt64 = 7_200_000_000_000

  init(_ configuration: TransportConfiguration) {
    minimumInterval = configuration.minPingInterval.clampedNanoseconds
    permitsWithoutCalls = configuration.permitsPingsWithoutCalls
    maximumStrikes = configuration.maxPingStrikes
  }

  /// A PING has come.
  ///
  /// - Parameters:
  ///   - now: Monotonic nanoseconds.
  ///   - framesSent: How many HEADERS and DATA frames this end has sent so far.
  ///   - hasCalls: Whether a call is open.
  /// - Returns: Whether it may be answered; false when it is one too many.
  mutating func allowsPing(now: UInt64, framesSent: Int, hasCalls: Bool) -> Bool {
    defer {
      lastPing = now
      framesAtLastPing = framesSent
    }
    if framesSent != framesAtLastPing { strikes = 0 }
    guard let lastPing, framesSent == framesAtLastPing else { return true }
    let interval =
      hasCalls || permitsWithoutCalls ? minimumInterval : Self.intervalWithoutCalls
    if now < lastPing.saturatingSum(interval) { strikes += 1 }
    return strikes <= maximumStrikes
  }
}
