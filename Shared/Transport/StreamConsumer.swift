public import HPACK
public import HTTP2

/// What the layer above attaches to a stream.
///
/// Always called on the connection's loop.
public protocol StreamConsumer: AnyObject {
  /// A response's fields have come, or an interim response's. A server gets a request's fields from its delegate.
  func receiveHeaders(_ headers: HeaderList, kind: HTTP2Event.HeadersKind, endStream: Bool)
  /// Payload has come. The bytes are valid during the call; say `consumed` when they have been used.
  func receiveData(_ bytes: UnsafeRawBufferPointer, endStream: Bool)
  /// The fields at the end have come.
  func receiveTrailers(_ headers: HeaderList)
  /// The peer's header block is larger than our limit.
  func receiveOversizedHeaders()
  /// What waited has gone out: the writer may go on.
  func becameWritable()
  /// The stream is over. Always the last call, and exactly one.
  func streamEnded(_ reason: StreamEnd)
}

/// How a stream ended.
public enum StreamEnd: Sendable {
  /// Both sides have said END_STREAM.
  case completed
  /// The peer sent RST_STREAM.
  case resetByPeer(ErrorCode)
  /// The peer broke a rule, and we sent RST_STREAM.
  case violation(ErrorCode, String)
  /// The peer has not looked at the stream: it may be tried again elsewhere.
  case unprocessed(String)
  /// The connection is gone.
  case connectionLost(TransportError)
}

/// Hears of a server's connections and streams.
///
/// Always called on the connection's loop.
public protocol ServerConnectionDelegate: AnyObject, Sendable {
  /// A connection has been accepted.
  func connectionOpened(_ connection: ServerConnection)
  /// A request has come; the connection has its `headers`.
  ///
  /// - Parameters:
  ///   - connection: The connection that it came on.
  ///   - id: Its stream.
  ///   - isComplete: Whether all its fields fitted our limit.
  ///   - endStream: Whether the client has sent all.
  /// - Returns: What is to receive the rest of the stream; nil when nothing is.
  func connection(
    _ connection: ServerConnection,
    opened id: StreamID,
    isComplete: Bool,
    endStream: Bool
  ) -> (any StreamConsumer)?
  /// The connection is about to be closed although calls are open, because a time to finish them is over.
  ///
  /// What is sent now is the last that goes out: end the calls with a status that says why.
  func connection(_ connection: ServerConnection, mustEndCalls reason: String)
  /// A connection is gone.
  func connectionClosed(_ connection: ServerConnection)
}

extension ServerConnectionDelegate {
  /// Does nothing: the streams end with the connection.
  public func connection(_ connection: ServerConnection, mustEndCalls reason: String) {}
}

/// Hears of a client's connection.
///
/// Always called on the connection's loop.
public protocol ClientConnectionDelegate: AnyObject, Sendable {
  /// The server's SETTINGS have come: calls may be made.
  func connectionReady(_ connection: ClientConnection)
  /// Streams may be opened that could not before.
  func streamsAvailable(_ connection: ClientConnection)
  /// The server takes no new streams; those that are open go on.
  func connectionDraining(_ connection: ClientConnection)
  /// The server is about to end the connection because it was pinged too often (gRFC A8).
  func connectionPingedTooOften(_ connection: ClientConnection)
  /// The connection is gone.
  func connectionClosed(_ connection: ClientConnection, _ error: TransportError)
}
