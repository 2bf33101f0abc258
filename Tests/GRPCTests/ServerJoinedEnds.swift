import HPACK
import HTTP2
import Protobuf
import Sockets

@testable import GRPC

/// A message with one field of bytes, as the generator would write it.
struct Note: Message, ExpressibleByStringLiteral {
  var body: [UInt8] = []
  var unknownFields = UnknownFields()

  init() {}

  init(_ text: String) { body = Array(text.utf8) }

  init(size: Int) { body = Array(repeating: 7, count: size) }

  init(stringLiteral text: String) { self.init(text) }

  var text: String { String(decoding: body, as: UTF8.self) }

  var debugDescription: String { text }

  static var messageDescriptor: MessageDescriptor {
    preconditionFailure("these tests need no description")
  }

  mutating func merge(from reader: inout WireReader) throws(DecodingError) {
    while let tag = try reader.nextTag() {
      if tag == 10 {
        body = try reader.readBytes()
      } else {
        try reader.readUnknown(tag, into: &unknownFields.bytes)
      }
    }
  }

  func encode(to writer: inout WireWriter) {
    if !body.isEmpty { writer.writeBytes(body, field: 1) }
  }

  /// With the five bytes of gRPC.
  var framed: [UInt8] {
    let bytes = serialized()
    return [0] + withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init) + bytes
  }
}

/// What a client has seen of one response, in order.
struct Seen: Sendable, Equatable {
  var head: [String: String] = [:]
  var messages: [Note] = []
  /// The flag of each message.
  var compressed: [Bool] = []
  var trailers: [String: String] = [:]
  /// "headers", "data", "trailers", "reset NO_ERROR"; END_STREAM is "!".
  var events: [String] = []
  var isOver = false

  var status: String? { trailers["grpc-status"] ?? head["grpc-status"] }
  var message: String { (trailers["grpc-message"] ?? head["grpc-message"] ?? "").unquoted }
}

extension String {
  fileprivate var unquoted: String { Array(utf8).withUnsafeBytes(PercentEncoding.decode) }
}

/// A server's calls and a client's connection, joined in memory, on one event loop.
final class ServerJoinedEnds: StreamSender, Flushable {
  fileprivate struct Exchange {
    var seen = Seen()
    var body: [UInt8] = []
    var waiters: [(condition: (Seen) -> Bool, resume: CheckedContinuation<Seen, Never>)] = []
    /// The client reads what comes.
    var isReading = true
    var unread = 0
  }

  private let server = HTTP2Connection(
    role: .server,
    configuration: ServerJoinedEnds.patientConfiguration
  )
  private let client = HTTP2Connection(role: .client)
  private var streams: [StreamID: ServerStream] = [:]
  private var exchanges: [StreamID: Exchange] = [:]
  private var calls: ConnectionCalls?
  private var isDirty = false
  /// Bytes arrive one at a time.
  private let isSlow: Bool
  let loop: EventLoop

  init(core: ServerCore, loop: EventLoop, isSlow: Bool) {
    self.loop = loop
    self.isSlow = isSlow
    let facts = ConnectionFacts(
      server: core,
      loop: loop,
      local: .ipv4(bytes: [127, 0, 0, 1], port: 2),
      peer: .ipv4(bytes: [127, 0, 0, 1], port: 1)
    )
    calls = ConnectionCalls(
      facts: facts,
      sender: self,
      pool: HandlerPool(loop: loop)
    )
    dirty()
  }

  /// Cancelling thousands of calls in a moment is what the limit on resets is there to stop.
  private static let patientConfiguration: HTTP2Configuration = {
    var configuration = HTTP2Configuration()
    configuration.maxRapidResets = 1_000_000
    return configuration
  }()

  var activeCalls: Int { calls?.count ?? 0 }

  // MARK: The client

  func open(_ headers: [(String, String)], endStream: Bool) -> StreamID? {
    guard let id = client.openStream() else { return nil }
    exchanges[id] = Exchange()
    var list = HeaderList()
    for (name, value) in headers {
      let isSentOnce = name == "grpc-timeout"
      list.append(name: name, value: value, indexing: isSentOnce ? .withoutIndexing : .indexed)
    }
    client.sendHeaders(list, on: id, endStream: endStream)
    dirty()
    return id
  }

