internal import HPACK
internal import HTTP2
internal import Protobuf
internal import Sockets
internal import Transport

/// One call on the channel's loop: what `ClientCall` decides, done.
///
/// It waits in the channel until there is a stream, sends what the caller wrote meanwhile, and hands what comes
/// back to the inbox. It ends exactly once, whatever comes first.
final class ClientStream: StreamConsumer, TimerTarget, Waiting {
  private(set) var waitForReady: Bool
  private var metadata: Metadata
  private var endActions: [@Sendable (ClientCallReport) -> Void] = []
  private let confinedChannel: LoopConfined<ChannelCore>
  private let handle: ClientCallHandle
  // Unchecked: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) private var call: ClientCall
  private var connection: ClientConnection?
  private var id: StreamID?
  private var timer: TimerID?
  @exclusivity(unchecked) private var replay = ReplayBuffer()
  private var hasFinished = false
  private var writers: [UnsafeContinuation<Result<Void, RPCError>, Never>] = []
  /// Whether writers, on any thread, are to wait.
  private var isBlocked = false {
    didSet { if isBlocked != oldValue { handle.setBlocked(isBlocked) } }
  }
  private var ending: ClientCall.Ending?
  private var requests = 0
  /// Bytes of a streamed response that its reader has not come back from.
  private var unread = 0
  /// For a call that has one response.
  @exclusivity(unchecked) private var onlyResponse: OnlyResponse?

  init(
    _ handle: ClientCallHandle,
    _ channel: LoopConfined<ChannelCore>,
    metadata: Metadata,
    waitForReady: Bool
  ) {
    self.handle = handle
    confinedChannel = channel
    self.waitForReady = waitForReady
    self.metadata = metadata
    call = ClientCall(
      startedAt: handle.startedAt,
      deadline: handle.deadline,
      expectsOneMessage: !handle.streamsResponses
    )
    if !handle.streamsResponses {
      onlyResponse = OnlyResponse(limit: handle.maxReceiveMessageSize)
    }
  }

  private var channel: ChannelCore { confinedChannel.wrapped }
  private var loop: EventLoop { confinedChannel.loop }

  // MARK: The channel's side

  /// Whether the call is over while it still waits in the channel.
  var isEnded: Bool { call.isEnded }
  /// Whether the call waits in the channel.
  var isInLine = false

  /// Begins: the deadline runs from here on, also while the call waits for interceptors or for a connection.
  func start(isIntercepted: Bool) {
    channel.callBegan()
    guard !call.isEnded else { return }
    if let deadline = handle.deadline {
      guard deadline > loop.now else {
        return perform(call.deadlinePassed(now: loop.now, detail: "before it was sent"))
      }
      timer = loop.schedule(at: deadline, self)
    }
    if !isIntercepted { goOut() }
  }

  /// The interceptors have seen the call.
  func goOut(as outgoing: OutgoingCall) {
    metadata = outgoing.metadata
    waitForReady = outgoing.waitForReady
    endActions = outgoing.endActions
    goOut()
  }

  private func goOut() {
    guard !call.isEnded else { return }
    if let violation = metadata.violation {
      return fail(RPCError(.internal, "metadata that can't be sent: \(violation)"))
    }
    channel.place(self)
  }

  /// A connection is there: opens the stream; false when it takes none now.
  func open(on connection: ClientConnection) -> Bool {
    guard connection.canOpenStream else { return false }
    let isOpen = withTimeout { openStream(on: connection, $0) }
    guard isOpen, !call.isEnded else { return isOpen }
    isInLine = false
    call.opened()
    if let id, !replay.isEmpty || hasFinished {
      connection.sendData(replay.bytes, on: id, endStream: hasFinished)
    }
    if replay.isTooLarge { forgetReplay() }
    resumeWritersIfWritable()
    return true
  }

  /// Opens the stream, or fails the call if its headers are too large; false when the connection takes none now.
  private func openStream(on connection: ClientConnection, _ timeout: PlainField?) -> Bool {
    let headers = channel.requestHeaders(path: handle.path)
    let more = ownHeaders()
    let size = headers.size + (timeout?.size ?? 0) + (more?.size ?? 0)
    guard size <= connection.peerMaxHeaderListSize else {
      fail(tooLarge(size, connection.peerMaxHeaderListSize))
      return true
    }
    // PROTOCOL-HTTP2, "Requests": a request without messages ends with an empty DATA frame. (grpc-go 1.33 waits for
    // ever when END_STREAM comes with the headers.)
    let id = connection.openStream(headers, and: timeout, more, endStream: false, consumer: self)
    guard let id else { return false }
    self.connection = connection
    self.id = id
    return true
  }

  /// The channel can't carry the call.
  func fail(_ error: RPCError) { perform(call.fail(error)) }

