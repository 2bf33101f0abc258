public import Protobuf
internal import Sockets
internal import Synchronization

/// A call as tasks on any thread hold it: what they do is carried out by the loop, in their order.
@usableFromInline
final class ClientCallHandle: MessageReader.Source {
  /// What is called, as `/package.Service/Method`.
  let path: String
  /// Whether the server sends any number of messages.
  let streamsResponses: Bool
  /// Unused when the call has one response: that comes with the outcome.
  @usableFromInline let inbox: MessageInbox
  let startedAt: UInt64
  /// On the loop's clock.
  let deadline: UInt64?
  let maxReceiveMessageSize: Int
  /// How requests are compressed.
  let compression: Compression
  /// Hears how the call went.
  let onCallEnded: (@Sendable (ClientCallReport) -> Void)?
  /// Whether anybody may want to hear that.
  let isReported: Bool
  @usableFromInline let side = "client"
  /// A channel lives as long as its calls.
  private let channel: Channel
  private let answer = Mutex(ClientAnswer())
  private let stream = Mutex<LoopConfined<ClientStream>?>(nil)
  private let ties = CallTies()

  private var loop: EventLoop { channel.core.loop }

  /// Begins a call.
  ///
  /// What the options and the channel's settings say is looked up here, once: to copy them as a whole costs as much as
  /// to send a header block.
  init(
    _ channel: Channel,
    _ method: any AnyMethodDescriptor,
    timeout: Duration?,
    metadata: __shared Metadata,
    _ options: __shared CallOptions
  ) {
    self.channel = channel
    let incoming = ServerContext.current
    path = method.path
    streamsResponses = method.kind.streamsResponses
    (startedAt, deadline) = options.start(
      timeout,
      default: channel.configuration.defaultTimeout,
      of: incoming,
      now: { channel.core.loop.monotonicNow }
    )
    inbox = streamsResponses ? MessageInbox() : .unused
    maxReceiveMessageSize =
      options.maxReceiveMessageSize ?? channel.configuration.maxReceiveMessageSize
    compression = options.compression ?? channel.configuration.compression
    onCallEnded = options.onCallEnded
    let isIntercepted = !channel.configuration.interceptors.isEmpty
    isReported = onCallEnded != nil || isIntercepted
    var outgoing = options.metadata
    if !metadata.isEmpty { outgoing.append(contentsOf: metadata) }
    if let incoming, !options.forwardedKeys.isEmpty {
      outgoing.append(contentsOf: incoming.metadata.keeping(options.forwardedKeys))
    }
    let waitForReady = options.waitForReady ?? channel.configuration.waitForReady
    let stream = LoopConfined(
      ClientStream(self, channel.core, metadata: outgoing, waitForReady: waitForReady),
      to: loop
    )
    self.stream.withLock { $0 = stream }
    if loop.isCurrent {
      stream.wrapped.start(isIntercepted: isIntercepted)
    } else {
      loop.execute { stream.wrapped.start(isIntercepted: isIntercepted) }
    }
    if let incoming, options.inheritsCancellation { ties.tie(self, to: incoming) }
    if isIntercepted { intercept(method, outgoing, waitForReady, stream) }
  }

  /// Shows the call to the interceptors, one after the other, before it goes out.
  private func intercept(
    _ method: any AnyMethodDescriptor,
    _ metadata: Metadata,
    _ waitForReady: Bool,
    _ stream: LoopConfined<ClientStream>
  ) {
    let interceptors = channel.configuration.interceptors
    let call = OutgoingCall(
      method: method,
      target: channel.target,
      metadata: metadata,
      waitForReady: waitForReady
    )
    let task = Task { [loop] in
      do {
        var call = call
        for interceptor in interceptors { try await interceptor.intercept(&call) }
        let outgoing = call
        loop.run { stream.wrapped.goOut(as: outgoing) }
      } catch {
        let error = RPCError.reporting(error)
        loop.run { stream.wrapped.fail(error) }
      }
    }
    ties.keep(task)
  }

  // MARK: From tasks

  /// Sends a message that `encode` writes; waits while the server's windows or the high-water mark are reached.
  ///
  /// A writer that need not wait is not suspended: on the loop the message goes straight into the connection, elsewhere
  /// it joins those that the loop will fetch together.
  @usableFromInline
  func send(
    compress: Bool,
    _ encode: (inout WireWriter) -> Void
  ) async throws(RPCError) {
    var mustWait =
      loop.isCurrent
      ? try pushOnLoop(compress, encode)
      : try pushFromElsewhere(try frame(compress: compress, encode))
    if Task.isCancelled { mustWait = true }
    if mustWait { try await waitUntilWritable() }
  }

