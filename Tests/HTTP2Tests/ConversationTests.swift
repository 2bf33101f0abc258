import HPACK
import TestSupport
import Testing

@testable import HTTP2

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
    "RFC 7541 §2.3.3 Blocks that begin alike mean what the table makes of them, whatever came between"
  )
  func headerBlocks() {
    var random = SplitMix64(state: 5)
    var pair = ConnectionPair()
    for _ in 0..<3_000 {
      let id = pair.open()
      var list: HeaderList = [
        ":method": "POST", ":scheme": "http", ":path": ["/a", "/b"].randomElement(using: &random)!,
        ":authority": "localhost", "te": "trailers", "content-type": "application/grpc",
      ]
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        list.append(
          name: ["grpc-timeout", "x-y", "user-agent"].randomElement(using: &random)!,
          value: "\(Int.random(in: 0...3, using: &random))",
          indexing: [.indexed, .withoutIndexing, .neverIndexed].randomElement(using: &random)!
        )
      }
      pair.client.connection.sendHeaders(list, on: id, endStream: true)
      pair.exchange()
      let received = pair.server.connection.headers
      #expect(received == list)
      pair.server.connection.sendHeaders(response, on: id, endStream: true)
      pair.exchange()
    }
  }

  @Test(
    "§6.9 A body larger than every window arrives whole once the reader consumes",
    arguments: [false, true]
  )
  func flowControl(bytewise: Bool) throws {
    var pair = ConnectionPair(bytewise: bytewise)
    let id = pair.open()
    pair.client.connection.sendHeaders(request, on: id, endStream: false)
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
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
