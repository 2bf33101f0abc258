internal import HPACK
internal import HTTP2
internal import Protobuf
internal import Sockets
internal import Synchronization

/// What all calls of a connection know about it, from any thread.
final class ConnectionFacts: Sendable {
  let server: ServerCore
  let loop: EventLoop
  let local: SocketAddress
  let peer: SocketAddress
  private let partialBytes = Atomic<Int>(0)
  /// Calls stand in line to receive more.
  private let hasLine = Atomic<Bool>(false)

  init(server: ServerCore, loop: EventLoop, local: SocketAddress, peer: SocketAddress) {
    self.server = server
    self.loop = loop
    self.local = local
    self.peer = peer
  }

  /// So many bytes more are kept of messages that are not complete.
  ///
  /// A single one is bounded by `maxReceiveMessageSize`; without this bound on their sum, a client
  /// could have that much kept for each of its streams.
  func keepsPartialBytes(_ change: Int) throws(RPCError) {
    let sum = partialBytes.wrappingAdd(change, ordering: .relaxed).newValue
    guard change > 0, sum > server.maxPartialMessageBytes else { return }
    throw RPCError(
      .resourceExhausted,
      "unfinished messages on this connection exceed this server's maxPartialMessageBytes of "
        + grouped(server.maxPartialMessageBytes)
    )
  }

  /// How much is kept of messages that are not complete, against the most that may be: no call has to fail as long as
  /// clients heed the windows.
  var partialBytesLevel: Level {
    let kept = partialBytes.load(ordering: .relaxed)
    let limit = server.maxPartialMessageBytes
    return kept > limit / 4 ? .high : kept > limit / 32 ? .middle : .low
  }

  enum Level { case low, middle, high }

  var isCrowded: Bool {
    get { hasLine.load(ordering: .relaxed) }
    set { hasLine.store(newValue, ordering: .relaxed) }
  }

  func forgetPartialBytes(_ count: Int) {
    if count != 0 { partialBytes.wrappingSubtract(count, ordering: .relaxed) }
  }
}

/// The calls of one connection; only on its loop.
final class ConnectionCalls {
  let facts: ConnectionFacts
  let sender: any StreamSender
  let pool: HandlerPool
  /// Encodes the responses of all calls, one after the other.
  var writer = WireWriter()
  // Unchecked: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) private var active: [ServerStream] = []
  private var recurring = RecurringFields()
  /// Calls whose clients may send no more for now, since much is kept of messages that are not complete: except for the
  /// first one, whose message gets complete.
  private var line: [ServerStream] = []
  /// The head of the last call.
  private var latest: KnownHead?

  init(facts: ConnectionFacts, sender: any StreamSender, pool: HandlerPool) {
    self.facts = facts
    self.sender = sender
    self.pool = pool
  }

  /// A request has begun.
  ///
  /// - Parameters:
  ///   - id: Its stream.
  ///   - headers: Gives its fields.
  ///   - version: Names these fields.
  ///   - endStream: Whether the client has ended its half.
  /// - Returns: Its call; nil if it was refused, and everything that follows on its stream is to be ignored.
  func open(
    _ id: StreamID,
    headers: () -> HeaderList,
    version: HeadersVersion,
    endStream: Bool
  ) -> ServerStream? {
    guard let (head, timeout) = head(of: id, headers, version, endStream: endStream) else {
      return nil
    }
    let server = facts.server
    if let status = tooManyMethods(head.method) {
      let path = head.method.descriptor.path
      server.log?("\(facts.peer): a call of \(path) is refused: \(status.message)")
      report(status, headers())
      refuse(id, with: server.responseHeaders.trailersOnly(status, [:]), endStream: endStream)
      return nil
    }
    let stream = ServerStream(id, calls: self, head: head, timeout: timeout)
    stream.slot = active.count
    active.append(stream)
    stream.start(endStream: endStream)
    return stream
  }

  /// Reads the fields of a request, and its time-out; nil when it was refused.
  private func head(
    of id: StreamID,
    _ getHeaders: () -> HeaderList,
    _ version: HeadersVersion,
    endStream: Bool
  ) -> (RequestHead, timeout: UInt64?)? {
    let headers: HeaderList
    if let latest {
      if latest.version.list == version.list { return (latest.head, latest.timeout) }
      headers = getHeaders()
      if let timeout = latest.timeout(ofOther: headers, version) { return (latest.head, timeout) }
    } else {
      headers = getHeaders()
    }
    let server = facts.server
    switch RequestHead.read(headers, methods: server.methods, recurring: &recurring) {
    case .call(let head, let timeout):
      latest = KnownHead(head, timeout, of: headers, version)
      return (head, timeout)
    case .refuse(let httpStatus, let status):
      let response = server.responseHeaders.trailersOnly(status, [:], httpStatus: httpStatus)
      if "\(httpStatus)" == "200" { report(status, headers) }
      refuse(id, with: response, endStream: endStream)
    case .refuseEncoding(let status):
      var response = server.responseHeaders.trailersOnly(status, [:])
      response.append(name: "grpc-accept-encoding", value: Compression.accepted)
      report(status, headers)
      refuse(id, with: response, endStream: endStream)
    }
    return nil
  }

