import HPACK
import TestSupport
import Testing

@testable import HTTP2

@Suite("RFC 9113 §6.5, settings on their way")
struct SettingsTests {
  static let body = [UInt8](repeating: 7, count: 16_384)

  /// Sends so many bytes on stream 1.
  private func sendBytes(_ count: Int, to peer: inout RawPeer) {
    var rest = count
    while rest > 0 {
      peer.send(.data, 0, 1, Array(Self.body.prefix(rest)))
      rest -= min(rest, Self.body.count)
    }
  }

  @Test("§6.9.2 Before our settings are acknowledged, a stream's window is 65,535 bytes")
  func largerWindow() {
    var configuration = HTTP2Configuration()
    configuration.streamWindow = 100_000
    var peer = RawPeer(.server, configuration, acknowledges: false)
    peer.open(1)
    sendBytes(65_535, to: &peer)
    peer.send(.data, 0, 1, [1])
    #expect(peer.end.events.last == "failed 1 FLOW_CONTROL_ERROR")
  }

  @Test("§6.9.2 The acknowledgement moves the windows of open streams")
  func acknowledged() {
    var configuration = HTTP2Configuration()
    configuration.streamWindow = 100_000
    var peer = RawPeer(.server, configuration, acknowledges: false)
    peer.open(1)
    sendBytes(65_535, to: &peer)
    peer.send(.settings, 1, 0)
    sendBytes(100_000 - 65_535, to: &peer)
    #expect(peer.end.received.count == 100_000)
    peer.send(.data, 0, 1, [1])
    #expect(peer.end.events.last == "failed 1 FLOW_CONTROL_ERROR")
  }

  @Test("§6.9.2 A smaller window is not enforced before the acknowledgement; it is negative then")
  func smallerWindow() {
    var configuration = HTTP2Configuration()
    configuration.streamWindow = 1_000
    var peer = RawPeer(.server, configuration, acknowledges: false)
    peer.open(1)
    sendBytes(60_000, to: &peer)
    peer.send(.settings, 1, 0)
    peer.send(.data, 0, 1)
    #expect(peer.end.received.count == 60_000)
    #expect(!peer.end.events.contains { $0.contains("failed") })
    // All of it used: the window opens again.
    peer.end.connection.consumed(60_000, on: StreamID(1))
    sendBytes(500, to: &peer)
    #expect(peer.end.received.count == 60_500)
    peer.open(3)
    peer.send(.data, 0, 3, Array(Self.body.prefix(1_001)))
    #expect(peer.end.events.last == "failed 3 FLOW_CONTROL_ERROR")
  }

  @Test(
    "§6.9.2 A larger initial window lets streams go on that had none",
    arguments: [false, true]
  )
  func windowFromSettings(bytewise: Bool) {
    var peer = RawPeer(.server, bytewise: bytewise, settings: [0, 4, 0, 0, 0, 0])
    peer.open(1, end: true)
    peer.end.connection.sendHeaders(response, on: StreamID(1), endStream: false)
    peer.end.connection.sendData([1, 2, 3], on: StreamID(1), endStream: true)
    #expect(peer.sent() == ["HEADERS 1"])
    peer.send(.settings, 0, 0, [0, 4, 0, 0, 0, 1])
    #expect(peer.sent() == ["SETTINGS ack", "DATA 1 1"])
    peer.send(.settings, 0, 0, [0, 4, 0, 0, 0, 9])
    #expect(peer.sent() == ["SETTINGS ack", "DATA 1 2 end"])
  }

  @Test("§6.9.1 An empty DATA frame with END_STREAM needs no window, a negative one included")
  func emptyEnd() {
    var peer = RawPeer()
    peer.open(1, end: true)
    peer.end.connection.sendHeaders(response, on: StreamID(1), endStream: false)
    peer.end.connection.sendData([1, 2, 3], on: StreamID(1))
    peer.send(.settings, 0, 0, [0, 4, 0, 0, 0, 0])
    _ = peer.sent()
    peer.end.connection.sendData([], on: StreamID(1), endStream: true)
    #expect(peer.sent() == ["DATA 1 0 end"])
  }

  @Test("§6.5.3 Of several values in one frame, the last one holds")
  func lastValue() {
    var peer = RawPeer()
    peer.open(1)
    let values: [UInt8] = [0, 4, 0, 0, 0, 1, 0, 4, 0x7F, 0xFF, 0xFF, 0xFF, 0, 4, 0, 0, 0, 2]
    peer.send(.settings, 0, 0, values)
    #expect(peer.sent() == ["SETTINGS ack"])
    let window = peer.end.connection.peerSettings.initialWindowSize
    #expect(window == 2)
  }

  @Test("§6.5.2 Before the server's settings a client counts on 100 concurrent streams, no more")
  func beforeSettings() {
    var client = End(.client)
    for _ in 0..<100 {
      let id = client.connection.openStream()
      #expect(id != nil)
    }
    let refused = client.connection.openStream()
    #expect(refused == nil)
    client.feed(RawPeer.frame(.settings, 0, 0, [0, 3, 0, 0, 0, 200]))
    for _ in 100..<200 {
      let id = client.connection.openStream()
      #expect(id != nil)
    }
    let last = client.connection.openStream()
    #expect(last == nil)
  }
}
