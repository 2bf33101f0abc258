// gRPC's doc/statuscodes.md.

/// How a call ended: a code, and a message for the developer who reads it.
public struct Status: Sendable, Hashable, CustomStringConvertible {
  /// What kind of end it was.
  public var code: Code

  /// What happened, on which side, and what to change; empty for most good ends.
  public var message: String

  /// A status of a code and a message.
  public init(_ code: Code, _ message: String = "") {
    self.code = code
    self.message = message
  }

  /// The good end.
  public static let ok = Status(.ok)

  /// `NOT_FOUND: no such file`.
  public var description: String {
    message.isEmpty ? code.description : "\(code): \(message)"
  }
}

extension Status {
  /// The 17 codes of gRPC, with the numbers that `grpc-status` carries.
  public enum Code: Int, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Not an error.
    case ok = 0
    /// The caller gave the call up.
    case cancelled = 1
    /// An error whose kind is not known, such as one that a service's method threw.
    case unknown = 2
    /// The request is wrong whatever the state of the system is.
    case invalidArgument = 3
    /// The time was over before the call was.
    case deadlineExceeded = 4
    /// What was asked for does not exist.
    case notFound = 5
    /// What was to be created exists.
    case alreadyExists = 6
    /// The caller is known and may not do this.
    case permissionDenied = 7
    /// A quota, a limit or a disk is full.
    case resourceExhausted = 8
    /// The system is not in the state that the call needs; do not retry before it is.
    case failedPrecondition = 9
    /// A conflict with another call; retry at a higher level.
    case aborted = 10
    /// Past the end of what is valid now.
    case outOfRange = 11
    /// The server has no such method.
    case unimplemented = 12
    /// An invariant is broken, often the protocol's own.
    case `internal` = 13
    /// Nobody serves this now; retry after a while.
    case unavailable = 14
    /// Data is lost for good.
    case dataLoss = 15
    /// The caller is not known.
    case unauthenticated = 16

    /// gRPC's own spelling, such as `DEADLINE_EXCEEDED`.
    public var description: String {
      switch self {
      case .ok: "OK"
      case .cancelled: "CANCELLED"
      case .unknown: "UNKNOWN"
      case .invalidArgument: "INVALID_ARGUMENT"
      case .deadlineExceeded: "DEADLINE_EXCEEDED"
      case .notFound: "NOT_FOUND"
      case .alreadyExists: "ALREADY_EXISTS"
      case .permissionDenied: "PERMISSION_DENIED"
      case .resourceExhausted: "RESOURCE_EXHAUSTED"
      case .failedPrecondition: "FAILED_PRECONDITION"
      case .aborted: "ABORTED"
      case .outOfRange: "OUT_OF_RANGE"
      case .unimplemented: "UNIMPLEMENTED"
      case .internal: "INTERNAL"
      case .unavailable: "UNAVAILABLE"
      case .dataLoss: "DATA_LOSS"
      case .unauthenticated: "UNAUTHENTICATED"
      }
    }
  }
}