  /// PROTOCOL-HTTP2: `grpc-timeout` is what is left; another value in every call, so it must not enter the table.
  private func withTimeout<Result>(_ body: (PlainField?) -> Result) -> Result {
    guard let deadline = handle.deadline else { return body(nil) }
    return Timeout.withText(nanoseconds: deadline > loop.now ? deadline - loop.now : 1) {
      body(PlainField(.grpcTimeout, value: $0))
    }
  }

  /// What else is this call's own, beside the headers that all calls of the method have.
  private func ownHeaders() -> HeaderList? {
    let hasCompression = handle.compression != .identity
    guard hasCompression || call.previousAttempts > 0 || !metadata.isEmpty else { return nil }
    var headers = HeaderList()
    if hasCompression {
      headers.append(name: "grpc-encoding", value: handle.compression.rawValue)
    }
    if call.previousAttempts > 0 {
      headers.append(
        name: "grpc-previous-rpc-attempts",
        value: "\(call.previousAttempts)",
        indexing: .withoutIndexing
      )
    }
    headers.append(metadata)
    return headers
  }

  private func tooLarge(_ size: Int, _ limit: Int) -> RPCError {
    RPCError(
      .resourceExhausted,
      "request headers of \(grouped(size)) bytes exceed the \(grouped(limit)) that the server takes; "
        + "send less metadata"
    )
  }

  // MARK: The caller's side

  /// Sends a message that `encode` writes; true if the writer should wait before the next.
  func sendMessage(
    _ compression: Compression,
    _ encode: (inout WireWriter) -> Void
  ) throws(RPCError) -> Bool {
    if let ending {
      if let error = ending.error { throw error }
      return false
    }
    try channel.withFrame(of: encode, compression) { send($0, messages: 1) }
    return mustWait
  }

  /// Sends what other threads have handed over.
  func flushPosted() {
    let (bytes, messages) = handle.takePosted()
    guard messages > 0, ending == nil else { return }
    bytes.withUnsafeBytes { send($0, messages: messages) }
    if mustWait { isBlocked = true }
  }

  /// Sends the one message of the call, which `encode` writes.
  func sendLastMessage(
    _ compression: Compression,
    _ encode: (inout WireWriter) -> Void
  ) throws(RPCError) {
    guard ending == nil else { return }
    try channel.withFrame(of: encode, compression) { sendLast($0, keeping: Array($0)) }
  }

  /// Sends the last message, or nothing, and says that nothing follows.
  func sendLast(_ bytes: [UInt8]) { bytes.withUnsafeBytes { sendLast($0, keeping: bytes) } }

  private func sendLast(_ bytes: UnsafeRawBufferPointer, keeping copy: @autoclosure () -> [UInt8]) {
    flushPosted()
    guard ending == nil else { return }
    hasFinished = true
    call.finishedSending()
    if replay.isEmpty { replay.append(bytes, copy: copy) } else { keepForReplay(bytes) }
    if !bytes.isEmpty { requests += 1 }
    guard let connection, let id, call.isOpen else { return }
    connection.sendData(bytes, on: id, endStream: true)
  }

  /// Lets a writer go on when there is room.
  func wait(_ writer: UnsafeContinuation<Result<Void, RPCError>, Never>) {
    if let ending { return writer.resume(returning: ending.outcome) }
    writers.append(writer)
    isBlocked = true
    resumeWritersIfWritable()
  }

  private func send(_ bytes: UnsafeRawBufferPointer, messages: Int) {
    requests += messages
    keepForReplay(bytes)
    guard let connection, let id, call.isOpen else { return }
    connection.sendData(bytes, on: id, endStream: false)
  }

  /// Whether a writer has to wait: for the windows, for the socket, or for a connection when enough waits for one.
  private var mustWait: Bool {
    guard let connection, let id, call.isOpen else { return replay.count > 65_536 }
    return !connection.isWritable(id)
  }

  /// Gives the call up.
  func cancel(_ reason: String) { perform(call.cancel(reason, now: loop.now)) }

  /// So many bytes have been read.
  func credit(_ count: Int) {
    unread -= count
    giveBack(count)
  }

  /// Lets the server send more.
  private func giveBack(_ count: Int) {
    guard let connection, let id else { return }
    connection.consumed(count, on: id)
  }

  private func keepForReplay(_ bytes: UnsafeRawBufferPointer) {
    guard !call.isEnded else { return }
    replay.append(bytes) { Array(bytes) }
    // Before there is a stream, this is also what waits to be sent: it may not be thrown away yet.
    if replay.isTooLarge, call.isOpen { forgetReplay() }
  }

  private func forgetReplay() {
    replay.forget()
    call.commit()
  }

  private func resumeWritersIfWritable() {
    guard isBlocked, !mustWait else { return }
    isBlocked = false
    let ready = writers
    writers = []
    for writer in ready { writer.resume(returning: .success(())) }
  }

