import HPACK
import TestSupport
import Testing

@testable import HTTP2

/// A server that has just seen the preface and empty SETTINGS, fed raw frames.
struct RawPeer: ~Copyable {
  var server = End(.server)

  init(bytewise: Bool) {
    server.bytewise = bytewise
    server.feed(HTTP2Connection.prefaceBytes + frame(.settings, 0, 0, []))
    _ = server.takeOutput()
  }

  func frame(_ type: FrameType, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendFrameHeader(length: payload.count, type, flags: flags, StreamID(stream))
    return bytes + payload
  }

  /// `:method: GET, :scheme: http, :path: /`, all from the static table.
  static let get: [UInt8] = [0x82, 0x86, 0x84]

  mutating func send(
    _ type: FrameType,
    _ flags: UInt8 = 0,
    _ stream: UInt32,
    _ payload: [UInt8] = []
  ) {
    server.feed(frame(type, flags, stream, payload))
  }

  mutating func open(_ stream: UInt32, end: Bool = false) {
    send(.headers, FrameFlags.endHeaders | (end ? FrameFlags.endStream : 0), stream, Self.get)
  }
}

@Suite("RFC 9113, a conversation")
struct ConversationTests {
  @Test("§8.1 A request and its response, with trailers", arguments: [false, true])
  func exchange(bytewise: Bool) throws {
    var pair = ConnectionPair(bytewise: bytewise)
    let id = pair.open()
    pair.client.connection.sendHeaders(request, on: id, endStream: false)
    pair.client.connection.sendData([1, 2, 3], on: id, endStream: true)
    pair.exchange()
    let value1 = pair.server.takeEvents()
    #expect(value1 == ["initial 1", "data 1 3 end"])
    #expect(pair.server.received == [1, 2, 3])
    pair.server.connection.sendHeaders(response, on: id, endStream: false)
    pair.server.connection.sendData([4, 5], on: id)
    pair.server.connection.sendTrailers(["grpc-status": "0"], on: id)
    pair.exchange()
    let value2 = pair.client.takeEvents()
    #expect(value2 == ["initial 1", "data 1 2", "trailers 1 end"])
    let value3 = pair.client.connection.activeStreams
    #expect(value3 == 0)
    let value4 = pair.server.connection.activeStreams
    #expect(value4 == 0)
  }

  @Test(
    "§6.9 A body larger than every window arrives whole once the reader consumes",
    arguments: [false, true]
  )
  func flowControl(bytewise: Bool) throws {
    var pair = ConnectionPair(bytewise: bytewise)
    let id = pair.open()
    pair.client.connection.sendHeaders(request, on: id, endStream: false)
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    pair.client.connection.sendData(body, on: id, endStream: true)
    let value5 = pair.client.connection.isWritable(id)
    #expect(!value5)
    pair.exchange()
    // Without a consumer, no more than the stream's window comes.
    #expect(pair.server.received.count == 65_536)
    let value6 = pair.client.connection.blocked(on: id)
    #expect(value6 == .streamWindow)
    var consumed = 0
    while pair.server.received.count > consumed {
      pair.server.connection.consumed(pair.server.received.count - consumed, on: id)
      consumed = pair.server.received.count
      pair.exchange()
    }
    #expect(pair.server.received == body)
    #expect(pair.client.events.contains("writable 1"))
    let value7 = pair.server.connection.unconsumed
    #expect(value7 == 0)
  }

  @Test("§6.8 A graceful stop lets streams finish and takes no new ones")
  func gracefulShutdown() throws {
    var pair = ConnectionPair()
    let id = pair.open()
    pair.client.connection.sendHeaders(request, on: id, endStream: true)
    pair.exchange()
    pair.server.connection.beginGracefulShutdown(ping: 7)
    pair.exchange()
    let goodbyes = pair.client.takeEvents()
    #expect(
      goodbyes == ["goaway 2147483647 NO_ERROR", "goaway 1 NO_ERROR"]
    )
    let refused = pair.client.connection.openStream()
    #expect(refused == nil)
    pair.server.connection.sendHeaders(response, on: id, endStream: true)
    pair.exchange()
    let value8 = pair.client.takeEvents()
    #expect(value8 == ["initial 1 end"])
  }

  @Test("§6.8 Streams above the last one of a GOAWAY have not been processed")
  func unprocessed() throws {
    var pair = ConnectionPair()
    let first = pair.open()
    pair.client.connection.sendHeaders(request, on: first, endStream: true)
    pair.exchange()
    let second = pair.open()
    pair.client.connection.sendHeaders(request, on: second, endStream: true)
    pair.server.connection.goAway(.noError, debug: "bye")
    let down = pair.server.takeOutput()
    pair.client.feed(down)
    let value9 = pair.client.takeEvents()
    #expect(value9 == ["goaway 1 NO_ERROR", "unprocessed 3"])
  }

  @Test("§5.1.2 Streams above the limit are refused, and 256 at once are not")
  func concurrentStreams() throws {
    var pair = ConnectionPair()
    for _ in 0..<256 {
      let id = pair.open()
      pair.client.connection.sendHeaders(request, on: id, endStream: true)
    }
    let refused = pair.client.connection.openStream()
    #expect(refused == nil)
    pair.exchange()
    #expect(!pair.server.events.contains { $0.contains("failed") })
    let value10 = pair.server.connection.activeStreams
    #expect(value10 == 256)
  }
}

