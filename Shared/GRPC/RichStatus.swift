// Rich errors: google.rpc.Status in the trailer `grpc-status-details-bin`.

public import Protobuf

extension RPCError {
  /// A failure with details that a program can read, such as `Google.Rpc.BadRequest` or any message of your own.
  ///
  /// They travel as a `google.rpc.Status` in the trailer `grpc-status-details-bin`, beside code and message:
  ///
  /// ```swift
  /// throw RPCError(
  ///   .invalidArgument,
  ///   "name is empty",
  ///   details: [Google.Rpc.BadRequest(fieldViolations: [.init(field: "name", description: "is empty")])]
  /// )
  /// ```
  public init(
    _ code: Status.Code,
    _ message: String = "",
    details: [any Message],
    metadata: Metadata = [:]
  ) {
    self.init(code, message, metadata: metadata)
    richStatus = Google.Rpc.Status(
      code: Int32(self.code.rawValue),
      message: message,
      details: details.map { Google.Protobuf.AnyMessage(packing: $0) }
    )
  }

  /// The `google.rpc.Status` that came with the failure, or is to be sent with it.
  ///
  /// Nil when there is none, or when what came is not one: a peer's bytes are no reason to lose the error itself.
  public var richStatus: Google.Rpc.Status? {
    get { detailBytes.flatMap { try? Google.Rpc.Status(serialized: $0) } }
    set { detailBytes = newValue?.serialized() }
  }

  /// The first detail of type `M`; nil when there is none.
  public func detail<M: Message>(_ type: M.Type) -> M? {
    details(type).first
  }

  /// All details of type `M`, in order; those that do not decode are left out.
  public func details<M: Message>(_ type: M.Type) -> [M] {
    (richStatus?.details ?? []).compactMap { try? $0.unpacked(as: type) }
  }
}
