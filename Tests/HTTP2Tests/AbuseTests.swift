import HPACK
import TestSupport
import Testing

@testable import HTTP2

@Suite("RFC 9113 §10.5, what a peer must not be able to do")
struct AbuseTests {
  static let zeros4: [UInt8] = [0, 0, 0, 0]

  @Test("§10.5 Floods end the connection with ENHANCE_YOUR_CALM, and honest bursts pass")
  func floods() {
    let floods: [(FrameType, UInt8, UInt32, [UInt8])] = [
      (.ping, 0, 0, Self.zeros4 + Self.zeros4), (.settings, 0, 0, []),
      (.priority, 0, 9, [0, 0, 0, 1, 0]), (.windowUpdate, 0, 0, [0, 0, 0, 1]), (.data, 0, 1, []),
    ]
    for (type, flags, stream, payload) in floods {
      var peer = RawPeer()
      peer.open(1)
      for _ in 0..<500 { peer.send(type, flags, stream, payload) }
      #expect(peer.end.events == ["initial 1"], "\(type)")
      for _ in 0..<600 { peer.send(type, flags, stream, payload) }
      #expect(peer.end.events.last == "connection ENHANCE_YOUR_CALM", "\(type)")
    }
  }

  @Test("CVE-2023-44487 Opening streams and resetting them in the same breath ends the connection")
  func rapidReset() {
    var peer = RawPeer()
    for stream in 0..<1_001 {
      peer.open(UInt32(stream) * 2 + 1)
      peer.send(.resetStream, 0, UInt32(stream) * 2 + 1, [0, 0, 0, 8])
    }
    #expect(peer.end.events.last == "connection ENHANCE_YOUR_CALM")
    let active = peer.end.connection.activeStreams
    #expect(active <= 1)
  }

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

  @Test("§10.5.1 A header block of too many frames, and one that is too large")
  func headerLimits() {
    var peer = RawPeer()
    peer.send(.headers, 0, 1, RawPeer.get)
    for _ in 0..<9 { peer.send(.continuation, 0, 1, []) }
    #expect(peer.end.events == ["connection ENHANCE_YOUR_CALM"])
    var other = RawPeer()
    // A literal of 9,000 bytes, twice: 16 KiB are not enough.
    let literal: [UInt8] = [0, 1, 0x78, 0x7F, 0xA9, 0x45] + [UInt8](repeating: 0x61, count: 9_000)
    other.send(.headers, 1, 1, RawPeer.get + literal)
    other.send(.continuation, 4, 1, literal)
    #expect(other.end.events == ["too large 1"])
  }
}
