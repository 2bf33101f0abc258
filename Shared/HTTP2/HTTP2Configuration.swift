/// The limits of a connection.
///
/// Everything that a peer can make grow has one.
public struct HTTP2Configuration: Sendable {
  /// Streams that the peer may have open at the same time; more are refused (REFUSED_STREAM).
  public var maxConcurrentStreams = 256
  /// A stream's first receive window in bytes, and how far it grows while the consumer keeps up.
  public var streamWindow = 65_536
  /// How far a stream's receive window grows.
  public var maxStreamWindow = 1 << 20
  /// The connection's receive window in bytes.
  public var connectionWindow = 1 << 20
  /// How far the connection's receive window grows.
  public var maxConnectionWindow = 4 << 20
  /// The largest header list that we take, in bytes as RFC 9113 §6.5.2 counts them.
  public var maxHeaderListSize = 16_384
  /// CONTINUATION frames in one header block; more are ENHANCE_YOUR_CALM.
  public var maxContinuations = 8
  /// Streams that a client may open and reset in the same breath within ten seconds, beyond one for each stream that
  /// runs to its end.
  public var maxRapidResets = 1_000
  /// Stream errors that the peer may cause within ten seconds.
  public var maxErrors = 200
  /// SETTINGS, PING, PRIORITY, WINDOW_UPDATE, unknown and empty frames within ten seconds, beyond one for each DATA frame.
  public var maxControlFrames = 1_000
  /// Bytes that may wait on one stream before its writer is asked to pause.
  public var streamHighWater = 65_536
  /// Bytes of frames that may wait for the socket; above it, DATA waits on its stream.
  public var outputHighWater = 262_144
  /// Bytes of frames that a peer who reads nothing may make us owe it.
  public var maxOutput = 4 << 20

  /// The defaults.
  public init() {}

  /// The largest frame that we take; RFC 9113 §4.2 asks for no more than this.
  static let maxFrameSize = 16_384
}

/// A peer's settings (RFC 9113 §6.5.2), with the values that hold until it has sent others.
public struct PeerSettings: Sendable, Hashable {
  /// The largest header table that the peer's decoder keeps.
  public var headerTableSize = 4096
  /// Whether the peer takes pushed responses.
  public var enablePush = true
  /// Streams that we may have open at the same time.
  public var maxConcurrentStreams = Int.max
  /// The window with which a stream begins.
  public var initialWindowSize = 65_535
  /// The largest frame that the peer takes.
  public var maxFrameSize = 16_384
  /// The largest header list that the peer takes.
  public var maxHeaderListSize = Int.max

  /// The initial values.
  public init() {}
}

/// Counts events against a limit for ten seconds.
struct RateLimit {
  private static let period: UInt64 = 10_000_000_000

  let limit: Int
  private var used = 0
  private var periodEnd: UInt64 = 0

  init(_ limit: Int) { self.limit = limit }

  /// Counts one event; false when it is one too many.
  mutating func allows(at now: UInt64) -> Bool {
    if now >= periodEnd {
      periodEnd = now &+ Self.period
      used = 0
    }
    used += 1
    return used <= limit
  }

  /// Takes one event back: something useful has happened.
  mutating func forgive() { used = max(0, used - 1) }
}
