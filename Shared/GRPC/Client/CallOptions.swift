/// How a call is to be made.
///
/// What is not set comes from the channel.
public struct CallOptions: Sendable {
  /// How long the call may take, from now on; nil for no limit of its own.
  public var timeout: Duration?
  /// What the server gets beside the request.
  public var metadata: Metadata = [:]
  /// Whether the call waits for a connection instead of failing while there is none.
  public var waitForReady: Bool?
  /// Whether the call keeps to the deadline of the call that is being answered: a handler's calls may not take
  /// longer than the handler itself.
  public var inheritsDeadline = true
  /// How requests are compressed; a server that can't read it answers UNIMPLEMENTED.
  public var compression: Compression?
  /// The largest response message, in bytes; RESOURCE_EXHAUSTED above it.
  public var maxReceiveMessageSize: Int?
  /// Hears how the call went, on the event loop of its connection.
  public var onCallEnded: (@Sendable (ClientCallReport) -> Void)?

  /// The defaults.
  public init() {}
}

/// The client's own verdict of a call.
public struct ClientCallReport: Sendable {
  /// The method, as `/package.Service/Method`.
  public let path: String
  /// How the call ended, as this end sees it.
  public let status: Status
  /// From the call to its end.
  public let duration: Duration
  /// Streams that were opened for it: more than one after a transparent retry.
  public let attempts: Int
}
