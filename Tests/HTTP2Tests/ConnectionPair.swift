import HPACK
import TestSupport

@testable import HTTP2

/// An end of a connection in memory, with everything that came out of it written down.
struct End: ~Copyable {
  var connection: HTTP2Connection
  var events: [String] = []
  var received: [UInt8] = []
  /// Bytes are fed one at a time instead of all at once.
  var bytewise = false

  init(_ role: HTTP2Connection.Role, _ configuration: HTTP2Configuration = HTTP2Configuration()) {
    connection = HTTP2Connection(role: role, configuration: configuration)
  }

  /// Feeds bytes and writes down the events.
  mutating func feed(_ bytes: [UInt8], now: UInt64 = 0) {
    if bytewise {
      for byte in bytes { feedWhole([byte], now) }
    } else {
      feedWhole(bytes, now)
    }
  }

  private var rest: [UInt8] = []

  private mutating func feedWhole(_ bytes: [UInt8], _ now: UInt64) {
    rest += bytes
    var offset = 0
    let input = rest
    input.withUnsafeBytes { input in
      while let event = connection.receive(input, offset: &offset, now: now) {
        note(event, input)
      }
    }
    if offset > 0 { rest.removeSubrange(..<offset) }
  }

  private mutating func note(_ event: HTTP2Event, _ input: UnsafeRawBufferPointer) {
    switch event {
    case .headers(let id, let kind, let end):
      events.append("\(kind) \(id)\(end ? " end" : "")")
    case .headersTooLarge(let id, _, _): events.append("too large \(id)")
    case .data(let id, let range, let end):
      received += input[range]
      events.append("data \(id) \(range.count)\(end ? " end" : "")")
    case .streamReset(let id, let code): events.append("reset \(id) \(code)")
    case .streamFailed(let id, let code, _): events.append("failed \(id) \(code)")
    case .streamUnprocessed(let id): events.append("unprocessed \(id)")
    case .streamWritable(let id): events.append("writable \(id)")
    case .goAway(let last, let code, _): events.append("goaway \(last) \(code)")
    case .connectionFailed(let code, _): events.append("connection \(code)")
    case .streamsAvailable, .settings, .settingsAcknowledged, .ping, .streamClosed: break
    case .pong(let value): events.append("pong \(value)")
    }
  }

  /// Takes what waits for the socket.
  mutating func takeOutput() -> [UInt8] {
    let bytes = connection.output.withUnsafeBytes { Array($0) }
    connection.output.consume(bytes.count)
    connection.outputDrained()
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    while let event = connection.nextEvent() { note(event, none) }
    return bytes
  }

  /// Takes the events so far.
  mutating func takeEvents() -> [String] {
    defer { events = [] }
    return events
  }
}

/// Both ends, joined.
struct ConnectionPair: ~Copyable {
  var client = End(.client)
  var server = End(.server)

  init(bytewise: Bool = false) {
    client.bytewise = bytewise
    server.bytewise = bytewise
    exchange()
  }

  /// Opens a stream of the client's, which must be possible.
  mutating func open() -> StreamID {
    guard let id = client.connection.openStream() else { preconditionFailure("no stream is free") }
    return id
  }

  /// Carries bytes to and fro until both are silent.
  mutating func exchange(now: UInt64 = 0) {
    while true {
      let up = client.takeOutput()
      if !up.isEmpty { server.feed(up, now: now) }
      let down = server.takeOutput()
      if !down.isEmpty { client.feed(down, now: now) }
      if up.isEmpty && down.isEmpty { return }
    }
  }
}

let request: HeaderList = [
  ":method": "POST", ":scheme": "http", ":path": "/a/b", ":authority": "localhost",
]
let response: HeaderList = [":status": "200"]

extension HTTP2Connection {
  func sendData(_ bytes: [UInt8], on id: StreamID) {
    sendData(bytes, on: id, endStream: false)
  }
}
