import HPACK
import TestSupport
import Testing

@testable import HTTP2

@Suite("RFC 9113 §5.1, frames on streams that are over")
struct ClosedStreamTests {
  @Test("§5.1 A stream that ended long ago: DATA is a stream error, HEADERS a connection error")
  func longAgo() {
    var peer = RawPeer()
    for number in 0..<2_000 {
      peer.open(UInt32(number) * 2 + 1, end: true)
      peer.end.connection.sendHeaders(
        response,
        on: StreamID(UInt32(number) * 2 + 1),
        endStream: true
      )
    }
    _ = peer.sent()
    peer.send(.data, 0, 1, [1])
    #expect(peer.sent() == ["RST_STREAM 1 STREAM_CLOSED"])
    peer.open(3)
    #expect(peer.end.events.last == "connection PROTOCOL_ERROR")
  }

  @Test("§5.1 A client that cancelled a thousand calls ignores the answers that were on their way")
  func manyCancelled() {
    var peer = RawPeer(.client)
    for _ in 0..<1_000 {
      let id = peer.request()
      peer.end.connection.reset(id, .cancel)
    }
    for number in 0..<1_000 {
      peer.send(.headers, 4, UInt32(number) * 2 + 1, RawPeer.ok)
      peer.send(.data, 1, UInt32(number) * 2 + 1, [1, 2])
    }
    #expect(peer.end.events == [])
  }

  @Test("§6.8 After GOAWAY, new streams are ignored whole, and the open ones go on")
  func afterGoAway() {
    var peer = RawPeer()
    peer.open(1)
    peer.end.connection.goAway(.noError, debug: "")
    _ = peer.sent()
    peer.open(3)
    peer.send(.data, 0, 3, [1, 2])
    peer.send(.windowUpdate, 0, 3, [0, 0, 0, 1])
    peer.send(.resetStream, 0, 3, [0, 0, 0, 8])
    peer.send(.data, 1, 1, [1])
    #expect(peer.end.events == ["initial 1", "data 1 1 end"])
    // A later GOAWAY never names a higher stream (§6.8).
    peer.send(.ping, 0, 0, [])
    #expect(peer.sent() == ["GOAWAY 1 FRAME_SIZE_ERROR"])
  }
}
