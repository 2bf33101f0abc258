internal import HTTP2

/// What keeps a writer from going on: where the back-pressure comes from.
///
/// Two sides that only write, each waiting for the other to read, wait for ever. They can't do so silently: the
/// deadline that ends them names what they waited for, and `suspension` of a call tells it at any time.
public enum WriteSuspension: Sendable, Hashable, CustomStringConvertible {
  /// There is no connection yet.
  case connection
  /// The server has as many calls of this channel as it takes at the same time.
  case streamLimit
  /// The peer's application has not read what was sent on this call.
  case streamWindow
  /// The peer's application has not read what was sent on all calls of the connection together.
  case connectionWindow
  /// The network, or the peer's process, takes bytes more slowly than they are written.
  case socket

  /// What a stream's bytes wait for; nil when none wait.
  init?(_ blockage: HTTP2Connection.Blockage) {
    switch blockage {
    case .none: return nil
    case .streamWindow: self = .streamWindow
    case .connectionWindow: self = .connectionWindow
    case .output: self = .socket
    }
  }

  /// In words that follow "waiting for".
  public var description: String {
    switch self {
    case .connection: "a connection"
    case .streamLimit: "the end of another call: the server takes no more at the same time"
    case .streamWindow: "the stream's window"
    case .connectionWindow: "the connection's window"
    case .socket: "the socket"
    }
  }
}
