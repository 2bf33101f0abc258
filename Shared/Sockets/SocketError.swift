#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What the operating system refused, in words that say what to change.
public struct SocketError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is.
  public enum Kind: Sendable, Hashable {
    /// Another process listens on this address.
    case addressInUse
    /// The process may not use this address (a port below 1024, say).
    case notPermitted
    /// The address is not one of this machine's.
    case addressNotAvailable
    /// Nobody listens there.
    case connectionRefused
    /// No route leads there.
    case unreachable
    /// There was no answer in time.
    case timedOut
    /// The peer ended the connection without a goodbye.
    case connectionReset
    /// The process or the machine has no descriptor left.
    case tooManyOpenFiles
    /// The name has no address.
    case nameNotFound
    /// The text is no address.
    case invalidAddress
    /// Anything else.
    case other
  }

  /// What kind of failure it is.
  public let kind: Kind
  /// One line for a person: what was tried, and what came of it.
  public let description: String

  /// Makes an error with a text of its own.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// Explains an `errno` value.
  ///
  /// - Parameters:
  ///   - code: The value of `errno`.
  ///   - action: What was tried, as the beginning of the sentence: `cannot listen on 127.0.0.1:80`.
  public init(code: Int32, _ action: String) {
    let (kind, reason) = Self.explain(code)
    self.init(kind, "\(action): \(reason)")
  }

  private static func explain(_ code: Int32) -> (Kind, String) {
    switch code {
    case EADDRINUSE: (.addressInUse, "the port is taken; choose another, or 0 for a free one")
    case EACCES, EPERM: (.notPermitted, "not permitted")
    case EADDRNOTAVAIL: (.addressNotAvailable, "not an address of this machine")
    case ECONNREFUSED: (.connectionRefused, "connection refused")
    case ENOENT: (.connectionRefused, "no such socket")
    case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN: (.unreachable, "unreachable")
    case ETIMEDOUT: (.timedOut, "no answer in time")
    case ECONNRESET, EPIPE: (.connectionReset, "connection reset by peer")
    case EMFILE: (.tooManyOpenFiles, "too many open files in this process (ulimit -n)")
    case ENFILE: (.tooManyOpenFiles, "too many open files on this machine")
    default: (.other, String(cString: strerror(code)))
    }
  }
}
