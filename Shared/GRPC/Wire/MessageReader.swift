/// Reads the messages of one direction of one call, in the task that wants them.
///
/// Takes chunks of bytes from an inbox and cuts them into messages; a message that lies whole in a
/// chunk is decoded where it lies. The peer is credited with a chunk when all of it has been used, so
/// what is not read is not sent either: this is the back-pressure.
@usableFromInline
struct MessageReader: Sendable {
  /// What the call behind the inbox is asked to do.
  protocol Source: AnyObject, Sendable {
    /// Bytes arrive here.
    var inbox: MessageInbox { get }
    /// "server" or "client", for messages about limits.
    var side: String { get }
    /// The task that reads was cancelled: returns what the reader throws, or nil when it is to wait for the end of
    /// the call, which follows.
    func readerWasCancelled() -> RPCError?
    /// Lets the peer send as many bytes more.
    func credit(_ count: Int)
    /// So many bytes more, or fewer, are kept of a message that is not complete; throws at the limit.
    func keepsPartialBytes(_ change: Int) throws(RPCError)
    /// The bytes of a compressed message.
    func inflate(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> [UInt8]
  }

  private let source: any Source
  private var assembler: MessageAssembler
  private var chunk: [UInt8] = []
  private var offset = 0
  private var end: Result<Void, RPCError>?
  /// Whether the message given last came compressed.
  private(set) var latestWasCompressed = false
  /// Whether cancelling the task still has a meaning.
  private var isCancellable = true
  /// Whether somebody else reads these messages.
  let isSecond: Bool

  /// A reader; only one of an inbox gets to read.
  init(_ source: any Source, limit: Int) {
    self.source = source
    assembler = MessageAssembler(limit: limit)
    isSecond = !source.inbox.claim()
    if isSecond {
      end = .failure(
        RPCError(
          .internal,
          "this stream of messages is read by another iterator: it has one reader only"
        )
      )
    }
  }

  /// Waits for the next message and decodes it; nil behind the last.
  @usableFromInline
  mutating func next<Message>(
    isolation: isolated (any Actor)?,
    decode: (UnsafeRawBufferPointer) throws(RPCError) -> Message
  ) async throws(RPCError) -> Message? {
    while end == nil {
      do throws(RPCError) {
        if let message = try nextInChunk(decode) { return message }
      } catch {
        // Nothing can be read behind a broken message.
        end = .failure(error)
        throw error
      }
      if !chunk.isEmpty { source.credit(chunk.count) }
      offset = 0
      let delivery = await source.inbox.take(
        into: &chunk,
        isCancellable: isCancellable,
        isolation: isolation
      )
      switch delivery {
      case .bytes: break
      case .failed(let error): end = .failure(error)
      case .cancelled:
        if let error = source.readerWasCancelled() { throw error }
        isCancellable = false
      case .end: end = isWholeEnd
      }
    }
    if case .failure(let error) = end { throw error }
    return nil
  }

  private var isWholeEnd: Result<Void, RPCError> {
    assembler.isBetweenMessages
      ? .success(())
      : .failure(RPCError(.internal, "the peer ended the stream within a message"))
  }

  private mutating func nextInChunk<Message>(
    _ decode: (UnsafeRawBufferPointer) throws(RPCError) -> Message
  ) throws(RPCError) -> Message? {
    guard offset < chunk.count else { return nil }
    let before = assembler.bufferedBytes
    let step = chunk.withUnsafeBytes { assembler.next(in: $0, from: &offset) }
    let change = assembler.bufferedBytes - before
    if change != 0 { try source.keepsPartialBytes(change) }
    switch step {
    case .message(let range, let isCompressed):
      latestWasCompressed = isCompressed
      return try decodeBytes(chunk, range, isCompressed, decode)
    case .assembled(let bytes, let isCompressed):
      latestWasCompressed = isCompressed
      return try decodeBytes(bytes, 0..<bytes.count, isCompressed, decode)
    case .incomplete:
      return nil
    case .failed(let fault):
      throw RPCError(fault.status(on: source.side))
    }
  }

  private func decodeBytes<Message>(
    _ bytes: [UInt8],
    _ range: Range<Int>,
    _ isCompressed: Bool,
    _ decode: (UnsafeRawBufferPointer) throws(RPCError) -> Message
  ) throws(RPCError) -> Message {
    if isCompressed {
      let inflated = try bytes.withRawBytes(range, source.inflate)
      return try inflated.withRawBytes(0..<inflated.count, decode)
    }
    return try bytes.withRawBytes(range, decode)
  }
}

extension [UInt8] {
  /// `withUnsafeBytes` with a typed error, which the standard library's own loses.
  @inlinable
  func withRawBytes<Result>(
    _ range: Range<Int>,
    _ body: (UnsafeRawBufferPointer) throws(RPCError) -> Result
  ) throws(RPCError) -> Result {
    let outcome = withUnsafeBytes { bytes -> Swift.Result<Result, RPCError> in
      do throws(RPCError) {
        return .success(try body(UnsafeRawBufferPointer(rebasing: bytes[range])))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
