internal import HPACK
internal import HTTP2
internal import Protobuf
internal import Sockets
internal import Synchronization

/// One call on its loop: carries what arrives to the method, and what the method says to the stream.
///
/// `ServerCall` decides, this does. It lives until both the stream and the method have ended, in
/// whatever order.
final class ServerStream: TimerTarget {
  let id: StreamID
  /// Its place among the active calls of the connection.
  var slot = -1

  private let calls: ConnectionCalls
  private let head: RequestHead
  // Unchecked: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) private var call: ServerCall
  @exclusivity(unchecked) private var assembler: MessageAssembler
  /// Nil once stream and method have ended: it holds on to this object.
  private var context: ServerContext?
  private var worker: HandlerPool.Worker?
  private var task: Task<Void, Never>?
  private var isMethodRunning = false
  /// The call has ended before its method, and is counted for that.
  private var isAbandoned = false
  private var isStreamGone = false
  /// The one request of a method that takes one, until the method starts.
  @exclusivity(unchecked) private var request: [UInt8] = []
  private var deadline: CallDeadline?
  private var deadlineTimer: TimerID?
  private var startTime: UInt64 = 0

  private var method: RegisteredMethod { head.method }
  private var sender: any StreamSender { calls.sender }
  private var server: ServerCore { calls.facts.server }

  init(_ id: StreamID, calls: ConnectionCalls, head: RequestHead, timeout: UInt64?) {
    self.id = id
    self.calls = calls
    self.head = head
    call = ServerCall(head.method.kind)
    assembler = MessageAssembler(limit: calls.facts.server.maxReceiveMessageSize)
    if timeout != nil || head.method.cap != nil || server.onCallEnded != nil {
      // Not the time at which the loop's turn began, which may be before the request was sent: the client's deadline
      // must not pass here before it passes there.
      startTime = calls.facts.loop.monotonicNow
      deadline = CallDeadline(timeout: timeout, cap: head.method.cap, start: startTime)
    }
    context = ServerContext(
      self,
      head: head,
      connection: calls.facts,
      deadline: deadline?.time,
      timeout: timeout
    )
    if let deadline { deadlineTimer = calls.facts.loop.schedule(at: deadline.time, self) }
  }

  // MARK: Requests

  /// The request's headers have been read.
  func start(endStream: Bool) {
    if method.kind.streamsRequests { runMethod() }
    if endStream { endRequests() }
  }

  /// Bytes of the request, valid only during the call.
  func receiveData(_ bytes: UnsafeRawBufferPointer, endStream: Bool) {
    if call.isClosed {
      sender.consumed(bytes.count, on: id, .growing)
    } else if method.kind.streamsRequests {
      // Credited when the method has read them.
      if !bytes.isEmpty { context?.inbox.append(bytes) }
    } else {
      if endStream { sender.consumed(bytes.count, on: id, .growing) }
      receiveRequest(bytes, endStream: endStream)
      if !endStream { calls.used(bytes.count, by: self) }
    }
    if endStream { endRequests() }
  }

  /// The client has ended its half.
  func endRequests() {
    let isWhole = method.kind.streamsRequests || assembler.isBetweenMessages
    switch call.receiveEnd(isWhole: isWhole) {
    case .run: runMethod()
    case .inform: context?.inbox.finish()
    case .ignore: break
    case .refuse(let status): fail(status)
    }
  }

  /// Cuts out the one request of a method that takes one.
  private func receiveRequest(_ bytes: UnsafeRawBufferPointer, endStream: Bool) {
    var offset = 0
    while !call.isClosed {
      let before = assembler.bufferedBytes
      let step = assembler.next(in: bytes, from: &offset)
      do throws(RPCError) {
        let change = assembler.bufferedBytes - before
        if change != 0 { try context?.keepsPartialBytes(change) }
        switch step {
        case .message(let range, let isCompressed):
          let message = UnsafeRawBufferPointer(rebasing: bytes[range])
          // Nothing follows: an immediate method reads the message where it lies.
          let isLast = endStream && offset == bytes.count
          try receiveRequest(message, isCompressed: isCompressed, isLast: isLast)
        case .assembled(let message, let isCompressed):
          try message.withRawBytes(0..<message.count) { bytes throws(RPCError) in
            try receiveRequest(bytes, isCompressed: isCompressed, isLast: false)
          }
        case .incomplete: return
        case .failed(let fault): return fail(fault.status(on: "server"))
        }
      } catch {
        return fail(error.status)
      }
    }
  }

  private func receiveRequest(
    _ message: UnsafeRawBufferPointer,
    isCompressed: Bool,
    isLast: Bool
  ) throws(RPCError) {
    switch call.receiveMessage() {
    case .ignore: return
    case .refuse(let status): return fail(status)
    case .accept: break
    }
    if isCompressed {
      request = try context?.inflate(message) ?? []
      return
    }
    if isLast, method.isImmediate, canCallDirectly, case .immediate(let body) = method.body {
      _ = call.receiveEnd(isWhole: true)
      runImmediately(body, message)
    } else {
      request = [UInt8](message)
    }
  }

