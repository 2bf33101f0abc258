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
    /// The task that reads goes on after it had to wait.
    func readerGoesOn()
    /// Lets the peer send as many bytes more.
    func credit(_ count: Int)
    /// So many bytes more, or fewer, are kept of a message that is not complete; throws at the limit.
    func keepsPartialBytes(_ change: Int) throws(RPCError)
    /// The bytes of a compressed message.
    func inflate(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> [UInt8]
  }

  /// What stands at the reader's place in the stream.
  @usableFromInline
  enum Place {
    /// A message: `withCurrent` gives its bytes.
    case message
    /// The end of the stream.
    case end
    /// Nothing yet: `refill` waits for more.
    case wait
  }

  private let source: any Source
  private var assembler: MessageAssembler
  @usableFromInline var chunk: [UInt8] = []
  private var offset = 0
  private var end: Result<Void, RPCError>?
  /// The message at hand: a range of the chunk, or of bytes of its own when it came in pieces or compressed.
  @usableFromInline var range = 0..<0
  @usableFromInline var separate: [UInt8]?
  /// Whether the message given last came compressed.
  private(set) var latestWasCompressed = false
  /// Whether cancelling the task still has a meaning.
  private var isCancellable = true
  /// Whether somebody else reads these messages.
  @usableFromInline let isSecond: Bool

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
  ///
  /// Inlinable, with what does not depend on the type of the message in `advance` and `refill`: a message that is
  /// there already costs no suspension and no look at a type.
  @inlinable
  mutating func next<Message>(
    isolation: isolated (any Actor)?,
    decode: (UnsafeRawBufferPointer) throws(RPCError) -> Message
  ) async throws(RPCError) -> Message? {
    while true {
      switch try advance() {
      case .message:
        do throws(RPCError) { return try withCurrent(decode) } catch {
          fail(error)
          throw error
        }
      case .end: return nil
      case .wait: try await refill(isolation: isolation)
      }
    }
  }

  /// Goes to the next message, if it has come.
  @usableFromInline
  mutating func advance() throws(RPCError) -> Place {
    switch end {
    case .success?: return .end
    case .failure(let error)?: throw error
    case nil: break
    }
    do throws(RPCError) {
      return try cutOut() ? .message : .wait
    } catch {
      fail(error)
      throw error
    }
  }

  /// Nothing can be read behind a broken message.
  @usableFromInline
  mutating func fail(_ error: RPCError) { end = .failure(error) }

  /// Calls `decode` with the bytes of the message at hand.
  @inlinable
  func withCurrent<Message>(
    _ decode: (UnsafeRawBufferPointer) throws(RPCError) -> Message
  ) throws(RPCError) -> Message {
    if let separate { return try separate.withRawBytes(range, decode) }
    return try chunk.withRawBytes(range, decode)
  }

  /// Waits for more of the stream, or for its end.
  @usableFromInline
  mutating func refill(isolation: isolated (any Actor)?) async throws(RPCError) {
    if !chunk.isEmpty { source.credit(chunk.count) }
    offset = 0
    let delivery = await source.inbox.take(
      into: &chunk,
      isCancellable: isCancellable,
      isolation: isolation
    )
    source.readerGoesOn()
    switch delivery {
    case .bytes: break
    case .failed(let error): end = .failure(error)
    case .cancelled:
      if let error = source.readerWasCancelled() { throw error }
      isCancellable = false
    case .end: end = isWholeEnd
    }
  }

  private var isWholeEnd: Result<Void, RPCError> {
    assembler.isBetweenMessages
      ? .success(())
      : .failure(RPCError(.internal, "the peer ended the stream within a message"))
  }

  /// Cuts the next message out of the chunk; false when it is not there whole.
  private mutating func cutOut() throws(RPCError) -> Bool {
    guard offset < chunk.count else { return false }
    let before = assembler.bufferedBytes
    let step = chunk.withUnsafeBytes { assembler.next(in: $0, from: &offset) }
    let change = assembler.bufferedBytes - before
    if change != 0 { try source.keepsPartialBytes(change) }
    switch step {
    case .message(let range, isCompressed: false):
      keep(range, of: nil, wasCompressed: false)
    case .message(let range, isCompressed: true):
      let bytes = try chunk.withRawBytes(range, source.inflate)
      keep(0..<bytes.count, of: bytes, wasCompressed: true)
    case .assembled(let bytes, isCompressed: false):
      keep(0..<bytes.count, of: bytes, wasCompressed: false)
    case .assembled(let bytes, isCompressed: true):
      let inflated = try bytes.withRawBytes(0..<bytes.count, source.inflate)
      keep(0..<inflated.count, of: inflated, wasCompressed: true)
    case .incomplete:
      return false
    case .failed(let fault):
      throw RPCError(fault.status(on: source.side))
    }
    return true
  }

  private mutating func keep(_ range: Range<Int>, of bytes: [UInt8]?, wasCompressed: Bool) {
    self.range = range
    if bytes != nil || separate != nil { separate = bytes }
    latestWasCompressed = wasCompressed
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