  // MARK: The connection's side

  func receiveHeaders(_ headers: HeaderList, kind: HTTP2Event.HeadersKind, endStream: Bool) {
    // RFC 9113 §8.1: interim responses are passed over.
    guard kind == .initial else { return }
    channel.callWasAnswered()
    let fields = ResponseFields(headers)
    if let encoding = fields.encoding { handle.receive(encoding: encoding) }
    perform(call.receiveHeaders(fields, endStream: endStream, now: loop.now))
    forgetReplay()
  }

  func receiveData(_ bytes: UnsafeRawBufferPointer, endStream: Bool) {
    guard !call.isEnded else { return giveBack(bytes.count) }
    if !bytes.isEmpty {
      perform(call.receiveData(bytes))
      if onlyResponse == nil {
        unread += bytes.count
        handle.inbox.append(bytes)
      } else {
        giveBack(bytes.count)
        if !call.isEnded, let fault = onlyResponse?.collect(bytes) {
          fail(RPCError(fault.status(on: "client")))
        }
      }
    }
    if endStream { perform(call.receivedEndWithoutTrailers()) }
  }

  func receiveTrailers(_ headers: HeaderList) {
    perform(call.receiveTrailers(ResponseFields(headers), now: loop.now))
  }

  func receiveOversizedHeaders() {
    fail(
      RPCError(
        .resourceExhausted,
        "the server's headers exceed this client's maxHeaderListSize; raise it in the channel's configuration"
      )
    )
  }

  func becameWritable() { resumeWritersIfWritable() }

  func streamEnded(_ reason: StreamEnd) {
    switch reason {
    case .completed: break  // the trailers have said all
    case .resetByPeer(let code): perform(call.reset(code, now: loop.now))
    case .unprocessed(let why): perform(call.unprocessed(why))
    case .connectionLost(let error): perform(call.connectionLost("\(error)"))
    case .violation(let code, let text):
      perform(
        call.fail(RPCError(.internal, "the server broke a rule of HTTP/2: \(text) (\(code))"))
      )
    }
  }

  func timerFired(_ timer: TimerID) {
    self.timer = nil
    perform(call.deadlinePassed(now: loop.now, detail: whatItWaitsFor))
  }

  /// What the writer waits for; nil when it may go on.
  var suspension: WriteSuspension? {
    guard !call.isEnded else { return nil }
    guard let connection, let id else {
      return channel.isReady ? .streamLimit : .connection
    }
    return WriteSuspension(connection.blocked(on: id))
  }

  private var whatItWaitsFor: String {
    switch suspension {
    case nil: ""
    case .connection?: "waiting for a connection, \(channel.stateText)"
    case .streamLimit?: "waiting for \(WriteSuspension.streamLimit)"
    case let suspension?: "the writer was waiting for \(suspension): the server does not read"
    }
  }

  // MARK: Steps

  private func perform(_ step: ClientCall.Step) {
    switch step {
    case .nothing: break
    case .deliverInitialMetadata(let metadata): handle.deliver(initialMetadata: metadata)
    case .retry:
      connection = nil
      id = nil
      channel.place(self)
    case .end(let ending): end(ending)
    }
  }

  private func end(_ ending: ClientCall.Ending) {
    self.ending = ending
    if let timer { loop.cancel(timer) }
    if let code = ending.reset, let connection, let id { connection.reset(id, code) }
    replay.forget()
    let error = ending.error
    for writer in writers { writer.resume(returning: ending.outcome) }
    writers = []
    channel.callEnded(inLine: isInLine)
    isInLine = false
    // The ledger first: whoever has the answer finds the verdict written.
    if handle.isReported { report(error?.status ?? .ok) }
    handle.end(error, trailers: ending.trailers, message: onlyResponse?.message)
  }

  private func report(_ status: Status) {
    let allowed = handle.deadline.map { $0 > handle.startedAt ? $0 - handle.startedAt : 0 }
    let report = ClientCallReport(
      path: handle.path,
      peer: connection?.peer,
      status: status,
      duration: .nanoseconds(Int64(clamping: loop.now &- min(handle.startedAt, loop.now))),
      timeout: allowed.map { .nanoseconds(Int64(clamping: $0)) },
      attempts: call.attempts,
      requests: requests,
      responses: call.messagesReceived
    )
    let verdict = ClientVerdict(report, for: endActions + [handle.onCallEnded].compactMap(\.self))
    // What has come may still turn out to make no sense.
    let isUnread = onlyResponse?.message != nil || unread > 0
    handle.report(verdict, isReadLater: status.code == .ok && isUnread)
  }
}

extension ClientCall.Ending {
  /// What a writer learns: a call that ended well does not mind what is still written to it.
  fileprivate var outcome: Result<Void, RPCError> { error.map { .failure($0) } ?? .success(()) }
}
