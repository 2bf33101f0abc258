import HPACK
import HTTP2

/// The frame parser and the connection machine, in the role that the first byte names, fed in pieces, with an
/// application above it that answers, consumes and resets as further bytes of the input say.
enum Target: FuzzTarget {
  static func seeds() -> [[UInt8]] {
    var client = HTTP2Connection(role: .client)
    var server = HTTP2Connection(role: .server)
    var conversation: (toServer: [UInt8], toClient: [UInt8]) = ([], [])
    var seeds: [[UInt8]] = []
    for round in 0..<6 {
      if let id = client.openStream() {
        let head: HeaderList = [
          ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "localhost",
          "te": "trailers", "content-type": "application/grpc",
        ]
        client.sendHeaders(head, on: id, endStream: round == 3)
        let bytes = [UInt8](repeating: UInt8(round), count: 100 * round)
        bytes.withUnsafeBytes { client.sendData($0, on: id, endStream: round % 2 == 0) }
        if round == 4 { client.reset(id, .cancel) }
      }
      client.ping(UInt64(round))
      let sent = take(&client)
      conversation.toServer += sent
      feed(sent[...], to: &server)
      if round == 5 { server.beginGracefulShutdown(ping: 7) }
      conversation.toClient += take(&server)
      seeds.append([0, 255, 3] + conversation.toServer)
      seeds.append([1, 255, 3] + conversation.toClient)
    }
    return seeds
  }

  private static func take(_ connection: inout HTTP2Connection) -> [UInt8] {
    let bytes = connection.output.withUnsafeBytes { [UInt8]($0) }
    drain(&connection)
    return bytes
  }

  private static func drain(_ connection: inout HTTP2Connection) {
    connection.output.consume(connection.output.count)
    connection.outputDrained()
  }

  private static func feed(
    _ bytes: ArraySlice<UInt8>,
    to connection: inout HTTP2Connection
  ) {
    var offset = 0
    bytes.withUnsafeBytes { buffer in
      while let event = connection.receive(buffer, offset: &offset, now: 0) {
        if case .headers(let id, .initial, _) = event {
          connection.sendHeaders([":status": "200"], on: id, endStream: false)
          connection.sendTrailers(["grpc-status": "0"], on: id)
        }
      }
    }
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard input.count > 3 else { return }
    let isClient = input[0] & 1 == 1
    var connection = HTTP2Connection(role: isClient ? .client : .server)
    if isClient {
      for _ in 0..<4 {
        guard let id = connection.openStream() else { break }
        connection.sendHeaders(
          [":method": "POST", ":scheme": "http", ":path": "/", ":authority": "a"],
          on: id,
          endStream: false
        )
      }
    }
    let step = Int(input[1]) + 1
    var choices = input[2]
    var pending: [UInt8] = []
    var now: UInt64 = 0
    var position = 3
    while position < input.count {
      let end = min(position + step, input.count)
      pending += input[position..<end]
      position = end
      now += 1_000_000
      var offset = 0
      pending.withUnsafeBytes { buffer in
        while let event = connection.receive(buffer, offset: &offset, now: now) {
          choices = choices &* 5 &+ 1
          use(event, buffer, choices, &connection)
        }
      }
      precondition(offset <= pending.count, "more was consumed than came")
      pending.removeFirst(offset)
      precondition(connection.output.count < 64 << 20, "the output grows without bound")
      if choices & 3 != 0 {
        drain(&connection)
      }
      precondition(connection.activeStreams <= 2 * connection.configuration.maxConcurrentStreams)
    }
  }

  /// What an application does with an event.
  private static func use(
    _ event: HTTP2Event,
    _ buffer: UnsafeRawBufferPointer,
    _ choices: UInt8,
    _ connection: inout HTTP2Connection
  ) {
    switch event {
    case .headers(let id, _, _), .headersTooLarge(let id, _, _):
      _ = connection.headers.description
      guard connection.role == .server else { return }
      connection.sendHeaders([":status": "200"], on: id, endStream: choices & 7 == 0)
      if choices & 8 == 0 { connection.sendTrailers(["grpc-status": "0"], on: id) }
    case .data(let id, let range, _):
      let payload = UnsafeRawBufferPointer(rebasing: buffer[range])
      if choices & 1 == 0 { connection.sendData(payload, on: id, endStream: choices & 6 == 0) }
      connection.consumed(range.count, on: id)
      if choices & 31 == 0 { connection.reset(id, .cancel) }
    case .goAway(_, _, let debug):
      precondition(debug.upperBound <= buffer.count)
    case .streamsAvailable:
      if connection.role == .client { _ = connection.openStream() }
    case .settings:
      if choices & 15 == 0 { connection.beginGracefulShutdown(ping: 1) }
    default:
      break
    }
  }
}