  /// Why no more methods may run; nil when they may.
  ///
  /// A call that is over still counts while its method runs: a client that gives up in a loop, on one connection or on
  /// many, would otherwise pile up methods that don't heed their cancellation.
  private func tooManyMethods(_ method: RegisteredMethod) -> Status? {
    guard active.count < facts.server.maxUnfinishedCalls else {
      return Status(
        .resourceExhausted,
        "\(grouped(active.count)) methods of this connection still run, most of them for calls that are over"
      )
    }
    let abandoned = method.abandonedCalls.load(ordering: .relaxed)
    guard abandoned < facts.server.maxAbandonedCalls else {
      return Status(
        .resourceExhausted,
        "\(grouped(abandoned)) calls of this method are over, but the method still runs for them: it takes no more "
          + "until it ends when it is cancelled (maxAbandonedCalls)"
      )
    }
    return nil
  }

  /// The ledger has calls, too, that never reached a method.
  private func report(_ status: Status, _ headers: HeaderList) {
    guard let onCallEnded = facts.server.onCallEnded else { return }
    onCallEnded(
      CallReport(
        path: String((headers.first(":path") ?? "").prefix(200)),
        peer: facts.peer,
        status: status,
        duration: .zero,
        timeout: nil,
        requests: 0,
        responses: 0
      )
    )
  }

  private func refuse(_ id: StreamID, with response: HeaderList, endStream: Bool) {
    sender.sendHeaders(response, on: id, endStream: true)
    if !endStream { sender.resetWhenSent(id) }
  }

  // MARK: Messages that are not complete

  /// A call has used bytes of its stream, or keeps them until its message is complete.
  func used(_ count: Int, by stream: ServerStream) {
    let level = facts.partialBytesLevel
    guard level == .high || !line.isEmpty else {
      return sender.consumed(count, on: stream.id, level == .low ? .growing : .asMany)
    }
    sender.consumed(count, on: stream.id, .nothing)
    if !stream.standsInLine {
      stream.standsInLine = true
      line.append(stream)
      facts.isCrowded = true
    }
    moveUp()
  }

  /// Lets the first one in line receive more, and those behind it when that suffices.
  func moveUp() {
    var gone = 0
    while gone < line.count {
      let first = line[gone]
      sender.consumed(0, on: first.id, .asMany)
      if facts.partialBytesLevel == .high, first.partialBytes > 0 { break }
      first.standsInLine = false
      gone += 1
    }
    line.removeFirst(gone)
    facts.isCrowded = !line.isEmpty
  }

  /// A call is over.
  func leaveLine(_ stream: ServerStream) {
    guard !line.isEmpty else { return }
    if stream.standsInLine { line.removeAll { $0 === stream } }
    stream.standsInLine = false
    moveUp()
  }

  /// The last call takes the place of one that is over.
  func remove(_ stream: ServerStream) {
    guard stream.slot >= 0 else { return }
    let last = active.removeLast()
    if last !== stream {
      last.slot = stream.slot
      active[stream.slot] = last
    }
    stream.slot = -1
  }

  /// Ends all calls with a status.
  func endAll(_ status: Status) {
    for stream in active { stream.cutOff(status) }
  }

  /// The connection is gone.
  func connectionClosed() {
    for stream in active { stream.streamEnded(RPCError(.cancelled, "the connection was lost")) }
  }

  /// Calls `send` with the encoded message.
  func sendWritten(_ send: (UnsafeRawBufferPointer) -> Void) {
    writer.lend(send)
  }

  var count: Int { active.count }
}

/// What a header list says, for calls whose lists say the same.
private struct KnownHead {
  let version: HeadersVersion
  let head: RequestHead
  /// `grpc-timeout`, in nanoseconds.
  let timeout: UInt64?
  /// Whether that is the last field: then the same list with another time-out has the same head.
  private let endsWithTimeout: Bool

  init(_ head: RequestHead, _ timeout: UInt64?, of headers: HeaderList, _ version: HeadersVersion) {
    self.version = version
    self.head = head
    self.timeout = timeout
    endsWithTimeout = Self.endsWithTimeout(headers)
  }

  /// The time-out of a list that says the same otherwise; nil when that is not known to be so, or when the time-out is
  /// malformed.
  func timeout(ofOther headers: HeaderList, _ version: HeadersVersion) -> UInt64? {
    guard endsWithTimeout, version.allButLastValue == self.version.allButLastValue,
      Self.endsWithTimeout(headers)
    else { return nil }
    return headers.withValue(headers.count - 1, Timeout.parse)
  }

  private static func endsWithTimeout(_ headers: HeaderList) -> Bool {
    !headers.isEmpty && headers.token(headers.count - 1) == .grpcTimeout
  }
}