  private func pushOnLoop(
    _ compress: Bool,
    _ encode: (inout WireWriter) -> Void
  ) throws(RPCError) -> Bool {
    let isPosted = try answer.withLock { answer throws(RPCError) in
      if answer.hasFinished { throw Self.sentAfterFinish }
      return answer.posted.areWaiting
    }
    guard let stream = stream.withLock({ $0 })?.wrapped else {
      try rethrowOutcome()
      return false
    }
    // What another thread has handed over before this goes first.
    if isPosted { stream.flushPosted() }
    return try stream.sendMessage(compress ? compression : .identity, encode)
  }

  private func pushFromElsewhere(_ bytes: [UInt8]) throws(RPCError) -> Bool {
    let (mustPost, mustWait) = try answer.withLock { answer throws(RPCError) in
      if answer.hasFinished { throw Self.sentAfterFinish }
      switch answer.outcome {
      case .failure(let error)?: throw error
      case .success?: return (false, false)
      case nil: break
      }
      return bytes.withUnsafeBytes { answer.posted.append($0) }
    }
    guard mustPost, let stream = stream.withLock({ $0 }) else { return mustWait }
    loop.execute { stream.wrapped.flushPosted() }
    return mustWait
  }

  private func waitUntilWritable() async throws(RPCError) {
    guard let stream = stream.withLock({ $0 }) else { return try rethrowOutcome() }
    let result = await withTaskCancellationHandler {
      await withUnsafeContinuation { writer in
        loop.run { stream.wrapped.wait(writer) }
      }
    } onCancel: {
      cancel("the task that sends was cancelled")
    }
    try result.get()
  }

  private static let sentAfterFinish = RPCError(
    .internal,
    "sent after finish(): the client has already said that it is done"
  )

  /// Sends the one message of a call, without waiting for room: nothing follows it.
  func sendLastMessage(_ encode: (inout WireWriter) -> Void) throws(RPCError) {
    guard loop.isCurrent else { return sendLast(try frame(compress: true, encode)) }
    answer.withLock { $0.hasFinished = true }
    guard let stream = stream.withLock({ $0 })?.wrapped else { return }
    try stream.sendLastMessage(compression, encode)
  }

  /// Sends the last bytes.
  private func sendLast(_ bytes: [UInt8]) {
    answer.withLock { $0.hasFinished = true }
    guard let stream = stream.withLock({ $0 }) else { return }
    loop.run { stream.wrapped.sendLast(bytes) }
  }

  /// Says that nothing more will be sent.
  func finish() throws(RPCError) {
    let isFirst = answer.withLock { answer in
      defer { answer.hasFinished = true }
      return !answer.hasFinished
    }
    guard isFirst else { throw RPCError(.internal, "finish() was called twice") }
    sendLast([])
  }

  /// Gives the call up; nothing happens when it is over.
  func cancel(_ reason: String) {
    guard let stream = stream.withLock({ $0 }) else { return }
    loop.run { stream.wrapped.cancel(reason) }
  }

  /// The same in the loop's next turn: whatever is being done on the loop while the last holder of a call lets it go
  /// is finished first.
  func cancelLater(_ reason: String) {
    guard let stream = stream.withLock({ $0 }) else { return }
    loop.execute { stream.wrapped.cancel(reason) }
  }

  /// Ends the call with an error of this side: a response that can't be used, say.
  @usableFromInline
  func fail(_ error: RPCError) {
    guard let stream = stream.withLock({ $0 }) else { return }
    loop.run { stream.wrapped.fail(error) }
  }

  /// What a writer waits for now; nil when it may go on, and when the call is over.
  var suspension: WriteSuspension? {
    get async {
      guard let stream = stream.withLock({ $0 }) else { return nil }
      return await withCheckedContinuation { continuation in
        loop.run { continuation.resume(returning: stream.wrapped.suspension) }
      }
    }
  }

  /// Whether the call is over.
  var hasEnded: Bool { answer.withLock { $0.outcome != nil } }

  /// Waits for the metadata in front of the first message; the call's error when it ends before.
  func initialMetadata() async throws(RPCError) -> Metadata {
    await wait { $0.initialMetadata != nil || $0.outcome != nil }
    if let metadata = answer.withLock({ $0.initialMetadata }) { return metadata }
    try rethrowOutcome()
    return [:]
  }

  /// Waits for the end of the call and returns what stands behind the last message.
  func trailingMetadata() async throws(RPCError) -> Metadata {
    await wait { $0.outcome != nil }
    return try answer.withLock { $0.outcome ?? .success([:]) }.get()
  }

