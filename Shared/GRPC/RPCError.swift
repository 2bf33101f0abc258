/// The one error type of this library: what a failed call throws at its caller, and what a service's
/// method throws to fail a call.
public struct RPCError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure; `.ok` is not one, and is reported as `.unknown`.
  public var code: Status.Code

  /// What happened, on which side, and what to change.
  public var message: String

  /// Trailing metadata: received with the failure, or to be sent with it.
  ///
  /// A method may let the error of a call that it made pass to its own caller: code, message and details then travel
  /// on, the rest of what was received does not, unless it is set here anew.
  public var metadata: Metadata {
    didSet { isMetadataReceived = false }
  }

  /// Whether the metadata came from a peer: it is not passed on unasked.
  private(set) var isMetadataReceived = false

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

  /// A failure that a peer has reported.
  init(received code: Status.Code, _ message: String, metadata: Metadata) {
    self.init(code, message, metadata: metadata)
    isMetadataReceived = true
  }

  /// The metadata that a method's own caller gets when the method lets this error pass.
  var metadataToSend: Metadata {
    isMetadataReceived ? metadata.keeping([Metadata.statusDetailsKey]) : metadata
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

  /// Errors are equal when code, message and metadata are.
  public static func == (left: RPCError, right: RPCError) -> Bool {
    left.code == right.code && left.message == right.message && left.metadata == right.metadata
  }

  /// Code, message and metadata.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(message)
    hasher.combine(metadata)
  }

  /// `NOT_FOUND: no such file`.
  public var description: String { status.description }
}

extension RPCError {
  /// What the caller is told about an error that a service's method threw.
  ///
  /// An `RPCError` is meant for the caller and travels whole. Any other error becomes UNKNOWN, as in the other gRPC
  /// libraries. When it describes itself, its description is the message, as Python and Go have it; when it does not,
  /// only its type is named: Swift would print every field of it, secrets too.
  public static func reporting(_ error: any Error) -> RPCError {
    if let error = error as? RPCError { return error }
    if error is CancellationError { return RPCError(.cancelled, "the call was cancelled") }
    if let described = error as? any CustomStringConvertible {
      return RPCError(.unknown, described.description)
    }
    return RPCError(.unknown, "the method threw \(type(of: error)), which is no RPCError")
  }
}
