internal import HPACK
public import Sockets
internal import Synchronization

/// What a method knows about its call besides the messages, and what it can do with it.
///
/// May be used from any task and thread, also after the call.
public final class ServerContext: Sendable, MessageReader.Source {
  /// The call that the current task answers; nil outside of a method.
  ///
  /// Calls that a method makes inherit the deadline through it, and are cancelled when it is.
  @TaskLocal public static var current: ServerContext?

  let head: RequestHead
  let connection: ConnectionFacts
  /// For methods that read a stream.
  let ownInbox: MessageInbox?
  /// On the loop's clock.
  let deadlineNanoseconds: UInt64?
  /// `grpc-timeout`.
  private let timeoutNanoseconds: UInt64?
  let handlerSide = Mutex(HandlerSide())
  private let cancellation = Atomic<Bool>(false)
  /// The loop's side of the call.
  let stream: LoopConfined<ServerStream>

  init(
    _ stream: ServerStream,
    head: RequestHead,
    connection: ConnectionFacts,
    deadline: UInt64?,
    timeout: UInt64?
  ) {
    self.stream = LoopConfined(stream, to: connection.loop)
    self.head = head
    self.connection = connection
    deadlineNanoseconds = deadline
    timeoutNanoseconds = timeout
    ownInbox = head.method.kind.streamsRequests ? MessageInbox() : nil
    let usual = connection.server.compression
    if usual != .identity, head.accepted.contains(usual) {
      handlerSide.withLock { $0.compression = usual }
    }
  }

  // MARK: About the call

  /// The method that was called.
  public var method: any AnyMethodDescriptor { head.method.descriptor }

  /// The address at which the client has reached this server.
  public var localAddress: SocketAddress { connection.local }

  /// The client's address.
  public var peer: SocketAddress { connection.peer }

  /// What the client sent beside its messages, with its `user-agent`.
  ///
  /// Read from the header fields at each access: keep it in a variable when you need it often.
  public var metadata: Metadata {
    var metadata = Metadata()
    if let userAgent = head.userAgent { metadata.append(userAgent, for: "user-agent") }
    let fields = head.fields
    for index in 0..<fields.count {
      fields.withName(index) { name in
        fields.withValue(index) { metadata.appendReceived(name: name, value: $0) }
      }
    }
    return metadata
  }

  /// How long the call may still take: what is left of the client's deadline or of the server's own
  /// cap, whichever ends first; zero when it is over, nil when neither is set.
  public var remainingTime: Duration? {
    guard let deadlineNanoseconds else { return nil }
    let now = connection.loop.monotonicNow
    return .nanoseconds(Int64(clamping: deadlineNanoseconds > now ? deadlineNanoseconds - now : 0))
  }

  /// What the client's own deadline left for the call when it arrived; nil when it set none.
  ///
  /// `remainingTime` is less when the server's own cap ends first.
  public var clientTimeout: Duration? {
    timeoutNanoseconds.map { .nanoseconds(Int64(clamping: $0)) }
  }

  /// How the client compresses its messages, or those of them that it does.
  public var requestCompression: Compression { head.compression }

  // MARK: Cancellation

  /// Whether the call is over before the method is: given up by the client, past its deadline, or
  /// cut off by the server's end.
  ///
  /// The method's task is cancelled, too.
  public var isCancelled: Bool { cancellation.load(ordering: .acquiring) }

  /// Why the call was cancelled; nil when it was not.
  ///
  /// DEADLINE_EXCEEDED when its time was over, CANCELLED when the client gave up or was lost.
  public var cancellationReason: RPCError? {
    handlerSide.withLock { isCancelled ? $0.failure : nil }
  }

  /// Calls `action` when the call is cancelled, at once if it has been; never after a good end.
  ///
  /// The action runs on the event loop: it must be short.
  public func onCancel(_ action: @escaping @Sendable () -> Void) {
    _ = addCancelAction(action)
  }

  /// The same with the action's number, to take it back; nil when it has been called at once, or never will be.
  func addCancelAction(_ action: @escaping @Sendable () -> Void) -> Int? {
    let (number, isTooLate) = handlerSide.withLock { side -> (Int?, Bool) in
      if isCancelled { return (nil, true) }
      // A call that has failed in no other way has ended well.
      if side.failure != nil { return (nil, false) }
      return (side.cancelActions.add(action), false)
    }
    if isTooLate { action() }
    return number
  }

  func removeCancelAction(_ number: Int) {
    handlerSide.withLock { $0.cancelActions.remove(number) }
  }

  /// Marks the call as cancelled and returns what is to be called.
  func markCancelled(_ error: RPCError) -> [@Sendable () -> Void] {
    handlerSide.withLock { side in
      cancellation.store(true, ordering: .releasing)
      if side.failure == nil { side.failure = error }
      return side.cancelActions.takeAll()
    }
  }

  // MARK: Metadata of the response

  /// Sends metadata ahead of the first message.
  ///
  /// - Throws: `RPCError` when it is too late, or when a key or a value may not be sent.
  public func sendInitialMetadata(_ metadata: Metadata) throws {
    if let violation = metadata.violation { throw RPCError(.internal, violation) }
    let mustPost = try handlerSide.withLock { side throws(RPCError) in
      if let failure = side.failure { throw failure }
      guard !side.hasBegun else {
        throw RPCError(
          .internal,
          "initial metadata goes out ahead of the first message, and has gone out already"
        )
      }
      side.hasBegun = true
      side.initialMetadata = metadata
      return side.posted.announce()
    }
    if connection.loop.isCurrent {
      stream.wrapped.flushPosted()
    } else if mustPost {
      connection.loop.execute { self.stream.wrapped.flushPosted() }
    }
  }

  /// Metadata that goes out with the status, at the end of the call.
  public var trailingMetadata: Metadata {
    get { handlerSide.withLock { $0.trailingMetadata } }
    set { handlerSide.withLock { $0.trailingMetadata = newValue } }
  }

  // MARK: MessageReader.Source

  var inbox: MessageInbox { ownInbox ?? .unused }

  @usableFromInline
  func readerGoesOn() { nameTheLoop() }

  @usableFromInline
  func readerWasCancelled() -> RPCError? {
    RPCError(.cancelled, "the task that reads the messages was cancelled")
  }

  @usableFromInline var side: String { "server" }

  func makeReader() -> MessageReader {
    MessageReader(self, limit: connection.server.maxReceiveMessageSize)
  }

  @usableFromInline
  func credit(_ count: Int) {
    if connection.loop.isCurrent {
      stream.wrapped.credit(count)
    } else {
      connection.loop.execute { self.stream.wrapped.credit(count) }
    }
  }

  @usableFromInline
  func keepsPartialBytes(_ change: Int) throws(RPCError) {
    handlerSide.withLock { $0.partialBytes += change }
    try connection.keepsPartialBytes(change)
    guard change < 0, connection.isCrowded else { return }
    connection.loop.run { self.stream.wrapped.partialBytesFell() }
  }

  @usableFromInline
  func inflate(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> [UInt8] {
    handlerSide.withLock { $0.requestWasCompressed = true }
    let limit = connection.server.maxReceiveMessageSize
    return try requestCompression.decompress(bytes, limit: limit, side: side)
  }
}
