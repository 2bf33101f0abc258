public import Protobuf

/// The way back of a call in which the server streams.
///
/// May be used from any task and thread; messages go out in the order of the calls.
public struct ResponseWriter<Response: Message>: Sendable {
  @usableFromInline let context: ServerContext

  @usableFromInline
  init(_ context: ServerContext) {
    self.context = context
  }

  /// Whether the client reads more slowly than the method writes: `send` waits now, or would.
  public var isBlocked: Bool { context.isBlocked }

  /// What a writer of this call waits for at the moment; nil when it may go on.
  public var suspension: WriteSuspension? { get async { await context.suspension } }

  /// Sends a message, and waits while the client reads more slowly than the method writes.
  ///
  /// - Parameters:
  ///   - message: The message.
  ///   - compress: Whether it is compressed as the call's responses are (`compressResponses`).
  /// - Throws: `RPCError` when the call is over – cancelled by the client, past its deadline – or the
  ///   task is cancelled.
  @inlinable
  public func send(_ message: Response, compress: Bool = true) async throws {
    if try context.push(message, compress: compress) { try await context.waitUntilWritable() }
  }
}
