public import Protobuf

/// The requests of a call in which the client streams: read them with `for try await`.
///
/// Reading is what lets the client send: while the method does something else, the client's windows
/// fill and its writer waits. It has one reader; a second iterator throws. Ends when the client has
/// sent its last message, throws when the call is cancelled or a message is broken.
public struct RequestStream<Request: Message>: AsyncSequence, Sendable {
  /// One request.
  public typealias Element = Request
  /// Reading fails with the status that the call will have if the method lets it pass.
  public typealias Failure = RPCError

  private let context: ServerContext

  @usableFromInline
  init(_ context: ServerContext) {
    self.context = context
  }

  /// The reader.
  public func makeAsyncIterator() -> Iterator {
    Iterator(reader: context.makeReader())
  }

  /// Reads requests one after the other.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline var reader: MessageReader

    init(reader: MessageReader) {
      self.reader = reader
    }

    /// Whether the latest request came compressed.
    public var latestWasCompressed: Bool { reader.latestWasCompressed }

    /// The next request; nil behind the last.
    @inlinable
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(RPCError) -> Request? {
      try await reader.next(isolation: actor) { bytes throws(RPCError) in
        try MethodImplementation.decodeRequest(bytes, as: Request.self)
      }
    }

    /// The next request; nil behind the last.
    @inlinable
    public mutating func next() async throws(RPCError) -> Request? {
      try await next(isolation: nil)
    }
  }
}