  func clientSends(_ bytes: [UInt8], on id: StreamID, endStream: Bool) {
    bytes.withUnsafeBytes { client.sendData($0, on: id, endStream: endStream) }
    dirty()
  }

  func clientResets(_ id: StreamID) {
    client.reset(id, .cancel)
    dirty()
  }

  func clientPending(_ id: StreamID) -> Int { client.pendingBytes(on: id) }

  func setReading(_ isReading: Bool, _ id: StreamID) {
    guard var exchange = exchanges[id] else { return }
    exchange.isReading = isReading
    if isReading {
      client.consumed(exchange.unread, on: id)
      exchange.unread = 0
    }
    exchanges[id] = exchange
    dirty()
  }

  func wait(
    _ id: StreamID,
    _ condition: @escaping (Seen) -> Bool,
    _ continuation: CheckedContinuation<Seen, Never>
  ) {
    guard var exchange = exchanges[id] else { return }
    if condition(exchange.seen) { return continuation.resume(returning: exchange.seen) }
    exchange.waiters.append((condition, continuation))
    exchanges[id] = exchange
  }

  func endAll(_ status: Status) { calls?.endAll(status) }

  // MARK: The wire

  private func dirty() {
    guard !isDirty else { return }
    isDirty = true
    loop.flushLater(self)
  }

  func flush() {
    isDirty = false
    while true {
      let up = take(&client.output)
      let down = take(&server.output)
      client.outputDrained()
      server.outputDrained()
      if up.isEmpty && down.isEmpty { break }
      for piece in pieces(up) { serverInput += piece; serverReceives() }
      for piece in pieces(down) { clientInput += piece; clientReceives() }
    }
  }

  private var serverInput: [UInt8] = []
  private var clientInput: [UInt8] = []

