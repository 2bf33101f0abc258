import HPACK
import HTTP2
import Sockets
import Transport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A plain HTTP/2 server on Transport alone, so that general HTTP/2 tools examine the code that gRPC uses.
///
/// Any GET or POST gets 200 and 200 KB, `/404` a 404, and `/headers` the request's own fields back.
@main
struct Main {
  static func main() async {
    guard CommandLine.arguments.count == 2, let port = UInt16(CommandLine.arguments[1]),
      let address = SocketAddress(numericHost: "127.0.0.1", port: port)
    else {
      say("usage: h2-server PORT", to: STDERR_FILENO)
      exit(2)
    }
    let signals = SignalWatcher(signals: [SIGINT, SIGTERM])
    do {
      var configuration = TransportConfiguration()
      // What gRPC asks of its clients' pings is no rule of HTTP/2.
      configuration.enforcesPingPolicy = false
      configuration.log = { say($0, to: STDERR_FILENO) }
      let listener = try Listener.listen(
        on: address,
        configuration: configuration,
        delegate: PlainServer()
      )
      say("listening on \(listener.localAddress)", to: STDOUT_FILENO)
      for await _ in signals { break }
      await listener.drain(grace: .seconds(1))
    } catch {
      say("\(error)", to: STDERR_FILENO)
      exit(1)
    }
  }
}

/// Writes one line at once.
private func say(_ line: String, to descriptor: Int32) {
  _ = (line + "\n").utf8.withContiguousStorageIfAvailable {
    write(descriptor, $0.baseAddress, $0.count)
  }
}

/// Answers every request as soon as it is complete.
final class PlainServer: ServerConnectionDelegate {
  static let body = [UInt8](repeating: UInt8(ascii: "x"), count: 200_000)

  func connectionOpened(_ connection: ServerConnection) {}
  func connectionClosed(_ connection: ServerConnection) {}

  func connection(
    _ connection: ServerConnection,
    opened id: StreamID,
    isComplete: Bool,
    endStream: Bool
  ) -> (any StreamConsumer)? {
    let headers = connection.headers
    let path = headers.firstIndex(of: .path).map(headers.value) ?? ""
    let exchange = Exchange(
      connection,
      id,
      status: !isComplete ? "431" : path == "/404" ? "404" : "200",
      fields: path == "/headers" ? headers.regularFields : nil
    )
    if endStream { exchange.answer() }
    return exchange
  }
}

/// One request and its response.
final class Exchange: StreamConsumer {
  private unowned let connection: ServerConnection
  private let id: StreamID
  private let status: String

  /// What is sent back in place of a body.
  private let fields: HeaderList?

  init(_ connection: ServerConnection, _ id: StreamID, status: String, fields: HeaderList?) {
    self.connection = connection
    self.id = id
    self.status = status
    self.fields = fields
  }

  func answer() {
    if let fields {
      var headers: HeaderList = [":status": status]
      for index in 0..<fields.count {
        headers.append(name: fields.name(index), value: fields.value(index))
      }
      return connection.sendHeaders(headers, on: id, endStream: true)
    }
    let body = status == "200" ? PlainServer.body : []
    let headers: HeaderList = [
      ":status": status, "content-type": "text/plain", "content-length": String(body.count),
    ]
    connection.sendHeaders(headers, on: id, endStream: body.isEmpty)
    guard !body.isEmpty else { return }
    connection.sendData(body, on: id, endStream: true)
  }

  func receiveHeaders(_ headers: HeaderList, kind: HTTP2Event.HeadersKind, endStream: Bool) {}
  func receiveOversizedHeaders() {}
  func becameWritable() {}
  func streamEnded(_ reason: StreamEnd) {}

  func receiveData(_ bytes: UnsafeRawBufferPointer, endStream: Bool) {
    connection.consumed(bytes.count, on: id)
    if endStream { answer() }
  }

  func receiveTrailers(_ headers: HeaderList) { answer() }
}

extension HeaderList {
  /// The fields without the pseudo-headers.
  fileprivate var regularFields: HeaderList {
    var fields = HeaderList()
    for index in 0..<count where !token(index).isPseudoHeader {
      fields.append(name: name(index), value: value(index))
    }
    return fields
  }
}
