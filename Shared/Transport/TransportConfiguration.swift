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
  /// How long a closing connection may take to hand over its last bytes and see the peer close.
  public var closeTimeout: Duration = .seconds(2)
  /// The most connections that a server has open at the same time; others wait in line.
  ///
  /// Never more than the process may have descriptors, less 32.
  public var maxConnections: Int?

  // MARK: Keepalive (gRFC A8)

  /// After so long without a byte from the peer, it is asked for a sign of life.
  ///
  /// Nil: never for a client, after two hours for a server. Agree with the server's owner before you choose less
  /// than five minutes for a client: servers end connections on which pings come more often.
  public var keepaliveTime: Duration?
  /// How long the peer may take for that sign of life before the connection counts as dead.
  public var keepaliveTimeout: Duration = .seconds(20)
  /// Whether a client asks also while it has no call open.
  public var keepaliveWithoutCalls = false
  /// Whether a server ends connections whose client pings too often.
  public var enforcesPingPolicy = true
  /// How far apart a client's pings must be while the server sends it nothing.
  public var minPingInterval: Duration = .seconds(300)
  /// Whether that interval also holds without calls; otherwise it is two hours then.
  public var permitsPingsWithoutCalls = false
  /// How many pings may come too early before the connection ends.
  public var maxPingStrikes = 2

  // MARK: The lives of connections (gRFC A9)

  /// After so long without a call a connection takes no more calls and closes; nil: never.
  public var maxConnectionIdle: Duration?
  /// After so long a server's connection takes no more calls, give or take a tenth; nil: never.
  public var maxConnectionAge: Duration?
  /// How long the calls of such a connection may go on before they are ended; nil: as long as they like.
  public var maxConnectionAgeGrace: Duration?

  // MARK: Watching

  /// Receives one line for each connection that went wrong: what was seen, and what it looks like.
  ///
  /// A server's lines come no faster than ten a second.
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
  /// The server speaks something else, and what that may be.
  case otherProtocol(String)
  /// The peer said GOAWAY with an error.
  case goAway(ErrorCode, String)
  /// The peer did not say its preface and SETTINGS in time.
  case handshakeTimeout
  /// The peer did not answer a keepalive ping.
  case keepaliveTimeout
  /// This end closed the connection.
  case closedLocally(String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .socket(let error): error.description
    case .closedByPeer: "the peer closed the connection"
    case .violation(let code, let text): "the peer broke a rule of HTTP/2: \(text) (\(code))"
    case .otherProtocol(let guess): "the server speaks no HTTP/2; \(guess)"
    case .goAway(let code, let text):
      "the peer ended the connection: \(code)\(text.isEmpty ? "" : " – \(text)")"
    case .handshakeTimeout: "the peer did not begin to speak HTTP/2 in time"
    case .keepaliveTimeout: "the peer did not answer a keepalive ping in time"
    case .closedLocally(let reason): reason
    }
  }
}
