public import Protobuf
internal import ProtobufWire

// What generated stubs call.
extension Channel {
  /// Makes a call with one message each way, and waits for the answer.
  ///
  /// - Throws: `RPCError` with the status of the call.
  @inlinable
  public func unary<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ request: Request,
    timeout: Duration? = nil,
    metadata: Metadata = [:],
    options: CallOptions = CallOptions()
  ) async throws -> Response {
    let handle = begin(method, timeout, metadata, options)
    handle.sendOnly { request.encode(to: &$0) }
    return try await handle.onlyResponse()
  }

  /// Begins a call with one message each way, for callers that want its metadata too.
  public func startUnary<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ request: Request,
    timeout: Duration? = nil,
    metadata: Metadata = [:],
    options: CallOptions = CallOptions()
  ) -> UnaryCall<Response> {
    let handle = begin(method, timeout, metadata, options)
    handle.sendOnly { request.encode(to: &$0) }
    return UnaryCall(handle)
  }

  /// Begins a call with one request and many responses.
  public func serverStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ request: Request,
    timeout: Duration? = nil,
    metadata: Metadata = [:],
    options: CallOptions = CallOptions()
  ) -> ServerStreamingCall<Request, Response> {
    let handle = begin(method, timeout, metadata, options)
    handle.sendOnly { request.encode(to: &$0) }
    return ServerStreamingCall(handle)
  }

  /// Begins a call with many requests and one response.
  public func clientStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    timeout: Duration? = nil,
    metadata: Metadata = [:],
    options: CallOptions = CallOptions()
  ) -> ClientStreamingCall<Request, Response> {
    ClientStreamingCall(begin(method, timeout, metadata, options))
  }

  /// Begins a call in which both sides stream.
  public func bidirectional<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    timeout: Duration? = nil,
    metadata: Metadata = [:],
    options: CallOptions = CallOptions()
  ) -> BidirectionalCall<Request, Response> {
    BidirectionalCall(begin(method, timeout, metadata, options))
  }

  @usableFromInline
  func begin(
    _ method: any AnyMethodDescriptor,
    _ timeout: Duration?,
    _ metadata: Metadata,
    _ options: CallOptions
  ) -> ClientCallHandle {
    ClientCallHandle(self, method, timeout: timeout, metadata: metadata, options)
  }
}

extension ClientCallHandle {
  /// Encodes a message that `encode` writes, compresses it if the call does, and puts the prefix of gRPC in front of it.
  func frame(
    compress: Bool,
    _ encode: (inout WireWriter) -> Void
  ) throws(RPCError) -> [UInt8] {
    var writer = WireWriter()
    try writer.frame(compress ? compression : .identity, encode)
    return writer.withUnsafeBytes { Array($0) }
  }

  /// Sends the one message of the call, which `encode` writes.
  @usableFromInline
  func sendOnly(_ encode: (inout WireWriter) -> Void) {
    do throws(RPCError) {
      try sendLastMessage(encode)
    } catch {
      fail(error)
    }
  }
}
