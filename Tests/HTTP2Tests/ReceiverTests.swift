import HPACK
import TestSupport
import Testing

@testable import HTTP2

@Suite("RFC 9113, what a receiver must refuse")
struct ReceiverTests {
  /// Frames after the preface and SETTINGS, in a small language: type, flags, stream, payload.
  typealias Case = (
    rule: String, frames: [(FrameType, UInt8, UInt32, [UInt8])], outcome: String
  )

  static let get = RawPeer.get
  /// `:method: CONNECT`.
  static let connect: [UInt8] = [0x02, 7] + Array("CONNECT".utf8)
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
      "§8.5 CONNECT with :path", [(.headers, 5, 1, connect + [0x84])], "failed 1 PROTOCOL_ERROR"
    ),
    ("§8.5 CONNECT without :authority", [(.headers, 5, 1, connect)], "failed 1 PROTOCOL_ERROR"),
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
    #expect(peer.end.events.last == outcome, "\(rule)")
  }

  @Test("What must be ignored is ignored", arguments: [false, true])
  func ignores(bytewise: Bool) {
    var peer = RawPeer(bytewise: bytewise)
    peer.end.feed([0, 0, 1, 0xEE, 0xFF, 0, 0, 0, 1, 7])  // §5.5 an unknown frame
    peer.send(.settings, 0, 0, [0xFE, 3, 0, 0, 0, 1])  // §6.5.2 an unknown setting
    peer.send(.priority, 0, 9, [0, 0, 0, 1, 0])  // §6.3 PRIORITY on an idle stream
    peer.open(1, end: true)
    #expect(peer.end.events == ["initial 1 end"])
  }

  @Test("§4.2 A frame larger than 16,384 bytes is a connection error")
  func frameSize() {
    var peer = RawPeer()
    peer.end.feed([0, 0x40, 1, 0, 0, 0, 0, 0, 1])
    #expect(peer.end.events == ["connection FRAME_SIZE_ERROR"])
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
    var peer = RawPeer()
    peer.open(1)
    peer.end.connection.reset(StreamID(1), .cancel)
    peer.send(.data, 0, 1, [1, 2])
    peer.send(.windowUpdate, 0, 1, [0, 0, 0, 1])
    peer.send(.headers, 5, 1, [0x90])
    peer.send(.resetStream, 0, 1, [0, 0, 0, 8])
    #expect(peer.end.events == ["initial 1"])
  }

  @Test("§6.9.2 A smaller initial window makes windows negative, and the sender waits")
  func negativeWindow() {
    var peer = RawPeer()
    peer.open(1, end: true)
    peer.end.connection.sendHeaders(response, on: StreamID(1), endStream: false)
    peer.end.connection.sendData([UInt8](repeating: 7, count: 60_000), on: StreamID(1))
    _ = peer.end.takeOutput()
    peer.send(.settings, 0, 0, [0, 4, 0, 0, 0, 10])
    peer.end.connection.sendData([1], on: StreamID(1))
    let value11 = peer.end.connection.blocked(on: StreamID(1))
    #expect(value11 == .streamWindow)
    peer.send(.windowUpdate, 0, 1, [0, 0, 0xEA, 0x60])
    let value12 = peer.end.connection.blocked(on: StreamID(1))
    #expect(value12 == .none)
  }
}
