public import Sockets

/// How a call is to be made.
///
/// What is not set comes from the channel.
public struct CallOptions: Sendable {
  /// How long the call may take, from now on; nil for no limit of its own.
  public var timeout: Duration?
  /// When the call must be over; with a time-out too, whichever comes first.
  public var deadline: ContinuousClock.Instant?
  /// What the server gets beside the request.
  public var metadata: Metadata = [:]
  /// Whether the call waits for a connection instead of failing while there is none.
  public var waitForReady: Bool?
  /// Whether the call keeps to the deadline of the call that is being answered: a handler's calls may not take
  /// longer than the handler itself.
  public var inheritsDeadline = true
  /// How requests are compressed; a server that can't read it answers UNIMPLEMENTED.
  public var compression: Compression?
  /// Whether the call is cancelled when the call that is being answered is.
  public var inheritsCancellation = true
  /// The keys whose values are passed on from the call that is being answered, such as `x-request-id`.
  ///
  /// Nothing is passed on unasked: what a client tells this server, a token say, is not meant for the next one.
  public var forwardedKeys: [String] = []
  /// The largest response message, in bytes; RESOURCE_EXHAUSTED above it.
  public var maxReceiveMessageSize: Int?
  /// Hears how the call went, on the event loop of its connection – or, when its last responses are still to be read
  /// then, in the task that reads them, before that goes on: a call whose responses make no sense has failed.
  public var onCallEnded: (@Sendable (ClientCallReport) -> Void)?

  /// The defaults.
  public init() {}

  /// When a call begins, which is now, and when it must be over.
  ///
  /// Loops count their time by another clock than the one that deadlines are told by. That one is looked at first: what
  /// passes between the two looks makes the call end later, and no call ends before its deadline.
  ///
  /// - Parameters:
  ///   - timeout: Wins over the one of the options.
  ///   - defaultTimeout: Holds when the call has neither a time-out nor a deadline of its own.
  ///   - incoming: The call that is being answered, whose deadline is inherited unless the options say otherwise.
  ///   - now: The time on the clock of the loops.
  ///   - continuousNow: The time on the clock of `deadline`.
  /// - Returns: Monotonic nanoseconds, as the loops count them; nil: never.
  func start(
    _ timeout: Duration?,
    default defaultTimeout: Duration?,
    of incoming: ServerContext?,
    now: () -> UInt64,
    continuousNow: () -> ContinuousClock.Instant = { .now }
  ) -> (at: UInt64, deadline: UInt64?) {
    let untilDeadline = deadline.map { continuousNow().duration(to: $0) }
    let now = now()
    let own = Self.earlier(timeout ?? self.timeout, untilDeadline) ?? defaultTimeout
    let ownDeadline = own.map { now.saturatingSum($0.clampedNanoseconds) }
    let inherited = inheritsDeadline ? incoming?.deadlineNanoseconds : nil
    return (now, Self.earlier(ownDeadline, inherited))
  }

  private static func earlier<Time: Comparable>(_ one: Time?, _ other: Time?) -> Time? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }
}

/// The client's own verdict of a call; the server may have seen something else.
///
/// A call that the client gave up at its deadline may well have succeeded on the server: there are two ledgers, and
/// this is the client's. `CallReport` is the server's.
public struct ClientCallReport: Sendable {
  /// The method, as `/package.Service/Method`.
  public let path: String
  /// The server's address; nil when the call never had a connection.
  public let peer: SocketAddress?
  /// How the call ended, as this end sees it.
  public internal(set) var status: Status
  /// From the call to its end.
  public let duration: Duration
  /// How long the call was allowed to take; nil for ever.
  public let timeout: Duration?
  /// Streams that were opened for it: none when it never left, more than one after a transparent retry.
  public let attempts: Int
  /// Request messages that were handed to the call.
  public let requests: Int
  /// Whole response messages that have come.
  public let responses: Int
}
