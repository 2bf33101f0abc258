import HPACK
import TestSupport
import Testing

@testable import HTTP2

@Suite("RFC 9113, what a client must refuse and what it must take")
struct ClientTests {
  typealias Case = (
    rule: String, frames: [(FrameType, UInt8, UInt32, [UInt8])], outcome: String
  )

  static let ok = RawPeer.ok
  static let zeros4: [UInt8] = [0, 0, 0, 0]

  /// A literal without indexing.
  static func field(_ name: String, _ value: String) -> [UInt8] {
    [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
  }

  static let cases: [Case] = [
    ("§5.1 DATA on an idle stream", [(.data, 0, 3, [1])], "connection PROTOCOL_ERROR"),
    ("§5.1 HEADERS on an idle stream", [(.headers, 4, 3, ok)], "connection PROTOCOL_ERROR"),
    ("§5.1.1 HEADERS on a server's stream", [(.headers, 4, 2, ok)], "connection PROTOCOL_ERROR"),
    (
      "§5.1 DATA on a stream that both sides ended", [(.headers, 5, 1, ok), (.data, 0, 1, [1])],
      "connection STREAM_CLOSED"
    ),
    (
      "§6.4 RST_STREAM on an idle stream", [(.resetStream, 0, 3, zeros4)],
      "connection PROTOCOL_ERROR"
    ),
    (
      "§6.5.2 ENABLE_PUSH of 1", [(.settings, 0, 0, [0, 2, 0, 0, 0, 1])],
      "connection PROTOCOL_ERROR"
    ),
    ("§8.4 PUSH_PROMISE", [(.pushPromise, 4, 1, [0, 0, 0, 2])], "connection PROTOCOL_ERROR"),
    ("§6.9 WINDOW_UPDATE of zero", [(.windowUpdate, 0, 1, zeros4)], "failed 1 PROTOCOL_ERROR"),
    ("§8.1 DATA before HEADERS", [(.data, 0, 1, [1])], "failed 1 PROTOCOL_ERROR"),
    ("§8.3.2 no :status", [(.headers, 4, 1, field("x", "y"))], "failed 1 PROTOCOL_ERROR"),
    (
      "§8.3.2 :status of two digits", [(.headers, 4, 1, field(":status", "20"))],
      "failed 1 PROTOCOL_ERROR"
    ),
    ("§8.3 a request's pseudo-header", [(.headers, 4, 1, ok + [0x82])], "failed 1 PROTOCOL_ERROR"),
    ("§8.6 status 101", [(.headers, 4, 1, field(":status", "101"))], "failed 1 PROTOCOL_ERROR"),
    (
      "§8.2.2 connection", [(.headers, 4, 1, ok + field("connection", "x"))],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.1 an interim response that ends the stream", [(.headers, 5, 1, field(":status", "100"))],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.1.1 less than content-length", [(.headers, 5, 1, ok + field("content-length", "1"))],
      "failed 1 PROTOCOL_ERROR"
    ),
    (
      "§8.1.1 content-length of 304", [(.headers, 5, 1, [0x8B] + field("content-length", "1"))],
      "initial 1 end"
    ),
    (
      "§8.1 interim responses come first",
      [(.headers, 4, 1, field(":status", "100")), (.headers, 5, 1, ok)], "initial 1 end"
    ),
    (
      "§8.1 trailers with a pseudo-header", [(.headers, 4, 1, ok), (.headers, 5, 1, ok)],
      "failed 1 PROTOCOL_ERROR"
    ),
  ]

  @Test("Each has the outcome of its section", arguments: 0..<cases.count, [false, true])
  func outcome(number: Int, bytewise: Bool) {
    let (rule, frames, outcome) = Self.cases[number]
    var peer = RawPeer(.client, bytewise: bytewise)
    _ = peer.request()
    for (type, flags, stream, payload) in frames { peer.send(type, flags, stream, payload) }
    #expect(peer.end.events.last == outcome, "\(rule)")
  }

  @Test("§8.1.1 The response to HEAD has no content, whatever its content-length")
  func head() throws {
    var peer = RawPeer(.client)
    let id = peer.end.connection.openStream() ?? .connection
    let head: HeaderList = [":method": "HEAD", ":scheme": "http", ":path": "/"]
    peer.end.connection.sendHeaders(head, on: id, endStream: true)
    peer.send(.headers, 5, id.rawValue, Self.ok + Self.field("content-length", "9"))
    #expect(peer.end.events == ["initial 1 end"])
  }

  @Test("§10.5 A server that sends interim responses without end is calmed")
  func endlessInterim() {
    var peer = RawPeer(.client)
    _ = peer.request()
    for _ in 0..<1_001 { peer.send(.headers, 4, 1, Self.field(":status", "103")) }
    #expect(peer.end.events.last == "connection ENHANCE_YOUR_CALM")
  }

  @Test("§6.8 A second GOAWAY that names more streams brings none back")
  func growingGoAway() {
    var peer = RawPeer(.client)
    for _ in 0..<3 { _ = peer.request() }
    peer.send(.goAway, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0])
    peer.send(.goAway, 0, 0, [0, 0, 0, 5, 0, 0, 0, 0])
    #expect(
      peer.end.events == [
        "goaway 1 NO_ERROR", "unprocessed 3", "unprocessed 5", "goaway 5 NO_ERROR",
      ]
    )
    peer.send(.headers, 5, 1, Self.ok)
    #expect(peer.end.events.last == "initial 1 end")
  }
}
