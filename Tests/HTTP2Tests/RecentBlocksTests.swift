import HPACK
import TestSupport
import Testing

@testable import HTTP2

/// Header blocks that come again are neither decoded nor judged again: what that must not change.
@Suite("Header blocks that come again")
struct RecentBlocksTests {
  /// A request of a few kinds, of which some are malformed and some announce a length.
  private func request(_ kind: Int) -> HeaderList {
    var list: HeaderList = [":method": "POST", ":scheme": "http", ":path": "/\(kind % 7)"]
    if kind % 3 == 0 { list.append(name: "x-kind", value: "\(kind)") }
    if kind % 5 == 0 { list.append(name: "x-secret", value: "\(kind)", indexing: .neverIndexed) }
    if kind == 11 { list.append(name: "connection", value: "close") }
    if kind == 13 { list.append(name: "content-length", value: "1") }
    return list
  }

  @Test(
    "The same fields arrive and the same faults are found, whatever came before",
    arguments: 1...8
  )
  func random(seed: UInt64) {
    var random = SplitMix64(state: seed)
    var pair = ConnectionPair()
    var versions: [Int: HeaderList] = [:]
    for step in 0..<400 {
      if step % 90 == 50 {
        // Another size of the table makes every index mean something else.
        let size = [0, 64, 200, 4096].randomElement(using: &random) ?? 0
        pair.client.connection.encoder.setMaximumTableSize(size)
      }
      let kind = Int.random(in: 0..<16, using: &random)
      let list = request(kind)
      let id = pair.open()
      pair.client.connection.sendHeaders(list, on: id, endStream: kind != 13)
      pair.exchange(now: UInt64(step) * 1_000_000_000)
      let events = pair.server.takeEvents()
      if kind == 11 {
        #expect(events == ["failed \(id) PROTOCOL_ERROR"])
        continue
      }
      #expect(events == ["initial \(id)\(kind == 13 ? "" : " end")"])
      #expect(pair.server.connection.headers == list)
      let version = pair.server.connection.headersVersion.list
      #expect(versions[version] == nil || versions[version] == list)
      versions[version] = list
      if kind == 13 {
        pair.client.connection.sendData([1, 2], on: id)
        pair.exchange(now: UInt64(step) * 1_000_000_000)
        let late = pair.server.takeEvents()
        #expect(late == ["failed \(id) PROTOCOL_ERROR"])
      } else {
        pair.server.connection.sendHeaders([":status": "200"], on: id, endStream: true)
      }
    }
  }

  @Test("A request that comes a third time has the number that it had the second time")
  func version() {
    var pair = ConnectionPair()
    var versions: [HeadersVersion] = []
    for _ in 0..<3 {
      let id = pair.open()
      pair.client.connection.sendHeaders(request(1), on: id, endStream: true)
      pair.exchange()
      versions.append(pair.server.connection.headersVersion)
    }
    #expect(versions[0] != versions[1])
    #expect(versions[1] == versions[2])
  }

  @Test("Requests that differ in a last field of their own share the number of all others")
  func lastField() {
    var pair = ConnectionPair()
    var versions: [HeadersVersion] = []
    for number in 0..<4 {
      var list = request(1)
      list.append(name: "grpc-timeout", value: "\(number)S", indexing: .withoutIndexing)
      let id = pair.open()
      pair.client.connection.sendHeaders(list, on: id, endStream: true)
      pair.exchange()
      #expect(pair.server.takeEvents() == ["initial \(id) end"])
      #expect(pair.server.connection.headers == list)
      versions.append(pair.server.connection.headersVersion)
    }
    // The first one has filled the tables; each has a list of its own.
    #expect(versions[0].allButLastValue != versions[1].allButLastValue)
    #expect(Set(versions[1...].map(\.allButLastValue)).count == 1)
    #expect(Set(versions.map(\.list)).count == 4)
  }

  @Test(
    "A last field of another kind is judged as anywhere else (RFC 9113 §8)",
    arguments: [
      (":path", "/b", "failed"), ("connection", "close", "failed"), ("te", "gzip", "failed"),
      ("x", " blank", "failed"), ("X", "upper case", "failed"), ("te", "trailers", "initial"),
      ("content-length", "x", "failed"), ("content-length", "1", "initial"), ("y", "", "initial"),
    ]
  )
  func otherLastField(name: String, value: String, outcome: String) {
    var pair = ConnectionPair()
    let sound = ["te": "trailers", "content-length": "2", "x": "1", "y": "2"][name]
    let before = sound.map { [(name, $0), (name, $0)] } ?? []
    for last in [("x", "1"), ("x", "2")] + before + [(name, value), ("x", "4")] {
      var list = request(1)
      list.append(name: last.0, value: last.1, indexing: .withoutIndexing)
      let id = pair.open()
      pair.client.connection.sendHeaders(list, on: id, endStream: false)
      pair.exchange()
      let expected = last == (name, value) ? outcome : "initial"
      #expect(pair.server.takeEvents().map { $0.prefix(expected.count) } == [expected[...]])
      #expect(pair.server.connection.headers == list)
      guard expected == "initial" else { continue }
      // A length holds for this message, and for no later one.
      pair.client.connection.sendData([1, 2], on: id, endStream: true)
      pair.exchange()
      let isTooLong = last == ("content-length", "1")
      #expect(
        pair.server.takeEvents()
          == [isTooLong ? "failed \(id) PROTOCOL_ERROR" : "data \(id) 2 end"]
      )
    }
  }
}
