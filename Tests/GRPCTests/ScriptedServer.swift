import HPACK
import HTTP2
import Protobuf
import Sockets
import Synchronization
import Testing

@testable import GRPC

/// A server that says what a test tells it, down to the last byte: the client's peer in these tests.
///
/// It understands what the client sends, and does nothing by itself but shake hands and, unless told otherwise,
/// grant windows.
final class ScriptedServer: Sendable {
  /// What a peer has noticed.
  enum Happening: Sendable {
    case connected
    case request(StreamID, [String: String])
    case message(StreamID, Note)
    case requestEnd(StreamID)
    case reset(StreamID, ErrorCode)
    case goAway(ErrorCode)
    case closed
  }

  typealias Script = @Sendable (ScriptedPeer, Happening) -> Void

  let loop: EventLoop
  let address: SocketAddress
  private let state: LoopConfined<ScriptedListener>

  init(
    on address: SocketAddress = .ipv4(bytes: [127, 0, 0, 1], port: 0),
    configuration: HTTP2Configuration = ScriptedServer.patient,
    _ script: @escaping Script
  ) throws {
    let socket = try Socket.listen(on: address)
    self.address = socket.localAddress
    loop = EventLoopGroup.shared.nextLoop()
    state = LoopConfined(ScriptedListener(socket, loop, configuration, script), to: loop)
    loop.execute { [state] in state.wrapped.start() }
  }

  deinit { loop.execute { [state] in state.wrapped.stop() } }

  /// Counts no streams that it never ends itself.
  static let patient: HTTP2Configuration = {
    var configuration = HTTP2Configuration()
    configuration.maxConcurrentStreams = 1_000_000
    return configuration
  }()

  /// Does something to the latest connection.
  func onPeer(_ body: @escaping @Sendable (ScriptedPeer) -> Void) {
    loop.execute { [state] in if let peer = state.wrapped.peers.last { body(peer) } }
  }

  /// Does something to the connection of this number.
  func onPeer(number: Int, _ body: @escaping @Sendable (ScriptedPeer) -> Void) {
    loop.execute { [state] in body(state.wrapped.peers[number]) }
  }

  /// A channel to this server.
  func channel(_ configure: (inout Channel.Configuration) -> Void = { _ in }) throws -> Channel {
    var configuration = Channel.Configuration()
    configure(&configuration)
    return try Channel(to: "\(address)", configuration: configuration)
  }
}

/// Accepts; only on its loop.
final class ScriptedListener: ReadinessDelegate {
  private let socket: Socket
  private let loop: EventLoop
  private let configuration: HTTP2Configuration
  private let script: ScriptedServer.Script
  private var registration: Registration?
  fileprivate(set) var peers: [ScriptedPeer] = []

  init(
    _ socket: Socket,
    _ loop: EventLoop,
    _ configuration: HTTP2Configuration,
    _ script: @escaping ScriptedServer.Script
  ) {
    self.socket = socket
    self.loop = loop
    self.configuration = configuration
    self.script = script
  }

  func start() {
    registration = loop.register(socket.descriptor, self)
    becameReadable()
  }

  func stop() {
    if let registration { loop.deregister(registration) }
    registration = nil
    socket.close()
    for peer in peers { peer.close() }
    peers = []
  }

  func becameReadable() {
    while registration != nil, let (accepted, _) = try? socket.accept() {
      let peer = ScriptedPeer(accepted, loop, number: peers.count, configuration, script)
      peers.append(peer)
      peer.start()
    }
  }

  func becameWritable() {}
}

/// One connection of a scripted server; only on its loop.
final class ScriptedPeer: ReadinessDelegate {
  /// 0 for the first connection of the server.
  let number: Int
  /// Whether the client may send again what has been read.
  var grantsWindows = true
  private let socket: Socket
  private let loop: EventLoop
  private let script: ScriptedServer.Script
  private var machine: HTTP2Connection
  private var registration: Registration?
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  private var bodies: [StreamID: [UInt8]] = [:]

