public import Protobuf
internal import Sockets
internal import Synchronization

/// The one response of a call, as it came.
struct OnlyMessage: Sendable {
  let bytes: [UInt8]
  let isCompressed: Bool
}

/// A call as tasks on any thread hold it: what they do is carried out by the loop, in their order.
@usableFromInline
final class ClientCallHandle: MessageReader.Source {
  /// Unused when the call has one response: that comes with the outcome.
  @usableFromInline let inbox: MessageInbox
  let startedAt: UInt64
  /// On the loop's clock.
  let deadline: UInt64?
  let maxReceiveMessageSize: Int
  /// How requests are compressed.
  let compression: Compression
  @usableFromInline let side = "client"
  private let loop: EventLoop
  /// A channel lives as long as its calls.
  private let channel: Channel
  private let answer = Mutex(Answer())
  private let stream = Mutex<LoopConfined<ClientStream>?>(nil)
  private let ties = Mutex(Ties())

  /// What else the call is bound to, until it is over.
  private struct Ties {
    var interception: Task<Void, Never>?
    /// The call that is being answered by the task that made this one.
    var incoming: (context: ServerContext, action: Int)?
  }

  /// What is known of the answer beside its messages, and who waits for it.
  private struct Answer {
    var initialMetadata: Metadata?
    var outcome: Result<Metadata, RPCError>?
    /// The one response of a call that has one, there when the outcome is.
    var message: OnlyMessage?
    var encoding: String?
    var wasCompressed = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    var waitingForEnd: [UnsafeContinuation<Void, Never>] = []
    var hasFinished = false
    /// Messages of other threads, each with its prefix, on their way to the loop.
    var posted: [UInt8] = []
    var postedMessages = 0
    /// Whether the loop has been asked to fetch them.
    var isPosted = false
    /// Whether writers are to wait.
    var isBlocked = false

    mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
      defer { waiting = [] }
      return waiting
    }
  }

  /// Begins a call.
  init(_ channel: Channel, _ method: any AnyMethodDescriptor, options: CallOptions) {
    self.channel = channel
    let core = channel.core
    let defaults = channel.configuration
    let incoming = ServerContext.current
    let now = EventLoop.monotonicNow
    startedAt = now
    deadline = Self.deadline(options, defaults, incoming, now: now)
    inbox = method.kind.streamsResponses ? MessageInbox() : .unused
    maxReceiveMessageSize = options.maxReceiveMessageSize ?? defaults.maxReceiveMessageSize
    loop = core.loop
    var options = options
    options.waitForReady = options.waitForReady ?? defaults.waitForReady
    compression = options.compression ?? defaults.compression
    options.compression = compression
    if let incoming, !options.forwardedKeys.isEmpty {
      options.metadata.append(contentsOf: incoming.metadata.keeping(options.forwardedKeys))
    }
    let stream = LoopConfined(
      ClientStream(self, core, method: method, options: options),
      to: core.loop
    )
    self.stream.withLock { $0 = stream }
    let isIntercepted = !defaults.interceptors.isEmpty
    if loop.isCurrent {
      stream.wrapped.start(isIntercepted: isIntercepted)
    } else {
      loop.execute { stream.wrapped.start(isIntercepted: isIntercepted) }
    }
    if let incoming, options.inheritsCancellation { tie(to: incoming) }
    if isIntercepted { intercept(method, options, stream) }
  }

  private static func deadline(
    _ options: CallOptions,
    _ defaults: Channel.Configuration,
    _ incoming: ServerContext?,
    now: UInt64
  ) -> UInt64? {
    let untilDeadline = options.deadline.map { ContinuousClock.now.duration(to: $0) }
    let own = earlier(options.timeout, untilDeadline) ?? defaults.defaultTimeout
    let ownDeadline = own.map { timeout in
      let (time, isTooLate) = now.addingReportingOverflow(timeout.clampedNanoseconds)
      return isTooLate ? UInt64.max : time
    }
    let inherited = options.inheritsDeadline ? incoming?.deadlineNanoseconds : nil
    return earlier(ownDeadline, inherited)
  }

  private static func earlier<Time: Comparable>(_ one: Time?, _ other: Time?) -> Time? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
  }

  /// Cancels this call when the one that is being answered is cancelled.
  private func tie(to incoming: ServerContext) {
    let action = incoming.addCancelAction { [weak self] in
      self?.cancel("the call that this one was made for was cancelled")
    }
    guard let action else { return }
    ties.withLock { $0.incoming = (incoming, action) }
    // The call may have ended before it was tied.
    if hasEnded { untie() }
  }

  /// Shows the call to the interceptors, one after the other, before it goes out.
  private func intercept(
    _ method: any AnyMethodDescriptor,
    _ options: CallOptions,
    _ stream: LoopConfined<ClientStream>
  ) {
    let interceptors = channel.configuration.interceptors
    let call = OutgoingCall(
      method: method,
      target: channel.target,
      metadata: options.metadata,
      waitForReady: options.waitForReady ?? false
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
    ties.withLock { $0.interception = task }
    if hasEnded { untie() }
  }

  private func untie() {
    let (interception, incoming) = ties.withLock { ties in
      defer { ties = Ties() }
      return (ties.interception, ties.incoming)
    }
    interception?.cancel()
    if let (context, action) = incoming { context.removeCancelAction(action) }
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
      return answer.isPosted
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
      answer.posted.append(contentsOf: bytes)
      answer.postedMessages += 1
      defer { answer.isPosted = true }
      return (!answer.isPosted, answer.isBlocked || answer.posted.count > Self.highWaterMark)
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

  /// As much as other threads may hand over before they wait.
  private static let highWaterMark = 64 * 1024

  private static let sentAfterFinish = RPCError(
    .internal,
    "sent after finish(): the client has already said that it is done"
  )

  /// Sends the last message, without waiting for room: nothing follows it.
  func sendLast(_ bytes: [UInt8]) {
    answer.withLock { $0.hasFinished = true }
    guard let stream = stream.withLock({ $0 }) else { return }
    if loop.isCurrent {
      stream.wrapped.sendLast(bytes)
    } else {
      loop.execute { stream.wrapped.sendLast(bytes) }
    }
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
        let isOver = answer.withLock { answer in
          if answer.outcome == nil { answer.waitingForEnd.append(continuation) }
          return answer.outcome != nil
        }
        if isOver { continuation.resume() }
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

  private func wait(until condition: @escaping @Sendable (borrowing Answer) -> Bool) async {
    while true {
      let isThere = await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
          let now = answer.withLock { answer in
            if condition(answer) { return true }
            answer.waiting.append(continuation)
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
  func takePosted() -> (bytes: [UInt8], messages: Int) {
    var bytes: [UInt8] = []
    let messages = answer.withLock { answer in
      swap(&bytes, &answer.posted)
      defer {
        answer.postedMessages = 0
        answer.isPosted = false
      }
      return answer.postedMessages
    }
    return (bytes, messages)
  }

  /// Tells other threads whether the next writer has to wait.
  func setBlocked(_ isBlocked: Bool) { answer.withLock { $0.isBlocked = isBlocked } }

  /// The response's headers name the compression of its messages.
  func receive(encoding: String) { answer.withLock { $0.encoding = encoding } }

  /// Whether a message of the response came compressed.
  var responseWasCompressed: Bool { answer.withLock { $0.wasCompressed } }

  func deliver(initialMetadata: Metadata) {
    let waiting = answer.withLock { answer in
      answer.initialMetadata = initialMetadata
      return answer.takeWaiting()
    }
    for continuation in waiting { continuation.resume() }
  }

  func end(_ error: RPCError?, trailers: Metadata, message: OnlyMessage?) {
    let (waiting, waitingForEnd) = answer.withLock { answer in
      answer.outcome = error.map { .failure($0) } ?? .success(trailers)
      answer.message = message
      defer { answer.waitingForEnd = [] }
      return (answer.takeWaiting(), answer.waitingForEnd)
    }
    if inbox === MessageInbox.unused {
      // Nobody reads it.
    } else if let error {
      inbox.finish(throwing: error)
    } else {
      inbox.finish()
    }
    // The call object and the stream hold each other while the call is going on.
    stream.withLock { $0 = nil }
    untie()
    for continuation in waiting { continuation.resume() }
    for continuation in waitingForEnd { continuation.resume() }
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
