public import Protobuf

/// A method of a service together with the code that answers it.
///
/// Generated code makes these; each form takes what the service's protocol asks for, and hides the
/// types of the messages from the server.
public struct MethodImplementation: Sendable {
  /// The code, without the types of its messages.
  @usableFromInline
  enum Body: Sendable {
    /// Called directly on the loop; reads the request from the bytes, which are valid only then.
    case immediate(
      @Sendable (_ request: UnsafeRawBufferPointer, ServerContext) throws -> Void
    )
    /// Called in a task; `request` is the one request of a method that takes one. Unless it throws, it says when the
    /// method has returned (`ServerContext.finish`).
    case asynchronous(@Sendable (_ request: [UInt8], ServerContext) async throws -> Void)
  }

  /// The method that this implements.
  public let descriptor: any AnyMethodDescriptor
  @usableFromInline let body: Body

  @inlinable
  init(_ descriptor: any AnyMethodDescriptor, _ body: Body) {
    self.descriptor = descriptor
    self.body = body
  }

  /// One request, one response.
  @inlinable
  public static func unary<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ answer: @escaping @Sendable (Request, ServerContext) async throws -> Response
  ) -> MethodImplementation {
    MethodImplementation(
      method,
      .asynchronous { bytes, context in
        let request = try decodeRequest(bytes, as: Request.self)
        try context.respond(try await answer(request, context))
      }
    )
  }

  /// One request, one response, without a task: called directly on the event loop.
  ///
  /// The fastest form. Nothing else happens on the loop while the method runs, so it must be short.
  /// `ServerContext.current` is not bound: there is no `await` that could start another call.
  @inlinable
  public static func immediateUnary<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ answer: @escaping @Sendable (Request, ServerContext) throws -> Response
  ) -> MethodImplementation {
    MethodImplementation(
      method,
      .immediate { bytes, context in
        let request = try decodeRequest(bytes, as: Request.self)
        try context.respond(try answer(request, context))
      }
    )
  }

  /// One request, many responses.
  @inlinable
  public static func serverStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ answer:
      @escaping @Sendable (Request, ResponseWriter<Response>, ServerContext) async throws ->
      Void
  ) -> MethodImplementation {
    MethodImplementation(
      method,
      .asynchronous { bytes, context in
        let request = try decodeRequest(bytes, as: Request.self)
        try await answer(request, ResponseWriter(context), context)
        context.finish()
      }
    )
  }

  /// Many requests, one response.
  @inlinable
  public static func clientStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ answer: @escaping @Sendable (RequestStream<Request>, ServerContext) async throws -> Response
  ) -> MethodImplementation {
    MethodImplementation(
      method,
      .asynchronous { _, context in
        try context.respond(try await answer(RequestStream(context), context))
      }
    )
  }

  /// Many requests, many responses.
  @inlinable
  public static func bidirectional<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ answer:
      @escaping @Sendable (
        RequestStream<Request>, ResponseWriter<Response>, ServerContext
      ) async throws -> Void
  ) -> MethodImplementation {
    MethodImplementation(
      method,
      .asynchronous { _, context in
        try await answer(RequestStream(context), ResponseWriter(context), context)
        context.finish()
      }
    )
  }

  @inlinable
  static func decodeRequest<Request: Message>(
    _ bytes: [UInt8],
    as type: Request.Type
  ) throws(RPCError) -> Request {
    do { return try Request(serialized: bytes) } catch { throw undecodable(error) }
  }

  @inlinable
  static func decodeRequest<Request: Message>(
    _ bytes: UnsafeRawBufferPointer,
    as type: Request.Type
  ) throws(RPCError) -> Request {
    do { return try Request(decoding: bytes) } catch { throw undecodable(error) }
  }

  @usableFromInline
  static func undecodable(_ error: DecodingError) -> RPCError {
    RPCError(.internal, "the server can't decode the request: \(error)")
  }
}
