public import Protobuf

/// The responses of a call, in the order in which the server sent them.
///
/// Reading is what lets the server send. There is one reader: a second iterator throws. Leaving the loop early ends the
/// call: RST_STREAM(CANCEL) goes out, and the server's method is cancelled. Behind the last message the sequence ends when the status is OK, and throws it otherwise.
public struct ResponseStream<Response: Message>: AsyncSequence, Sendable {
  /// One response.
  public typealias Element = Response
  /// The status of a call that failed.
  public typealias Failure = RPCError

  private let handle: ClientCallHandle
  /// Keeps the call going while somebody has the responses, though nobody has the call.
  private let guardian: CallGuardian?

  init(_ handle: ClientCallHandle, keeping guardian: CallGuardian?) {
    self.handle = handle
    self.guardian = guardian
  }

  /// The reader.
  public func makeAsyncIterator() -> Iterator { Iterator(handle, keeping: guardian) }

  /// Reads responses one after the other.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    @usableFromInline var reader: MessageReader
    @usableFromInline let handle: ClientCallHandle
    private let callGuardian: CallGuardian?
    /// Leaving the loop ends the call.
    private let guardian: CallGuardian?

    init(_ handle: ClientCallHandle, keeping callGuardian: CallGuardian?) {
      self.handle = handle
      self.callGuardian = callGuardian
      reader = MessageReader(handle, limit: handle.maxReceiveMessageSize)
      // A second reader has no say in how the first one's call ends.
      guardian = reader.isSecond ? nil : CallGuardian(handle, "the client stopped reading")
    }

    /// Whether the latest response came compressed.
    public var latestWasCompressed: Bool { reader.latestWasCompressed }

    /// The next response; nil behind the last.
    @inlinable
    public mutating func next() async throws(RPCError) -> Response? {
      try await next(isolation: nil)
    }

    /// The next response; nil behind the last.
    @inlinable
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCError) -> Response? {
      do throws(RPCError) {
        let response = try await reader.next(isolation: actor) { bytes throws(RPCError) in
          do throws(DecodingError) { return try Response(decoding: bytes) } catch {
            throw handle.undecodable(error)
          }
        }
        if response == nil { handle.endReading() }
        return response
      } catch {
        // A message that can't be used ends the call; a call that is over does not mind.
        if !reader.isSecond {
          handle.fail(error)
          handle.endReading(error)
        }
        throw error
      }
    }
  }
}

/// Ends a call when nobody holds it any more.
final class CallGuardian: Sendable {
  private let handle: ClientCallHandle
  private let reason: String

  init(_ handle: ClientCallHandle, _ reason: String) {
    self.handle = handle
    self.reason = reason
  }

  deinit {
    handle.cancelLater(reason)
    handle.endReading()
  }
}

/// What every kind of call offers.
public protocol ClientCallProtocol: Sendable {
  /// The metadata in front of the first message; throws the status of a call that has failed before.
  var initialMetadata: Metadata { get async throws }
  /// The metadata behind the last message; throws the status of a call that has failed.
  var trailingMetadata: Metadata { get async throws }
  /// Whether the call is over.
  var hasEnded: Bool { get }
  /// Gives the call up: the server's method is cancelled.
  func cancel()
  /// What a writer of this call waits for at the moment; nil when it may go on.
  var suspension: WriteSuspension? { get async }
}

/// A call with one message each way.
///
/// Dropping the last reference cancels it.
public final class UnaryCall<Response: Message>: ClientCallProtocol {
  let handle: ClientCallHandle
  private let guardian: CallGuardian

  init(_ handle: ClientCallHandle) {
    self.handle = handle
    guardian = CallGuardian(handle, "nobody waits for the answer")
  }

  /// Waits for the answer.
  public var response: Response {
    get async throws { try await handle.onlyResponse() }
  }

  /// Whether the answer came compressed.
  public var responseWasCompressed: Bool { handle.responseWasCompressed }
  /// The metadata in front of the message.
  public var initialMetadata: Metadata { get async throws { try await handle.initialMetadata() } }
  /// The metadata behind the message.
  public var trailingMetadata: Metadata { get async throws { try await handle.trailingMetadata() } }
  /// What the request waits for at the moment; nil when it has gone out.
  public var suspension: WriteSuspension? { get async { await handle.suspension } }
  /// Whether the call is over.
  public var hasEnded: Bool { handle.hasEnded }
  /// Gives the call up.
  public func cancel() { handle.cancel("the client cancelled the call") }
}

