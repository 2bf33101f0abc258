import HPACK
import TestSupport
import Testing

@testable import HTTP2

@Suite("RFC 9113 §10.5, what is abuse and what is not")
struct AbuseTests {
  @Test("A client that cancels 250 calls at once, again and again, is honest")
  func honestCancels() {
    var peer = RawPeer()
    for round in 0..<40 {
      let streams = (0..<250).map { UInt32(round * 250 + $0) * 2 + 1 }
      for stream in streams { peer.open(stream) }
      peer.now += 1_000
      for stream in streams { peer.send(.resetStream, 0, stream, [0, 0, 0, 8]) }
      _ = peer.end.takeEvents()
    }
    let hasFailed = peer.end.connection.hasFailed
    #expect(!hasFailed)
  }

  @Test("A client that cancels one call for each one that it lets finish is honest, however fast")
  func cancelsAmongCalls() {
    var peer = RawPeer()
    for pair in 0..<2_000 {
      let stream = UInt32(pair) * 4 + 1
      peer.open(stream, end: true)
      peer.end.connection.sendHeaders(response, on: StreamID(stream), endStream: true)
      peer.open(stream + 2)
      peer.send(.resetStream, 0, stream + 2, [0, 0, 0, 8])
      _ = peer.end.takeOutput()
    }
    let hasFailed = peer.end.connection.hasFailed
    #expect(!hasFailed)
  }

  @Test("CVE-2025-8671 Resets that a client provokes are counted, whatever provokes them")
  func provokedResets() {
    let provocations: [(FrameType, UInt8, [UInt8])] = [
      (.windowUpdate, 0, [0, 0, 0, 0]), (.windowUpdate, 0, [0x7F, 0xFF, 0xFF, 0xFF]),
      (.headers, 4, RawPeer.get), (.headers, 5, [0x80 | 4]), (.priority, 0, [0, 0, 0]),
    ]
    for (type, flags, payload) in provocations {
      var peer = RawPeer()
      for number in 0..<201 {
        peer.open(UInt32(number) * 2 + 1)
        peer.send(type, flags, UInt32(number) * 2 + 1, payload)
      }
      #expect(peer.end.events.last == "connection ENHANCE_YOUR_CALM", "\(type)")
    }
  }

  @Test("A frame full of INITIAL_WINDOW_SIZE costs one look at the streams, not thousands")
  func settingsBomb() {
    var peer = RawPeer()
    for number in 0..<256 { peer.open(UInt32(number) * 2 + 1) }
    var values: [UInt8] = []
    for number in 0..<2_700 { values += [0, 4, 0, 0, 0, UInt8(number % 251)] }
    for _ in 0..<50 { peer.send(.settings, 0, 0, values) }
    let hasFailed = peer.end.connection.hasFailed
    #expect(!hasFailed)
  }
}