  /// Waits for the end of a call that has one response, and returns that response's bytes.
  @usableFromInline
  func onlyMessage() async throws(RPCError) -> [UInt8] {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
        let mustWait = answer.withLock { $0.waitForEnd(continuation) }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      cancel("the task that waits for the answer was cancelled")
    }
    let (outcome, message) = answer.withLock { ($0.outcome, $0.message) }
    if case .failure(let error) = outcome { throw error }
    // The call itself has seen to it that there is exactly one.
    guard let message else {
      throw RPCError(.unimplemented, "the server answered OK without exactly one message")
    }
    return message.isCompressed
      ? try message.bytes.withRawBytes(0..<message.bytes.count, inflate) : message.bytes
  }

  private func rethrowOutcome() throws(RPCError) {
    if case .failure(let error) = answer.withLock({ $0.outcome }) { throw error }
  }

  private func wait(until condition: @escaping @Sendable (borrowing ClientAnswer) -> Bool) async {
    while true {
      let isThere = await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
          let now = answer.withLock { answer in
            if condition(answer) { return true }
            answer.wait(continuation)
            return false
          }
          if now { continuation.resume() }
        }
        return answer.withLock { condition($0) }
      } onCancel: {
        cancel("the task that waits for the answer was cancelled")
      }
      if isThere { return }
    }
  }

  // MARK: From the loop

  /// Fetches what other threads have handed over.
  func takePosted() -> (bytes: [UInt8], count: Int) { answer.withLock { $0.posted.take() } }

  /// Tells other threads whether the next writer has to wait.
  func setBlocked(_ isBlocked: Bool) { answer.withLock { $0.posted.isBlocked = isBlocked } }

  /// The response's headers name the compression of its messages.
  func receive(encoding: String) { answer.withLock { $0.encoding = encoding } }

  /// Whether a message of the response came compressed.
  var responseWasCompressed: Bool { answer.withLock { $0.wasCompressed } }

  func deliver(initialMetadata: Metadata) {
    let waiting = answer.withLock { $0.receive(initialMetadata: initialMetadata) }
    waiting.resume()
  }

  func end(_ error: RPCError?, trailers: Metadata, message: OnlyMessage?) {
    ties.cut()
    let outcome = error.map { Result.failure($0) } ?? .success(trailers)
    let waiting = answer.withLock { $0.end(outcome, message) }
    if inbox === MessageInbox.unused {
      // Nobody reads it.
    } else if let error {
      inbox.finish(throwing: error)
    } else {
      inbox.finish()
    }
    // The call object and the stream hold each other while the call is going on.
    stream.withLock { $0 = nil }
    waiting.resume()
  }

  // MARK: The ledger

  /// Tells how the call went: now, or, when responses that have come are still to be read, behind the last of them.
  func report(_ verdict: ClientVerdict, isReadLater: Bool) {
    let verdictNow = answer.withLock { answer -> ClientVerdict? in
      if isReadLater, !answer.isRead {
        answer.verdict = verdict
        return nil
      }
      return verdict.failing(with: answer.readingError)
    }
    verdictNow?.tell()
  }

  /// All responses have been read, or no more will be; with the error when one of them makes no sense.
  @usableFromInline
  func endReading(_ error: RPCError? = nil) {
    guard isReported else { return }
    let verdict = answer.withLock { answer in
      answer.isRead = true
      if answer.readingError == nil { answer.readingError = error }
      return answer.verdict.take()?.failing(with: error)
    }
    verdict?.tell()
  }

  // MARK: MessageReader.Source

  /// A reader whose task is cancelled gives up the call, and still waits for its one outcome: the call may have
  /// ended otherwise in the same moment.
  @usableFromInline
  func readerWasCancelled() -> RPCError? {
    cancel("the task that reads the responses was cancelled")
    return nil
  }

  @usableFromInline
  func credit(_ count: Int) {
    guard let stream = stream.withLock({ $0 }) else { return }
    loop.run { stream.wrapped.credit(count) }
  }

  @usableFromInline
  func readerGoesOn() {}

  @usableFromInline
  func keepsPartialBytes(_ change: Int) throws(RPCError) {}

  @usableFromInline
  func inflate(_ bytes: UnsafeRawBufferPointer) throws(RPCError) -> [UInt8] {
    let name = answer.withLock { answer in
      answer.wasCompressed = true
      return answer.encoding ?? Compression.identity.rawValue
    }
    guard let compression = Compression(rawValue: name) else {
      throw RPCError(
        .internal,
        "the server compressed a message with \"\(name.prefix(40))\", which this client does not read; "
          + "it accepts: \(Compression.accepted)"
      )
    }
    return try compression.decompress(bytes, limit: maxReceiveMessageSize, side: side)
  }
}