  fileprivate init(
    _ socket: Socket,
    _ loop: EventLoop,
    number: Int,
    _ configuration: HTTP2Configuration,
    _ script: @escaping ScriptedServer.Script
  ) {
    self.socket = socket
    self.loop = loop
    self.number = number
    self.script = script
    machine = HTTP2Connection(role: .server, configuration: configuration)
  }

  fileprivate func start() {
    registration = loop.register(socket.descriptor, self)
    script(self, .connected)
    flush()
    becameReadable()
  }

  // MARK: What a script says

  /// The head of a good response, with other or more fields.
  func head(on id: StreamID, _ changes: KeyValuePairs<String, String> = [:]) {
    var fields = [(":status", "200"), ("content-type", "application/grpc")]
    fields.removeAll { field in changes.contains { $0.key == field.0 } }
    let pseudo = changes.filter { $0.key.hasPrefix(":") }.map { ($0.key, $0.value) }
    let others = changes.filter { !$0.key.hasPrefix(":") }.map { ($0.key, $0.value) }
    headers(pseudo + fields + others, on: id, endStream: false)
  }

  /// The end of a response.
  func trailers(_ status: Int, on id: StreamID, _ more: KeyValuePairs<String, String> = [:]) {
    headers(
      [("grpc-status", "\(status)")] + more.map { ($0.key, $0.value) },
      on: id,
      endStream: true
    )
  }

  /// A response in one frame.
  func trailersOnly(_ status: Int, on id: StreamID, _ more: KeyValuePairs<String, String> = [:]) {
    let fields = [
      (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "\(status)"),
    ]
    headers(fields + more.map { ($0.key, $0.value) }, on: id, endStream: true)
  }

  /// Messages, each with its prefix.
  func messages(_ notes: Note..., on id: StreamID) {
    data(notes.flatMap(\.framed), on: id)
  }

  /// A whole good answer.
  func answer(_ notes: Note..., on id: StreamID) {
    head(on: id)
    data(notes.flatMap(\.framed), on: id)
    trailers(0, on: id)
  }

  func data(_ bytes: [UInt8], on id: StreamID, endStream: Bool = false) {
    var rest = bytes[...]
    repeat {
      let piece = rest.prefix(16_384)
      rest = rest.dropFirst(piece.count)
      frame(0x0, flags: endStream && rest.isEmpty ? 0x1 : 0, on: id, Array(piece))
    } while !rest.isEmpty
  }

  /// A header block whose fields enter no table.
  func headers(_ fields: [(String, String)], on id: StreamID, endStream: Bool) {
    var block: [UInt8] = []
    for (name, value) in fields {
      block.append(0)
      block += Self.literal(name) + Self.literal(value)
    }
    let end: UInt8 = endStream ? 0x1 : 0
    guard block.count > 16_384 else { return frame(0x1, flags: end | 0x4, on: id, block) }
    frame(0x1, flags: end, on: id, Array(block.prefix(16_384)))
    frame(0x9, flags: 0x4, on: id, Array(block.dropFirst(16_384)))
  }

  func reset(_ id: StreamID, code: UInt32) { frame(0x3, on: id, Self.bigEndian(code)) }

  func goAway(last: StreamID, code: UInt32 = 0, debug: String = "") {
    let fields = Self.bigEndian(last.rawValue) + Self.bigEndian(code)
    frame(0x7, on: .connection, fields + Array(debug.utf8))
  }

  func frame(_ type: UInt8, flags: UInt8 = 0, on id: StreamID, _ payload: [UInt8]) {
    let length = Array(Self.bigEndian(UInt32(payload.count)).dropFirst())
    let header: [UInt8] = length + [type, flags] + Self.bigEndian(id.rawValue)
    raw(header + payload)
  }

