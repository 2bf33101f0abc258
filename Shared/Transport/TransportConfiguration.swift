public import HTTP2
public import Sockets

/// What a connection over a socket may cost, and who is told about it.
public struct TransportConfiguration: Sendable {
  /// The limits of the protocol.
  public var http2 = HTTP2Configuration()
  /// How long an attempt to connect may take.
  public var connectTimeout: Duration = .seconds(20)
  /// How long the peer may take for its preface and SETTINGS.
  public var handshakeTimeout: Duration = .seconds(5)
  /// Receives one line for each connection that went wrong: what was seen, and what it looks like.
  public var log: (@Sendable (String) -> Void)?
  /// Receives every byte that goes over the wire.
  public var wireTap: (any WireTap)?

  /// The defaults.
  public init() {}
}

/// Watches the bytes of connections, as a packet analyser does.
public protocol WireTap: Sendable {
  /// A connection begins. Always the first call for its number.
  func connectionOpened(
    _ connection: Int,
    role: HTTP2Connection.Role,
    local: SocketAddress,
    peer: SocketAddress
  )
  /// Bytes went out or came in. They are valid during the call only.
  func bytes(_ connection: Int, _ direction: WireDirection, _ bytes: UnsafeRawBufferPointer)
  /// The connection is gone. Always the last call for its number.
  func connectionClosed(_ connection: Int)
}

/// Which way bytes went, seen from this end.
public enum WireDirection: Sendable {
  /// From us to the peer.
  case sent
  /// From the peer to us.
  case received
}

/// Why a connection ended.
public enum TransportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The system says so.
  case socket(SocketError)
  /// The peer closed the connection.
  case closedByPeer
  /// The peer broke a rule of HTTP/2, and we said so.
  case violation(ErrorCode, String)
  /// The peer said GOAWAY with an error.
  case goAway(ErrorCode, String)
  /// The peer did not say its preface and SETTINGS in time.
  case handshakeTimeout
  /// This end closed the connection.
  case closedLocally(String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .socket(let error): error.description
    case .closedByPeer: "the peer closed the connection"
    case .violation(let code, let text): "the peer broke a rule of HTTP/2: \(text) (\(code))"
    case .goAway(let code, let text):
      "the peer ended the connection: \(code)\(text.isEmpty ? "" : " – \(text)")"
    case .handshakeTimeout: "the peer did not begin to speak HTTP/2 in time"
    case .closedLocally(let reason): reason
    }
  }
}