/// A call with one request and many responses: `for try await response in call`.
public final class ServerStreamingCall<Request: Message, Response: Message>: ClientCallProtocol,
  AsyncSequence
{
  /// One response.
  public typealias Element = Response
  /// The status of a call that failed.
  public typealias Failure = RPCError

  let handle: ClientCallHandle
  let guardian: CallGuardian

  init(_ handle: ClientCallHandle) {
    self.handle = handle
    guardian = CallGuardian(handle, "nobody reads the responses")
  }

  /// The reader, which keeps the call alive and ends it when the loop is left.
  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  /// Reads responses one after the other.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline var responses: ResponseStream<Response>.Iterator

    init(_ call: ServerStreamingCall) {
      responses = ResponseStream.Iterator(call.handle, keeping: call.guardian)
    }

    /// Whether the latest response came compressed.
    public var latestWasCompressed: Bool { responses.latestWasCompressed }

    /// The next response; nil behind the last.
    @inlinable
    public mutating func next() async throws(RPCError) -> Response? { try await responses.next() }

    /// The next response; nil behind the last.
    @inlinable
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCError) -> Response? { try await responses.next(isolation: actor) }
  }

  /// The metadata in front of the first response.
  public var initialMetadata: Metadata { get async throws { try await handle.initialMetadata() } }
  /// The metadata behind the last response.
  public var trailingMetadata: Metadata { get async throws { try await handle.trailingMetadata() } }
  /// What the request waits for at the moment; nil when it has gone out.
  public var suspension: WriteSuspension? { get async { await handle.suspension } }
  /// Whether the call is over.
  public var hasEnded: Bool { handle.hasEnded }
  /// Gives the call up.
  public func cancel() { handle.cancel("the client cancelled the call") }
}

/// A call with many requests and one response.
///
/// Dropping the last reference cancels it.
public final class ClientStreamingCall<Request: Message, Response: Message>: ClientCallProtocol {
  @usableFromInline let handle: ClientCallHandle
  private let guardian: CallGuardian

  init(_ handle: ClientCallHandle) {
    self.handle = handle
    guardian = CallGuardian(handle, "the client dropped the call")
  }

  /// Sends a request, and waits while the server reads more slowly than we write.
  ///
  /// - Parameters:
  ///   - request: The message.
  ///   - compress: Whether it is compressed as the call's options say.
  /// - Throws: `RPCError` with the status of the call when it has failed meanwhile.
  @inlinable
  public func send(_ request: Request, compress: Bool = true) async throws {
    try await handle.send(compress: compress) { request.encode(to: &$0) }
  }

  /// Says that this was the last request.
  public func finish() throws { try handle.finish() }

  /// Waits for the answer.
  public var response: Response {
    get async throws { try await handle.onlyResponse() }
  }

  /// Says that this was the last request, and waits for the answer.
  public func finishAndReceive() async throws -> Response {
    if !handle.hasEnded { try finish() }
    return try await response
  }

  /// The metadata in front of the response.
  public var initialMetadata: Metadata { get async throws { try await handle.initialMetadata() } }
  /// The metadata behind the response.
  public var trailingMetadata: Metadata { get async throws { try await handle.trailingMetadata() } }
  /// What the request waits for at the moment; nil when it has gone out.
  public var suspension: WriteSuspension? { get async { await handle.suspension } }
  /// Whether the call is over.
  public var hasEnded: Bool { handle.hasEnded }
  /// Gives the call up.
  public func cancel() { handle.cancel("the client cancelled the call") }
}

/// A call in which both sides stream, each at its own pace.
///
/// Dropping the last reference cancels it.
public final class BidirectionalCall<Request: Message, Response: Message>: ClientCallProtocol {
  @usableFromInline let handle: ClientCallHandle
  private let guardian: CallGuardian

  init(_ handle: ClientCallHandle) {
    self.handle = handle
    guardian = CallGuardian(handle, "the client dropped the call")
  }

  /// Sends a request, and waits while the server reads more slowly than we write.
  ///
  /// Any task may send.
  ///
  /// - Parameters:
  ///   - request: The message.
  ///   - compress: Whether it is compressed as the call's options say.
  /// - Throws: `RPCError` with the status of the call when it has failed meanwhile.
  @inlinable
  public func send(_ request: Request, compress: Bool = true) async throws {
    try await handle.send(compress: compress) { request.encode(to: &$0) }
  }

  /// Says that this was the last request; responses go on coming.
  public func finish() throws { try handle.finish() }

  /// The responses, for one reader, who keeps the call alive.
  public var responses: ResponseStream<Response> { ResponseStream(handle, keeping: guardian) }

  /// The metadata in front of the first response.
  public var initialMetadata: Metadata { get async throws { try await handle.initialMetadata() } }
  /// The metadata behind the last response.
  public var trailingMetadata: Metadata { get async throws { try await handle.trailingMetadata() } }
  /// What the request waits for at the moment; nil when it has gone out.
  public var suspension: WriteSuspension? { get async { await handle.suspension } }
  /// Whether the call is over.
  public var hasEnded: Bool { handle.hasEnded }
  /// Gives the call up.
  public func cancel() { handle.cancel("the client cancelled the call") }
}

extension ClientCallHandle {
  /// Waits for the one response of the call, and for its end.
  @inlinable
  func onlyResponse<Response: Message>() async throws(RPCError) -> Response {
    do throws(RPCError) {
      let response: Response = try decode(try await onlyMessage())
      endReading()
      return response
    } catch {
      endReading(error)
      throw error
    }
  }

  @inlinable
  func decode<Response: Message>(_ bytes: [UInt8]) throws(RPCError) -> Response {
    do { return try Response(serialized: bytes) } catch { throw undecodable(error) }
  }

  @usableFromInline
  func undecodable(_ error: DecodingError) -> RPCError {
    RPCError(.internal, "the client can't decode the response: \(error)")
  }
}