@Suite("RFC 9113, what a receiver must refuse")
struct ReceiverTests {
  /// Frames after the preface and SETTINGS, in a small language: type, flags, stream, payload.
  typealias Case = (
    rule: String, frames: [(FrameType, UInt8, UInt32, [UInt8])], outcome: String
  )

  static let get = RawPeer.get
  static let zeros4: [UInt8] = [0, 0, 0, 0]
  static let cases: [Case] = [
    ("§6.1 DATA on stream 0", [(.data, 0, 0, [1])], "connection PROTOCOL_ERROR"),
    ("§5.1 DATA on an idle stream", [(.data, 0, 1, [1])], "connection PROTOCOL_ERROR"),
    (
      "§6.1 padding as long as the frame", [(.headers, 4, 1, get), (.data, 8, 1, [1])],
      "connection PROTOCOL_ERROR"
    ),
    (
      "§5.1 DATA after END_STREAM", [(.headers, 5, 1, get), (.data, 0, 1, [1])],
      "failed 1 STREAM_CLOSED"
    ),
    (
      "§5.1 HEADERS after END_STREAM", [(.headers, 5, 1, get), (.headers, 5, 1, get)],
      "failed 1 STREAM_CLOSED"
    ),
    ("§6.2 HEADERS on stream 0", [(.headers, 4, 0, get)], "connection PROTOCOL_ERROR"),
    ("§5.1.1 HEADERS on an even stream", [(.headers, 4, 2, get)], "connection PROTOCOL_ERROR"),
    (
      "§5.1.1 a lower number", [(.headers, 5, 5, get), (.headers, 5, 3, get)],
      "connection PROTOCOL_ERROR"
    ),
    ("§4.3 a broken header block", [(.headers, 4, 1, [0x80])], "connection COMPRESSION_ERROR"),
    ("§6.3 PRIORITY on stream 0", [(.priority, 0, 0, zeros4 + [1])], "connection PROTOCOL_ERROR"),
    ("§6.4 RST_STREAM on stream 0", [(.resetStream, 0, 0, zeros4)], "connection PROTOCOL_ERROR"),
    (
      "§6.4 RST_STREAM on an idle stream", [(.resetStream, 0, 1, zeros4)],
      "connection PROTOCOL_ERROR"
    ),
    (
      "§6.4 RST_STREAM of three bytes", [(.headers, 4, 1, get), (.resetStream, 0, 1, [0, 0, 0])],
      "connection FRAME_SIZE_ERROR"
    ),
    ("§6.5 SETTINGS on a stream", [(.settings, 0, 1, [])], "connection PROTOCOL_ERROR"),
    (
      "§6.5 SETTINGS of five bytes", [(.settings, 0, 0, [0, 1, 0, 0, 0])],
      "connection FRAME_SIZE_ERROR"
    ),
    (
      "§6.5 an acknowledgement with a payload", [(.settings, 1, 0, [0, 1, 0, 0, 0, 0])],
      "connection FRAME_SIZE_ERROR"
    ),
    (
      "§6.5.2 ENABLE_PUSH of 2", [(.settings, 0, 0, [0, 2, 0, 0, 0, 2])],
      "connection PROTOCOL_ERROR"
    ),
    (
      "§6.5.2 INITIAL_WINDOW_SIZE too large", [(.settings, 0, 0, [0, 4, 0x80, 0, 0, 0])],
      "connection FLOW_CONTROL_ERROR"
    ),
    (
      "§6.5.2 MAX_FRAME_SIZE too small", [(.settings, 0, 0, [0, 5, 0, 0, 0x3F, 0xFF])],
      "connection PROTOCOL_ERROR"
    ),
    (
      "§6.5.2 MAX_FRAME_SIZE too large", [(.settings, 0, 0, [0, 5, 1, 0, 0, 0])],
      "connection PROTOCOL_ERROR"
    ),
    ("§8.4 PUSH_PROMISE", [(.pushPromise, 4, 1, zeros4)], "connection PROTOCOL_ERROR"),
    ("§6.7 PING on a stream", [(.ping, 0, 1, zeros4 + zeros4)], "connection PROTOCOL_ERROR"),
    ("§6.7 PING of four bytes", [(.ping, 0, 0, zeros4)], "connection FRAME_SIZE_ERROR"),
    ("§6.8 GOAWAY on a stream", [(.goAway, 0, 1, zeros4 + zeros4)], "connection PROTOCOL_ERROR"),
    (
      "§6.9 WINDOW_UPDATE of zero on the connection", [(.windowUpdate, 0, 0, zeros4)],
      "connection PROTOCOL_ERROR"
    ),
    (
      "§6.9 WINDOW_UPDATE of zero on a stream",
      [(.headers, 4, 1, get), (.windowUpdate, 0, 1, zeros4)], "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§6.9 WINDOW_UPDATE of three bytes", [(.windowUpdate, 0, 0, [0, 0, 1])],
      "connection FRAME_SIZE_ERROR"
    ),
    (
      "§6.9.1 the connection's window overflows",
      [(.windowUpdate, 0, 0, [0x7F, 0xFF, 0xFF, 0xFF])], "connection FLOW_CONTROL_ERROR"
    ),
    (
      "§6.9.1 a stream's window overflows",
      [(.headers, 4, 1, get), (.windowUpdate, 0, 1, [0x7F, 0xFF, 0xFF, 0xFF])],
      "failed 1 FLOW_CONTROL_ERROR"
    ),
    (
      "§5.1 WINDOW_UPDATE on an idle stream", [(.windowUpdate, 0, 1, [0, 0, 0, 1])],
      "connection PROTOCOL_ERROR"
    ),
    ("§6.10 CONTINUATION alone", [(.continuation, 4, 1, [])], "connection PROTOCOL_ERROR"),
    (
      "§6.10 another frame within a header block",
      [(.headers, 0, 1, get), (.ping, 0, 0, zeros4 + zeros4)], "connection PROTOCOL_ERROR"
    ),
    (
      "§6.10 CONTINUATION on another stream", [(.headers, 0, 1, get), (.continuation, 4, 3, [])],
      "connection PROTOCOL_ERROR"
    ),
    (
      "§5.3.1 (RFC 7540) a stream that depends on itself",
      [(.headers, 0x24, 1, [0, 0, 0, 1, 0] + get)], "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.3.1 a request without :path", [(.headers, 5, 1, [0x82, 0x86])], "failed 1 PROTOCOL_ERROR"
    ),
    ("§8.3 :method twice", [(.headers, 5, 1, [0x82] + get)], "failed 1 PROTOCOL_ERROR"),
    (
      "§8.3 a response's pseudo-header in a request", [(.headers, 5, 1, [0x88] + get)],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.3 a pseudo-header behind a field", [(.headers, 5, 1, [0x82, 0x86, 0x90, 0x84])],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.2.1 an upper-case name", [(.headers, 5, 1, get + [0, 1, 0x58, 1, 0x61])],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.2.1 a line break in a value", [(.headers, 5, 1, get + [0, 1, 0x78, 1, 0x0A])],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.2.2 te: gzip", [(.headers, 5, 1, get + [0, 2, 0x74, 0x65, 4] + Array("gzip".utf8))],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.2.2 connection",
      [(.headers, 5, 1, get + [0, 10] + Array("connection".utf8) + [1, 0x61])],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.1 trailers without END_STREAM", [(.headers, 4, 1, get), (.headers, 4, 1, [0x90])],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.1 a pseudo-header in trailers", [(.headers, 4, 1, get), (.headers, 5, 1, [0x84])],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.1.1 more than content-length",
      [(.headers, 4, 1, get + [0x0F, 0x0D, 1, 0x31]), (.data, 1, 1, [1, 2])],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.1.1 less than content-length",
      [(.headers, 4, 1, get + [0x0F, 0x0D, 1, 0x33]), (.data, 1, 1, [1, 2])],
      "failed 1 PROTOCOL_ERROR"
    ),
  ]