  // MARK: The method

  /// Interceptors are asynchronous, and a service on the pool wants to be there.
  private var canCallDirectly: Bool {
    server.interceptors.isEmpty && method.execution == .eventLoop
  }

  private func runMethod() {
    guard let context else { return }
    var request: [UInt8] = []
    swap(&request, &self.request)
    if method.isImmediate, canCallDirectly, case .immediate(let body) = method.body {
      return request.withUnsafeBytes { runImmediately(body, $0) }
    }
    isMethodRunning = true
    switch method.execution {
    case .eventLoop: calls.pool.run(HandlerPool.Work(context: context, request: request))
    case .concurrentPool: task = Task { await context.runMethod(request) }
    }
  }

  /// A task of the pool has taken the call from the line.
  func methodBegins(_ worker: HandlerPool.Worker) {
    self.worker = worker
    // Cancelled while it stood there: its method finds out as any other does.
    if context?.isCancelled == true { worker.cancel() }
  }

  private func runImmediately(
    _ body: (UnsafeRawBufferPointer, ServerContext) throws -> Void,
    _ request: UnsafeRawBufferPointer
  ) {
    guard let context else { return }
    let progress = calls.facts.loop.progress
    progress.enter(method.label)
    do {
      try body(request, context)
      progress.leave()
      methodEnded(nil)
    } catch {
      progress.leave()
      methodEnded(error)
    }
  }

  /// The method has returned or thrown.
  func methodEnded(_ error: (any Error)?) {
    isMethodRunning = false
    if isAbandoned { method.abandonedCalls.wrappingSubtract(1, ordering: .relaxed) }
    worker = nil
    task = nil
    if !call.isClosed { end(after: error) }
    releaseIfOver()
  }

  private func end(after error: (any Error)?) {
    guard let context else { return }
    let (isPosted, trailing) = context.handlerSide.withLock {
      ($0.posted.areWaiting, $0.trailingMetadata)
    }
    if isPosted { flushPosted() }
    guard !call.isClosed else { return }
    guard let error else { return end(call.lacksResponse ? Self.noResponse : .ok, trailing) }
    var metadata = trailing
    let reported = RPCError.reporting(error)
    metadata.append(contentsOf: reported.metadataToSend)
    end(reported.status, metadata)
  }

  /// A method can't return without its response.
  private static let noResponse = Status(
    .internal,
    "an interceptor of the server has let the call end without its response: it neither proceeded nor threw"
  )

  /// Ends the call although the method may still run: it is cancelled.
  func fail(_ status: Status) {
    guard !call.isClosed else { return }
    cancelMethod(RPCError(status))
    end(status, [:])
    releaseIfOver()
  }

  /// Ends the call now, since its connection will: the status goes out even if the client does not read the messages
  /// before it.
  func cutOff(_ status: Status) {
    guard !call.isClosed else { return }
    sender.discardUnsent(on: id)
    fail(status)
  }

  private func cancelMethod(_ error: RPCError) {
    guard let context else { return }
    let actions = context.markCancelled(error)
    for action in actions { action() }
    worker?.cancel()
    task?.cancel()
    closeHandlerSide(error)
  }

  // MARK: Responses

  /// Sends a message that `encode` writes; true if the writer should wait.
  func sendMessage(
    _ compression: Compression,
    isCompressed: Bool,
    _ encode: (inout WireWriter) -> Void
  ) throws(RPCError) -> Bool {
    guard call.send() else { return false }
    try calls.writer.frame(isCompressed ? compression : .identity, encode)
    beginIfNeeded([:], compression)
    calls.sendWritten { sender.sendData($0, on: id) }
    guard !sender.isWritable(id) else { return false }
    context?.handlerSide.withLock { $0.posted.isBlocked = true }
    return true
  }

  /// Sends the one response of a call, and that it ended well; the handler's side is closed.
  func respond(_ encode: (inout WireWriter) -> Void) throws(RPCError) {
    guard call.send() else { return }
    try calls.writer.frame(.identity, encode)
    let headers = server.responseHeaders
    let head = call.begin() ? headers.head : nil
    let ending = call.end()
    calls.sendWritten {
      sender.sendWhole(head: head, $0, trailers: headers.okTrailers, on: id)
    }
    stopTimer()
    report(.ok)
    if ending.mustReset { sender.resetWhenSent(id) }
  }

  /// Sends what other threads have left for this loop.
  func flushPosted() {
    guard let context else { return }
    guard let posted = context.handlerSide.withLock({ $0.takePosted() }), !call.isClosed else {
      return
    }
    if posted.hasBegun { beginIfNeeded(posted.initialMetadata, posted.compression) }
    guard posted.count > 0, !call.isClosed else { return }
    for _ in 0..<posted.count { _ = call.send() }
    sender.sendData(posted.messages, on: id)
    let isWritable = sender.isWritable(id)
    let writers = context.handlerSide.withLock { side in
      if isWritable { return side.takeWriters() }
      side.posted.isBlocked = true
      return []
    }
    for writer in writers { writer.resume() }
  }