  private func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
    isSlow ? bytes.map { [$0] } : bytes.isEmpty ? [] : [bytes]
  }

  private func take(_ output: inout OutputBuffer) -> [UInt8] {
    let bytes = output.withUnsafeBytes { [UInt8]($0) }
    output.consume(bytes.count)
    return bytes
  }

  private func serverReceives() {
    let input = serverInput
    var offset = 0
    input.withUnsafeBytes { input in
      while let event = server.receive(input, offset: &offset, now: loop.now) {
        handleAtServer(event, input)
      }
    }
    serverInput.removeFirst(offset)
  }

  private func handleAtServer(_ event: HTTP2Event, _ input: UnsafeRawBufferPointer) {
    switch event {
    case .headers(let id, .initial, let endStream):
      streams[id] = calls?.open(
        id,
        headers: { self.server.headers },
        version: server.headersVersion,
        endStream: endStream
      )
    case .headers(let id, _, _):
      streams[id]?.endRequests()
    case .data(let id, let range, let endStream):
      if let stream = streams[id] {
        stream.receiveData(UnsafeRawBufferPointer(rebasing: input[range]), endStream: endStream)
      } else {
        server.consumed(range.count, on: id)
      }
    case .streamReset(let id, _), .streamFailed(let id, _, _):
      streams.removeValue(forKey: id)?
        .streamEnded(RPCError(.cancelled, "the client cancelled the call"))
    case .streamWritable(let id):
      streams[id]?.becameWritable()
    case .streamClosed(let id):
      streams[id] = nil
    case .headersTooLarge(let id, _, let endStream):
      calls?.refuseOversizedHeaders(id, endStream: endStream)
    case .streamUnprocessed, .streamsAvailable, .settings, .settingsAcknowledged, .ping, .pong,
      .goAway, .connectionFailed:
      break
    }
  }

  private func clientReceives() {
    let input = clientInput
    var offset = 0
    input.withUnsafeBytes { input in
      while let event = client.receive(input, offset: &offset, now: loop.now) {
        handleAtClient(event, input)
      }
    }
    clientInput.removeFirst(offset)
  }

  private func handleAtClient(_ event: HTTP2Event, _ input: UnsafeRawBufferPointer) {
    switch event {
    case .headers(let id, let kind, let endStream):
      var fields: [String: String] = [:]
      for index in 0..<client.headers.count {
        fields[client.headers.name(index)] = client.headers.value(index)
      }
      update(id) { exchange in
        let mark = endStream ? "!" : ""
        if kind == .initial {
          exchange.seen.head = fields
          exchange.seen.events.append("headers\(mark)")
        } else {
          exchange.seen.trailers = fields
          exchange.seen.events.append("trailers\(mark)")
        }
        if endStream { exchange.seen.isOver = true }
      }
    case .data(let id, let range, _):
      update(id) { exchange in
        exchange.body += input[range]
        if exchange.seen.events.last != "data" { exchange.seen.events.append("data") }
        exchange.readMessages()
        if exchange.isReading {
          client.consumed(range.count, on: id)
        } else {
          exchange.unread += range.count
        }
      }
    case .streamReset(let id, let code):
      update(id) { exchange in
        exchange.seen.events.append("reset \(code)")
        exchange.seen.isOver = true
      }
    case .streamClosed, .headersTooLarge, .streamFailed, .streamWritable, .streamUnprocessed,
      .streamsAvailable,
      .settings, .settingsAcknowledged, .ping, .pong, .goAway, .connectionFailed:
      break
    }
  }

  private func update(_ id: StreamID, _ body: (inout Exchange) -> Void) {
    guard var exchange = exchanges[id] else { return }
    body(&exchange)
    let seen = exchange.seen
    let due = exchange.waiters.filter { $0.condition(seen) }
    exchange.waiters.removeAll { $0.condition(seen) }
    exchanges[id] = exchange
    for waiter in due { waiter.resume.resume(returning: seen) }
  }

  // MARK: StreamSender

  func sendWhole(
    head: HeaderList?,
    _ bytes: UnsafeRawBufferPointer,
    trailers: HeaderList,
    on stream: StreamID
  ) {
    server.sendWhole(head: head, bytes, trailers: trailers, on: stream)
    dirty()
  }

  func sendHeaders(_ headers: HeaderList, on stream: StreamID, endStream: Bool) {
    server.sendHeaders(headers, on: stream, endStream: endStream)
    dirty()
  }

  func sendTrailers(_ trailers: HeaderList, on stream: StreamID) {
    server.sendTrailers(trailers, on: stream)
    dirty()
  }

  func sendData(_ bytes: UnsafeRawBufferPointer, on stream: StreamID) {
    server.sendData(bytes, on: stream, endStream: false)
    dirty()
  }

  func sendData(_ bytes: [UInt8], on stream: StreamID) {
    bytes.withUnsafeBytes { sendData($0, on: stream) }
  }

  func reset(_ stream: StreamID, _ code: ErrorCode) {
    server.reset(stream, code)
    streams[stream] = nil
    dirty()
  }

  func resetWhenSent(_ stream: StreamID) {
    server.resetWhenSent(stream)
    dirty()
  }

  func consumed(_ count: Int, on stream: StreamID, _ grant: HTTP2Connection.WindowGrant) {
    server.consumed(count, on: stream, grant)
    dirty()
  }

  func isWritable(_ stream: StreamID) -> Bool { server.isWritable(stream) }

  func blockedOn(_ stream: StreamID) -> WriteSuspension? {
    WriteSuspension(server.blocked(on: stream))
  }

  func discardUnsent(on stream: StreamID) { server.discardUnsent(on: stream) }

  var maxHeaderListSize: Int { server.peerSettings.maxHeaderListSize }
}

extension ServerJoinedEnds.Exchange {
  fileprivate mutating func readMessages() {
    while body.count >= 5 {
      let length = body[1..<5].reduce(0) { $0 << 8 | Int($1) }
      guard body.count >= 5 + length else { return }
      let isCompressed = body[0] == 1
      if let note = try? Note(serialized: inflated(Array(body[5..<(5 + length)]), isCompressed)) {
        seen.messages.append(note)
        seen.compressed.append(isCompressed)
      }
      body.removeFirst(5 + length)
    }
  }

  private func inflated(_ bytes: [UInt8], _ isCompressed: Bool) throws -> [UInt8] {
    guard isCompressed else { return bytes }
    let compression = seen.head["grpc-encoding"].flatMap(Compression.init(rawValue:)) ?? .identity
    return try bytes.withUnsafeBytes {
      try compression.decompress($0, limit: 1 << 24, side: "client")
    }
  }
}