  @Test(
    "Each of these ends the stream or the connection, with the code of its section",
    arguments: 0..<cases.count,
    [false, true]
  )
  func refuses(number: Int, bytewise: Bool) {
    let (rule, frames, outcome) = Self.cases[number]
    var peer = RawPeer(bytewise: bytewise)
    for (type, flags, stream, payload) in frames { peer.send(type, flags, stream, payload) }
    #expect(peer.server.events.last == outcome, "\(rule)")
  }

  @Test("What must be ignored is ignored", arguments: [false, true])
  func ignores(bytewise: Bool) {
    var peer = RawPeer(bytewise: bytewise)
    peer.server.feed([0, 0, 1, 0xEE, 0xFF, 0, 0, 0, 1, 7])  // §5.5 an unknown frame
    peer.send(.settings, 0, 0, [0xFE, 3, 0, 0, 0, 1])  // §6.5.2 an unknown setting
    peer.send(.priority, 0, 9, [0, 0, 0, 1, 0])  // §6.3 PRIORITY on an idle stream
    peer.open(1, end: true)
    #expect(peer.server.events == ["initial 1 end"])
  }

  @Test("§4.2 A frame larger than 16,384 bytes is a connection error")
  func frameSize() {
    var peer = RawPeer(bytewise: false)
    peer.server.feed([0, 0x40, 1, 0, 0, 0, 0, 0, 1])
    #expect(peer.server.events == ["connection FRAME_SIZE_ERROR"])
  }