  private func beginIfNeeded(_ metadata: Metadata, _ compression: Compression) {
    guard !call.hasBegun, !call.isClosed else { return }
    let headers = server.responseHeaders
    let isPlain = metadata.isEmpty && compression == .identity
    let head = isPlain ? headers.head : headers.head(metadata, compression)
    guard isPlain || head.size <= sender.maxHeaderListSize else {
      return fail(tooLarge("initial metadata", head))
    }
    if call.begin() { sender.sendHeaders(head, on: id, endStream: false) }
  }

  private func tooLarge(_ what: String, _ headers: HeaderList) -> Status {
    Status(
      .resourceExhausted,
      "the server's \(what) has \(grouped(headers.size)) bytes, more than the "
        + "\(grouped(sender.maxHeaderListSize)) that this client takes"
    )
  }

  /// The connection takes more for this stream.
  func becameWritable() {
    let writers = context?.handlerSide.withLock { $0.takeWriters() } ?? []
    for writer in writers { writer.resume() }
  }

  // MARK: The end

  private func end(_ status: Status, _ metadata: Metadata) {
    var status = status
    var metadata = metadata
    if let violation = metadata.violation {
      status = Status(.internal, "the trailing metadata can't be sent: \(violation)")
      metadata = [:]
    }
    let ending = call.end()
    guard ending != .none else { return }
    let headers = server.responseHeaders
    var response = headers.last(status, metadata, isOnly: ending.isTrailersOnly)
    if !metadata.isEmpty, response.size > sender.maxHeaderListSize {
      status = tooLarge("trailing metadata", response)
      response = headers.last(status, [:], isOnly: ending.isTrailersOnly)
    }
    if ending.isTrailersOnly {
      sender.sendHeaders(response, on: id, endStream: true)
    } else {
      sender.sendTrailers(response, on: id)
    }
    closed(status)
    if ending.mustReset { sender.resetWhenSent(id) }
  }

  /// The call has its outcome: nothing more is sent, read or timed.
  private func closed(_ status: Status) {
    stopTimer()
    closeHandlerSide(HandlerSide.isOver)
    report(status)
  }

  private func stopTimer() {
    if let deadlineTimer { calls.facts.loop.cancel(deadlineTimer) }
    deadlineTimer = nil
  }

  private func closeHandlerSide(_ error: RPCError) {
    guard let context else { return }
    let (writers, partialBytes) = context.handlerSide.withLock { $0.close(error) }
    calls.facts.forgetPartialBytes(partialBytes)
    calls.leaveLine(self)
    for writer in writers { writer.resume() }
    if method.kind.streamsRequests { context.inbox.fail(error) }
  }

  func timerFired(_ timer: TimerID) {
    deadlineTimer = nil
    let origin = deadline?.origin ?? .client
    let obstacle = sender.blockedOn(id)
    let reason =
      origin == .client
      ? "the client's deadline has passed on the server" : server.maxCallDurationMessage
    let wait = obstacle.map {
      "; the server was waiting for \($0): the client does not read"
    }
    let error = RPCError(.deadlineExceeded, reason + (wait ?? ""))
    switch call.expire(origin, isBlocked: obstacle != nil) {
    case .ignore: return
    case .status: fail(error.status)
    case .reset:
      sender.reset(id, .cancel)
      isStreamGone = true
      cancelMethod(error)
      closed(error.status)
      releaseIfOver()
    }
  }

  /// The stream is gone; `error` says why, in case that the call was not over.
  func streamEnded(_ error: RPCError) {
    isStreamGone = true
    if call.streamEnded() {
      cancelMethod(error)
      closed(error.status)
    }
    releaseIfOver()
  }

  /// What a writer waits for; nil when it may go on.
  var suspension: WriteSuspension? { call.isClosed ? nil : sender.blockedOn(id) }

  /// What is kept of a message that is not complete.
  var partialBytes: Int { context?.handlerSide.withLock { $0.partialBytes } ?? 0 }

  /// Whether it waits for its turn to receive more.
  var standsInLine = false

  /// Less is kept of messages that are not complete.
  func partialBytesFell() { calls.moveUp() }

  /// Lets the client send more: the method has read so much.
  func credit(_ count: Int) {
    calls.used(count, by: self)
  }

  private func releaseIfOver() {
    guard call.isClosed else { return }
    guard !isMethodRunning else { return countAbandoned() }
    calls.remove(self)
    context = nil
  }

  private func countAbandoned() {
    guard !isAbandoned else { return }
    isAbandoned = true
    method.abandonedCalls.wrappingAdd(1, ordering: .relaxed)
  }

  private func report(_ status: Status) {
    guard let onCallEnded = server.onCallEnded else { return }
    let now = calls.facts.loop.monotonicNow
    onCallEnded(
      CallReport(
        path: method.descriptor.path,
        peer: calls.facts.peer,
        status: status,
        duration: .nanoseconds(Int64(clamping: now &- startTime)),
        timeout: deadline.map { .nanoseconds(Int64(clamping: $0.time &- startTime)) },
        requests: call.requests,
        responses: call.responses
      )
    )
  }
}
