public import Sockets

/// How a call went, as the server saw it; the client may have seen something else.
///
/// A server that answers in time counts OK even if the client gave up while the answer was on its way:
/// there are two ledgers, and `Server.Configuration.onCallEnded` is the server's.
public struct CallReport: Sendable {
  /// What the client called, such as `/helloworld.Greeter/SayHello`; it may be no method of this server.
  public let path: String
  /// The client's address.
  public let peer: SocketAddress
  /// How the call ended for the server; CANCELLED when the client gave up first.
  public let status: Status
  /// From the headers of the request to the end of the call.
  public let duration: Duration
  /// How long the call was allowed to take, by its client or by the server's own cap; nil for ever.
  public let timeout: Duration?
  /// Complete request messages; for a method that reads a stream, those that it has read.
  public let requests: Int
  /// Response messages that were handed to the connection.
  public let responses: Int
}