  /// Any bytes.
  func raw(_ bytes: [UInt8]) {
    takeMachineOutput()
    output += bytes
    flush()
  }

  func close() {
    guard let registration else { return }
    loop.deregister(registration)
    self.registration = nil
    socket.close()
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
  }

  /// RFC 7541 §5.2, without Huffman: a length with a prefix of seven bits, and the bytes.
  private static func literal(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
    var rest = bytes.count - 127
    var length: [UInt8] = [127]
    while rest >= 128 {
      length.append(UInt8(rest % 128) | 128)
      rest /= 128
    }
    return length + [UInt8(rest)] + bytes
  }

  // MARK: The wire

  func becameReadable() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while registration != nil {
      switch buffer.withUnsafeMutableBytes({ socket.read(into: $0) }) {
      case .bytes(let count):
        input += buffer[..<count]
        process()
      case .wouldBlock:
        return
      case .end, .failed:
        close()
        return script(self, .closed)
      }
    }
  }

  func becameWritable() { flush() }

  private func process() {
    let bytes = input
    var offset = 0
    bytes.withUnsafeBytes { bytes in
      while let event = machine.receive(bytes, offset: &offset, now: loop.now) {
        handle(event, bytes)
      }
    }
    input.removeFirst(offset)
    flush()
  }

  private func handle(_ event: HTTP2Event, _ input: UnsafeRawBufferPointer) {
    switch event {
    case .headers(let id, .initial, let endStream):
      var fields: [String: String] = [:]
      for index in 0..<machine.headers.count {
        fields[machine.headers.name(index)] = machine.headers.value(index)
      }
      script(self, .request(id, fields))
      if endStream { script(self, .requestEnd(id)) }
    case .data(let id, let range, let endStream):
      if grantsWindows { machine.consumed(range.count, on: id) }
      bodies[id, default: []] += input[range]
      while let note = Note(takingFrom: &bodies[id, default: []]) {
        script(self, .message(id, note))
      }
      if endStream { script(self, .requestEnd(id)) }
    case .streamReset(let id, let code): script(self, .reset(id, code))
    case .goAway(_, let code, _): script(self, .goAway(code))
    default: break
    }
  }

  private func takeMachineOutput() {
    output += machine.output.withUnsafeBytes { [UInt8]($0) }
    machine.output.consume(machine.output.count)
  }

  private func flush() {
    guard registration != nil else { return }
    takeMachineOutput()
    while !output.isEmpty {
      guard case .bytes(let count) = output.withUnsafeBytes({ socket.write([$0]) }) else { return }
      output.removeFirst(count)
    }
  }
}

extension Note {
  /// Cuts the first whole message out of the bytes of a stream.
  init?(takingFrom bytes: inout [UInt8]) {
    guard bytes.count >= 5 else { return nil }
    let length = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= 5 + length,
      let note = try? Note(serialized: Array(bytes[5..<(5 + length)]))
    else { return nil }
    bytes.removeFirst(5 + length)
    self = note
  }
}

/// The methods of `NotesService`, as a client calls them.
enum NotesMethod {
  static let echo = method("Echo", .unary)
  static let split = method("Split", .serverStreaming)
  static let join = method("Join", .clientStreaming)
  static let chat = method("Chat", .bidirectional)

  private static func method(_ name: String, _ kind: MethodKind) -> MethodDescriptor<Note, Note> {
    MethodDescriptor(service: "test.Notes", name: name, kind: kind)
  }
}

/// Waits until something holds, for half a minute at most.
func until(
  _ what: Comment,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async -> Bool
) async {
  let end = ContinuousClock.now + .seconds(30)
  while !(await condition()) {
    guard ContinuousClock.now < end else {
      Issue.record(what, sourceLocation: sourceLocation)
      return
    }
    await aMoment()
  }
}

/// The error that a call ends with; nil when it ends well.
func failure(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RPCError ?? RPCError(.unknown, "not an RPCError: \(error)")
  }
}
