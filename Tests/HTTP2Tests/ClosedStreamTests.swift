import HPACK
import TestSupport
import Testing

@testable import HTTP2

@Suite("RFC 9113 §5.1, frames on streams that are over")
struct ClosedStreamTests {
  @Test("§5.1.2 What follows a refused stream is ignored", arguments: [false, true])
  func refused(bytewise: Bool) {
    var configuration = HTTP2Configuration()
    configuration.maxConcurrentStreams = 1
    var peer = RawPeer(.server, bytewise: bytewise, configuration)
    peer.open(1)
    peer.open(3)
    #expect(peer.sent() == ["RST_STREAM 3 REFUSED_STREAM"])
    peer.send(.data, 0, 3, [1, 2, 3])
    peer.send(.windowUpdate, 0, 3, [0, 0, 0, 1])
    peer.send(.headers, 5, 3, [0x90])
    peer.send(.resetStream, 0, 3, [0, 0, 0, 8])
    #expect(peer.end.events == ["initial 1"])
    #expect(peer.sent() == [])
  }

  @Test("§8.1.1 What follows a malformed request is ignored", arguments: [false, true])
  func malformed(bytewise: Bool) {
    var peer = RawPeer(bytewise: bytewise)
    peer.send(.headers, 4, 1, [0x82, 0x86])
    peer.send(.data, 0, 1, [1, 2, 3])
    peer.send(.headers, 5, 1, [0x90])
    #expect(peer.end.events == ["failed 1 PROTOCOL_ERROR"])
    #expect(peer.sent() == ["RST_STREAM 1 PROTOCOL_ERROR"])
  }

  @Test("§5.1 After both sides have ended a stream, DATA and HEADERS on it end the connection")
  func endedNormally() {
    for type in [FrameType.data, .headers] {
      var peer = RawPeer()
      peer.open(1, end: true)
      peer.end.connection.sendHeaders(response, on: StreamID(1), endStream: true)
      peer.send(type, 5, 1, RawPeer.get)
      #expect(peer.end.events.last == "connection STREAM_CLOSED")
    }
  }

  @Test("§5.1 After the peer's RST_STREAM, DATA and HEADERS on the stream are stream errors")
  func resetByPeer() {
    for type in [FrameType.data, .headers] {
      var peer = RawPeer()
      peer.open(1)
      peer.send(.resetStream, 0, 1, [0, 0, 0, 8])
      peer.send(type, 5, 1, RawPeer.get)
      peer.send(type, 5, 1, RawPeer.get)
      // The second one was on its way when we said so.
      #expect(peer.sent() == ["RST_STREAM 1 STREAM_CLOSED"])
    }
  }

  @Test("§5.1 WINDOW_UPDATE and RST_STREAM on a stream that is over are ignored")
  func lateControl() {
    var peer = RawPeer()
    peer.open(1, end: true)
    peer.end.connection.sendHeaders(response, on: StreamID(1), endStream: true)
    _ = peer.sent()
    peer.send(.windowUpdate, 0, 1, [0, 0, 0, 1])
    peer.send(.resetStream, 0, 1, [0, 0, 0, 8])
    #expect(peer.end.events == ["initial 1 end"])
    #expect(peer.sent() == [])
  }

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

  @Test("RFC 7540 §5.3.1 A self-dependency is seen through CONTINUATION", arguments: [false, true])
  func selfDependency(bytewise: Bool) {
    var peer = RawPeer(bytewise: bytewise)
    peer.send(.headers, 0x21, 1, [0, 0, 0, 1, 0, 0x82])
    peer.send(.continuation, 4, 1, [0x86, 0x84])
    #expect(peer.end.events == ["failed 1 PROTOCOL_ERROR"])
  }
}
