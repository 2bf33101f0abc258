public import Protobuf
internal import Sockets
internal import Synchronization

// The same calls for code without `async`: the calling thread waits.
extension Channel {
  /// Makes a call with one message each way; the calling thread waits for the answer.
  ///
  /// - Throws: `RPCError` with the status of the call; FAILED_PRECONDITION on an event loop's thread, which must
  ///   never wait: there, use the `async` stub.
  public func blockingUnary<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ request: Request,
    timeout: Duration? = nil,
    metadata: Metadata = [:],
    options: CallOptions = CallOptions()
  ) throws -> Response {
    try Self.refuseLoopThread()
    let call = startUnary(method, request, timeout: timeout, metadata: metadata, options: options)
    return try BlockingResult.wait { try await call.response }
  }

  /// Begins a call with one request and many responses, to be read with `for`.
  ///
  /// - Throws: FAILED_PRECONDITION on an event loop's thread.
  public func blockingServerStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ request: Request,
    timeout: Duration? = nil,
    metadata: Metadata = [:],
    options: CallOptions = CallOptions()
  ) throws -> BlockingResponses<Response> {
    try Self.refuseLoopThread()
    let call = serverStreaming(
      method,
      request,
      timeout: timeout,
      metadata: metadata,
      options: options
    )
    return BlockingResponses(call)
  }

  private static func refuseLoopThread() throws {
    guard EventLoop.current != nil else { return }
    throw RPCError(
      .failedPrecondition,
      "a blocking stub was used on an event loop's thread, which serves other calls; use the async stub, "
        + "or let the service run on the concurrent pool (execution: .concurrentPool)"
    )
  }
}

/// The responses of a call, for a thread that waits for each.
///
/// A failed call ends with one `.failure`; leaving the loop early ends the call.
public struct BlockingResponses<Response: Message>: Sequence, IteratorProtocol {
  private let iterator: IteratorBox<Response>
  private var hasFailed = false

  init<Request: Message>(_ call: ServerStreamingCall<Request, Response>) {
    iterator = IteratorBox(ResponseStream.Iterator(call.handle, keeping: call.guardian))
  }

  /// Waits for the next response; nil behind the last.
  public mutating func next() -> Result<Response, RPCError>? {
    guard !hasFailed else { return nil }
    do {
      let iterator = iterator
      return try BlockingResult.wait { try await iterator.next() }.map { .success($0) }
    } catch {
      hasFailed = true
      return .failure(RPCError.reporting(error))
    }
  }
}

/// An iterator that one task after the other uses: each thread waits for its task before the next begins.
private final class IteratorBox<Response: Message>: Sendable {
  private let iterator: Mutex<ResponseStream<Response>.Iterator?>

  init(_ iterator: ResponseStream<Response>.Iterator) { self.iterator = Mutex(iterator) }

  func next() async throws(RPCError) -> Response? {
    guard var taken = iterator.withLock({ $0.take() }) else { return nil }
    let response = try await taken.next()
    iterator.withLock { $0 = taken }
    return response
  }
}