/// The test's side of the joined ends: from any task.
struct ServerBench: Sendable {
  private let ends: LoopConfined<Joined>
  let loop: EventLoop

  /// The ends are made on their loop.
  private final class Joined {
    var ends: ServerJoinedEnds?
  }

  init(
    _ services: any Service...,
    configuration: Server.Configuration = Server.Configuration(),
    isSlow: Bool = false
  ) async {
    let core = ServerCore(services: services, configuration: configuration)
    await self.init(core: core, loop: EventLoopGroup.shared.nextLoop(), isSlow: isSlow)
  }

  init(core: ServerCore, loop: EventLoop, isSlow: Bool = false) async {
    let ends = LoopConfined(Joined(), to: loop)
    self.loop = loop
    self.ends = ends
    await Self.run(loop) {
      ends.wrapped.ends = ServerJoinedEnds(core: core, loop: loop, isSlow: isSlow)
    }
  }

  private static func run<Result: Sendable>(
    _ loop: EventLoop,
    _ body: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      loop.execute { continuation.resume(returning: body()) }
    }
  }

  func onLoop<Result: Sendable>(
    _ body: @escaping @Sendable (ServerJoinedEnds) -> Result
  ) async -> Result {
    await Self.run(loop) {
      guard let ends = ends.wrapped.ends else { preconditionFailure("the ends are joined in init") }
      return body(ends)
    }
  }

  static let headers = [
    (":method", "POST"), (":scheme", "http"), (":path", "/test.Notes/Echo"),
    (":authority", "localhost"), ("te", "trailers"), ("content-type", "application/grpc"),
  ]

  /// The headers of a call, with some replaced, added, or (nil) left out.
  static func headers(_ changes: [String: String?]) -> [(String, String)] {
    var result = headers.filter { changes[$0.0] == nil }
    for (name, value) in changes where value != nil {
      let place = name.hasPrefix(":") ? 0 : result.count
      result.insert((name, value ?? ""), at: place)
    }
    return result
  }

  func open(_ changes: [String: String?] = [:], endStream: Bool = false) async -> StreamID {
    let headers = Self.headers(changes)
    return await onLoop { $0.open(headers, endStream: endStream) } ?? StreamID(0)
  }

  func open(_ method: String, _ changes: [String: String?] = [:]) async -> StreamID {
    await open(changes.merging([":path": "/test.Notes/\(method)"]) { $1 })
  }

  func send(_ notes: Note..., on id: StreamID, endStream: Bool = false) async {
    let bytes = notes.flatMap(\.framed)
    await onLoop { $0.clientSends(bytes, on: id, endStream: endStream) }
  }

  func finish(_ id: StreamID) async {
    await onLoop { $0.clientSends([], on: id, endStream: true) }
  }

  /// The response when it is over.
  func response(_ id: StreamID) async -> Seen { await seen(id) { $0.isOver } }

  /// What has been seen as soon as it satisfies a condition.
  func seen(_ id: StreamID, _ condition: @escaping @Sendable (Seen) -> Bool) async -> Seen {
    await withCheckedContinuation { continuation in
      loop.execute { ends.wrapped.ends?.wait(id, condition, continuation) }
    }
  }

  /// A whole call.
  func call(_ method: String, _ changes: [String: String?] = [:], _ notes: Note...) async -> Seen {
    let id = await open(method, changes)
    let bytes = notes.flatMap(\.framed)
    await onLoop { $0.clientSends(bytes, on: id, endStream: true) }
    return await response(id)
  }

  /// A whole call with just these headers.
  func call(_ headers: [(String, String)], _ note: Note) async -> Seen {
    let id = await onLoop { $0.open(headers, endStream: false) } ?? StreamID(0)
    await send(note, on: id, endStream: true)
    return await response(id)
  }

  /// Waits until something that the loop does is done.
  func eventually(_ condition: @escaping @Sendable (ServerJoinedEnds) -> Bool) async {
    while !(await onLoop(condition)) { await aMoment() }
  }
}

/// Lets others go on.
func aMoment() async {
  try? await Task.sleep(for: .milliseconds(1))
}
