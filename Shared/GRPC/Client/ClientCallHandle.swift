internal import Sockets
internal import Synchronization

/// A call as tasks on any thread hold it: what they do is carried out by the loop, in their order.
final class ClientCallHandle: MessageReader.Source {
  let inbox = MessageInbox()
  let startedAt: UInt64
  /// On the loop's clock.
  let deadline: UInt64?
  let maxReceiveMessageSize: Int
  /// How requests are compressed.
  let compression: Compression
  let side = "client"
  private let loop: EventLoop
  /// A channel lives as long as its calls.
  private let channel: Channel
  private let answer = Mutex(Answer())
  private let stream = Mutex<LoopConfined<ClientStream>?>(nil)

  /// What is known of the answer beside its messages, and who waits for it.
  private struct Answer {
    var initialMetadata: Metadata?
    var outcome: Result<Metadata, RPCError>?
    var encoding: String?
    var wasCompressed = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    var hasFinished = false

    mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
      defer { waiting = [] }
      return waiting
    }
  }

  /// Begins a call.
  init(_ channel: Channel, path: String, options: CallOptions) {
    self.channel = channel
    let core = channel.core
    let defaults = channel.configuration
    let now = EventLoop.monotonicNow
    startedAt = now
    let own = (options.timeout ?? defaults.defaultTimeout).map { timeout in
      let (time, isTooLate) = now.addingReportingOverflow(timeout.clampedNanoseconds)
      return isTooLate ? UInt64.max : time
    }
    let inherited = options.inheritsDeadline ? ServerContext.current?.deadlineNanoseconds : nil
    deadline = [own, inherited].compactMap { $0 }.min()
    maxReceiveMessageSize = options.maxReceiveMessageSize ?? defaults.maxReceiveMessageSize
    loop = core.loop
    var options = options
    options.waitForReady = options.waitForReady ?? defaults.waitForReady
    compression = options.compression ?? defaults.compression
    options.compression = compression
    let confined = LoopConfined(
      ClientStream(self, core, path: path, options: options),
      to: core.loop
    )
    stream.withLock { $0 = confined }
    loop.run { confined.wrapped.start() }
  }

  // MARK: From tasks

  /// Sends a message; waits while the server's windows or the high-water mark are reached.
  func send(_ bytes: [UInt8], endStream: Bool = false) async throws(RPCError) {
    let mayGoOn = answer.withLock { answer in
      defer { if endStream { answer.hasFinished = true } }
      return !answer.hasFinished
    }
    guard mayGoOn else {
      throw RPCError(.internal, "sent after finish(): the client has already said that it is done")
    }
    guard let stream = stream.withLock({ $0 }) else { return try rethrowOutcome() }
    let result = await withTaskCancellationHandler {
      await withUnsafeContinuation { writer in
        loop.run { stream.wrapped.send(bytes, endStream: endStream, writer: writer) }
      }
    } onCancel: {
      cancel("the task that sends was cancelled")
    }
    try result.get()
  }

  /// Sends the last message, without waiting for room: nothing follows it.
  func sendLast(_ bytes: [UInt8]) {
    answer.withLock { $0.hasFinished = true }
    guard let stream = stream.withLock({ $0 }) else { return }
    loop.run { stream.wrapped.send(bytes, endStream: true, writer: nil) }
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

  func end(_ error: RPCError?, trailers: Metadata) {
    let waiting = answer.withLock { answer in
      answer.outcome = error.map { .failure($0) } ?? .success(trailers)
      return answer.takeWaiting()
    }
    if let error {
      inbox.finish(throwing: error)
    } else {
      inbox.finish()
    }
    for continuation in waiting { continuation.resume() }
    // The call object and the stream hold each other while the call is going on.
    stream.withLock { $0 = nil }
  }

  // MARK: MessageReader.Source

  func credit(_ count: Int) {
    guard let stream = stream.withLock({ $0 }) else { return }
    loop.run { stream.wrapped.credit(count) }
  }

  func keepsPartialBytes(_ change: Int) throws(RPCError) {}

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