  @Test(
    "§3.4 What does not begin with the preface is refused",
    arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "PRI * HTTP/2.0\r\n\r\nXX"]
  )
  func preface(text: String) {
    var server = End(.server)
    server.feed(Array(text.utf8))
    #expect(server.events == ["connection PROTOCOL_ERROR"])
  }

  @Test("§5.1 Frames that were on their way when we reset the stream are ignored")
  func afterOurReset() {
    var peer = RawPeer(bytewise: false)
    peer.open(1)
    peer.server.connection.reset(StreamID(1), .cancel)
    peer.send(.data, 0, 1, [1, 2])
    peer.send(.windowUpdate, 0, 1, [0, 0, 0, 1])
    peer.send(.headers, 5, 1, [0x90])
    peer.send(.resetStream, 0, 1, [0, 0, 0, 8])
    #expect(peer.server.events == ["initial 1"])
  }

  @Test("§6.9.2 A smaller initial window makes windows negative, and the sender waits")
  func negativeWindow() {
    var peer = RawPeer(bytewise: false)
    peer.open(1, end: true)
    peer.server.connection.sendHeaders(response, on: StreamID(1), endStream: false)
    peer.server.connection.sendData([UInt8](repeating: 7, count: 60_000), on: StreamID(1))
    _ = peer.server.takeOutput()
    peer.send(.settings, 0, 0, [0, 4, 0, 0, 0, 10])
    peer.server.connection.sendData([1], on: StreamID(1))
    let value11 = peer.server.connection.blocked(on: StreamID(1))
    #expect(value11 == .streamWindow)
    peer.send(.windowUpdate, 0, 1, [0, 0, 0xEA, 0x60])
    let value12 = peer.server.connection.blocked(on: StreamID(1))
    #expect(value12 == .none)
  }

  @Test("§10.5 Floods end the connection with ENHANCE_YOUR_CALM, and honest bursts pass")
  func floods() {
    let floods: [(FrameType, UInt8, UInt32, [UInt8])] = [
      (.ping, 0, 0, Self.zeros4 + Self.zeros4), (.settings, 0, 0, []),
      (.priority, 0, 9, [0, 0, 0, 1, 0]), (.windowUpdate, 0, 0, [0, 0, 0, 1]), (.data, 0, 1, []),
    ]
    for (type, flags, stream, payload) in floods {
      var peer = RawPeer(bytewise: false)
      peer.open(1)
      for _ in 0..<500 { peer.send(type, flags, stream, payload) }
      #expect(peer.server.events == ["initial 1"], "\(type)")
      for _ in 0..<600 { peer.send(type, flags, stream, payload) }
      #expect(peer.server.events.last == "connection ENHANCE_YOUR_CALM", "\(type)")
    }
  }

  @Test("§10.5 Opening and resetting streams without end ends the connection")
  func rapidReset() {
    var peer = RawPeer(bytewise: false)
    for stream in 0..<201 {
      peer.open(UInt32(stream * 2 + 1))
      peer.send(.resetStream, 0, UInt32(stream * 2 + 1), [0, 0, 0, 8])
    }
    #expect(peer.server.events.last == "connection ENHANCE_YOUR_CALM")
    let value13 = peer.server.connection.activeStreams
    #expect(value13 <= 1)
  }

  @Test("§10.5.1 A header block of too many frames, and one that is too large")
  func headerLimits() {
    var peer = RawPeer(bytewise: false)
    peer.send(.headers, 0, 1, Self.get)
    for _ in 0..<9 { peer.send(.continuation, 0, 1, []) }
    #expect(peer.server.events == ["connection ENHANCE_YOUR_CALM"])
    var other = RawPeer(bytewise: false)
    // A literal of 9,000 bytes, twice: 16 KiB are not enough.
    let literal: [UInt8] = [0, 1, 0x78, 0x7F, 0xA9, 0x45] + [UInt8](repeating: 0x61, count: 9_000)
    other.send(.headers, 1, 1, Self.get + literal)
    other.send(.continuation, 4, 1, literal)
    #expect(other.server.events == ["too large 1"])
  }
}
