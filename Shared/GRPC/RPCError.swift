/// The one error type of this library: what a failed call throws at its caller, and what a service's
/// method throws to fail a call.
public struct RPCError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure; `.ok` is not one, and is reported as `.unknown`.
  public var code: Status.Code

  /// What happened, on which side, and what to change.
  public var message: String

  /// Trailing metadata: received with the failure, or to be sent with it.
  public var metadata: Metadata

  /// A failure to throw.
  public init(_ code: Status.Code, _ message: String = "", metadata: Metadata = [:]) {
    // An error that says "no error" would reach the peer as a success without a message.
    self.code = code == .ok ? .unknown : code
    self.message = message
    self.metadata = metadata
  }

  /// A failure that is a status received or about to be sent.
  public init(_ status: Status, metadata: Metadata = [:]) {
    self.init(status.code, status.message, metadata: metadata)
  }

  /// Code and message, without the metadata.
  public var status: Status { Status(code, message) }

  /// The serialized `google.rpc.Status` of `grpc-status-details-bin`, if there is one.
  public var detailBytes: [UInt8]? {
    get { metadata.binaryValues(for: Metadata.statusDetailsKey).first }
    set {
      metadata.removeAll(for: Metadata.statusDetailsKey)
      if let newValue { metadata.append(newValue, for: Metadata.statusDetailsKey) }
    }
  }

  /// `NOT_FOUND: no such file`.
  public var description: String { status.description }
}

extension RPCError {
  /// What the caller is told about an error that a service's method threw.
  ///
  /// An `RPCError` is meant for the caller and travels whole. Any other error becomes UNKNOWN, as in
  /// the other gRPC libraries, with its description as the message, as Python and Go have it: no
  /// stack, no type name is added. A service whose errors describe secrets throws `RPCError`s.
  public static func reporting(_ error: any Error) -> RPCError {
    if let error = error as? RPCError { return error }
    if error is CancellationError { return RPCError(.cancelled, "the call was cancelled") }
    return RPCError(.unknown, "\(error)")
  }
}
