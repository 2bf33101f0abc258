import HPACK
import Testing

@testable import HTTP2

/// What the tables of rules cannot show: bytes of answers, and credit that comes back.
@Suite("RFC 9113, what an end answers")
struct AnswerTests {
  static let roles: [HTTP2Connection.Role] = [.server, .client]

  @Test("§6.7 The answer to a PING holds the same eight bytes", arguments: roles, [false, true])
  func ping(role: HTTP2Connection.Role, bytewise: Bool) {
    var peer = RawPeer(role, bytewise: bytewise)
    peer.send(.ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])
    let sent = peer.end.takeOutput()
    #expect(sent == RawPeer.frame(.ping, 1, 0, [1, 2, 3, 4, 5, 6, 7, 8]))
  }

  @Test(
    "§4.3.1 After a smaller HEADER_TABLE_SIZE our next block begins with the update",
    arguments: roles,
    [false, true]
  )
  func tableSize(role: HTTP2Connection.Role, bytewise: Bool) {
    var peer = RawPeer(role, bytewise: bytewise)
    peer.send(.settings, 0, 0, [0, 1, 0, 0, 0, 100, 0, 1, 0, 0, 0, 50])
    peer.send(.settings, 0, 0, [0, 1, 0, 0, 0, 70])
    _ = peer.end.takeOutput()
    let stream: StreamID
    if role == .server {
      peer.open(1, end: true)
      stream = StreamID(1)
      peer.end.connection.sendHeaders(response, on: stream, endStream: true)
    } else {
      stream = peer.request()
    }
    let block = peer.end.takeOutput().dropFirst(FrameHeader.size)
    // The smallest size that it has been, 50, and the one that it has now, 70 (RFC 7541 §4.2).
    #expect(block.prefix(4) == [0x3F, 50 - 31, 0x3F, 70 - 31])
  }

  @Test(
    "§6.9 What no consumer will ever see is given back to the connection's window",
    arguments: roles,
    [false, true]
  )
  func discarded(role: HTTP2Connection.Role, bytewise: Bool) {
    var peer = RawPeer(role, bytewise: bytewise, ConductRules.narrow)
    let body = [UInt8](repeating: 0, count: 16_384)
    if role == .client { _ = peer.request() } else { peer.open(1) }
    peer.end.connection.reset(StreamID(1), .cancel)
    _ = peer.sent()
    for _ in 0..<20 { peer.send(.data, 0, 1, body) }
    let credits = peer.sent()
    #expect(credits == [String](repeating: "WINDOW_UPDATE 0 32768", count: 10))
  }

  @Test(
    "§6.9.1 Both windows are credited when the application consumes, padding at once",
    arguments: roles,
    [false, true]
  )
  func consumed(role: HTTP2Connection.Role, bytewise: Bool) {
    var peer = RawPeer(role, bytewise: bytewise, ConductRules.narrow)
    if role == .client {
      _ = peer.request()
      peer.send(.headers, 4, 1, RawPeer.ok)
    } else {
      peer.open(1)
    }
    _ = peer.sent()
    // 256 bytes of padding to each byte of data: more than half of the window.
    let padded: [UInt8] = [255, 7] + [UInt8](repeating: 0, count: 255)
    for _ in 0..<128 { peer.send(.data, FrameFlags.padded, 1, padded) }
    #expect(peer.sent() == ["WINDOW_UPDATE 1 32768", "WINDOW_UPDATE 0 32768"])
    peer.send(.data, 0, 1, [UInt8](repeating: 7, count: 16_384))
    peer.send(.data, 0, 1, [UInt8](repeating: 7, count: 16_384))
    #expect(peer.sent() == [])
    peer.end.connection.consumed(32_896, on: StreamID(1))
    #expect(peer.sent() == ["WINDOW_UPDATE 1 32896", "WINDOW_UPDATE 0 32896"])
  }
}
