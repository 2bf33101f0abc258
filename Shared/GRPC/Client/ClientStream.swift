internal import HPACK
internal import HTTP2
internal import Sockets
internal import Transport

/// One call on the channel's loop: what `ClientCall` decides, done.
///
/// It waits in the channel until there is a stream, sends what the caller wrote meanwhile, and hands what comes
/// back to the inbox. It ends exactly once, whatever comes first.
final class ClientStream: StreamConsumer, TimerTarget {
  let path: String
  let options: CallOptions
  let waitForReady: Bool
  private let confinedChannel: LoopConfined<ChannelCore>
  private let handle: ClientCallHandle
  private let loop: EventLoop
  private var call: ClientCall
  private var connection: ClientConnection?
  private var id: StreamID?
  private var timer: TimerID?
  /// Everything sent so far, until the server has looked at the call: for a transparent retry (gRFC A6).
  private var replay: [UInt8] = []
  private var isReplayWhole = true
  private var hasFinished = false
  private var writers: [UnsafeContinuation<Result<Void, RPCError>, Never>] = []
  private var ending: ClientCall.Ending?

  private static let largestReplay = 262_144

  init(
    _ handle: ClientCallHandle,
    _ channel: LoopConfined<ChannelCore>,
    path: String,
    options: CallOptions
  ) {
    self.handle = handle
    confinedChannel = channel
    self.path = path
    self.options = options
    waitForReady = options.waitForReady ?? false
    loop = channel.loop
    call = ClientCall(
      startedAt: handle.startedAt,
      deadline: handle.deadline,
      expectsOneMessage: false
    )
  }

  private var channel: ChannelCore { confinedChannel.wrapped }

  // MARK: The channel's side

  /// Whether the call is over while it still waits in the channel.
  var isEnded: Bool { call.isEnded }

  /// Begins: the deadline runs from here on, also while the call waits for a connection.
  func start() {
    if let violation = options.metadata.violation {
      return perform(call.fail(RPCError(.internal, "metadata that can't be sent: \(violation)")))
    }
    if let deadline = handle.deadline {
      guard deadline > loop.now else {
        return perform(call.deadlinePassed(now: loop.now, detail: "before it was sent"))
      }
      timer = loop.schedule(at: deadline, self)
    }
    channel.place(self)
  }

  /// A connection is there: opens the stream; false when it takes none now.
  func open(on connection: ClientConnection) -> Bool {
    guard !call.isEnded else { return true }
    let endsAtOnce = hasFinished && replay.isEmpty
    guard let id = connection.openStream(requestHeaders(), endStream: endsAtOnce, consumer: self)
    else { return false }
    self.connection = connection
    self.id = id
    call.opened()
    if !endsAtOnce, !replay.isEmpty || hasFinished {
      replay.withUnsafeBytes { connection.sendData($0, on: id, endStream: hasFinished) }
    }
    resumeWritersIfWritable()
    return true
  }

  /// The channel can't carry the call.
  func fail(_ error: RPCError) { perform(call.fail(error)) }

  private func requestHeaders() -> HeaderList {
    var headers = channel.requestHeaders(path: path)
    if let deadline = handle.deadline {
      // PROTOCOL-HTTP2: what is left. Another value in every call, so it must not enter the table.
      Timeout.withText(nanoseconds: deadline > loop.now ? deadline - loop.now : 1) { text in
        headers.append(
          name: UnsafeRawBufferPointer(start: Self.timeoutName.utf8Start, count: 12),
          value: text,
          indexing: .withoutIndexing
        )
      }
    }
    if let compression = options.compression, compression != .identity {
      headers.append(name: "grpc-encoding", value: compression.rawValue)
    }
    if call.previousAttempts > 0 {
      headers.append(
        name: "grpc-previous-rpc-attempts",
        value: "\(call.previousAttempts)",
        indexing: .withoutIndexing
      )
    }
    headers.append(options.metadata)
    return headers
  }

  private static let timeoutName: StaticString = "grpc-timeout"

  // MARK: The caller's side

  /// Sends a message with its prefix; the writer goes on when there is room.
  func send(
    _ bytes: [UInt8],
    endStream: Bool,
    writer: UnsafeContinuation<Result<Void, RPCError>, Never>?
  ) {
    if let ending {
      writer?.resume(returning: ending.error.map { .failure($0) } ?? .success(()))
      return
    }
    if endStream {
      hasFinished = true
      call.finishedSending()
    }
    keepForReplay(bytes)
    if let connection, let id, call.isOpen {
      bytes.withUnsafeBytes { connection.sendData($0, on: id, endStream: endStream) }
    }
    guard let writer else { return }
    writers.append(writer)
    resumeWritersIfWritable()
  }

  /// Gives the call up.
  func cancel(_ reason: String) { perform(call.cancel(reason, now: loop.now)) }

  /// Lets the server send more.
  func credit(_ count: Int) {
    guard let connection, let id else { return }
    connection.consumed(count, on: id)
  }

  private func keepForReplay(_ bytes: [UInt8]) {
    guard isReplayWhole, !call.isEnded else { return }
    replay += bytes
    // Before there is a stream, this is also what waits to be sent: it may not be thrown away yet.
    if replay.count > Self.largestReplay, call.isOpen { forgetReplay() }
  }

  private func forgetReplay() {
    isReplayWhole = false
    replay = []
    call.commit()
  }

  private func resumeWritersIfWritable() {
    guard !writers.isEmpty else { return }
    if let connection, let id, call.isOpen {
      guard connection.isWritable(id) else { return }
    } else if replay.count > 65_536 {
      return  // no connection yet, and enough waits for one
    }
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
    guard !call.isEnded else { return credit(bytes.count) }
    if !bytes.isEmpty { handle.inbox.append(bytes) }
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

  private var whatItWaitsFor: String {
    guard let connection, let id else { return "waiting for a connection, \(channel.stateText)" }
    let where_: String? =
      switch connection.blocked(on: id) {
      case .none: nil
      case .streamWindow: "the stream's window"
      case .connectionWindow: "the connection's window"
      case .output: "the socket"
      }
    guard let where_ else { return "" }
    return "the writer was waiting for \(where_): the server does not read"
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
    replay = []
    let error = ending.error
    for writer in writers { writer.resume(returning: error.map { .failure($0) } ?? .success(())) }
    writers = []
    handle.end(error, trailers: ending.trailers)
    channel.callEnded()
    options.onCallEnded?(
      ClientCallReport(
        path: path,
        status: error?.status ?? .ok,
        duration: .nanoseconds(Int64(clamping: loop.now &- handle.startedAt)),
        attempts: call.previousAttempts + 1
      )
    )
  }
}
