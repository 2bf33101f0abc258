import HPACK
import HTTP2
import Sockets
import Synchronization

@testable import Transport

/// What a test's server has heard and said.
final class TestServer: ServerConnectionDelegate {
  private struct State {
    var opened = 0
    var ended: [String] = []
    var log: [String] = []
    var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
  }

  private let state = Mutex(State())

  /// How many requests have come.
  var opened: Int { state.withLock { $0.opened } }
  /// How streams have ended.
  var ended: [String] { state.withLock { $0.ended } }
  /// What the log has been told.
  var log: [String] { state.withLock { $0.log } }

  /// Waits until so many requests have come.
  func waitForRequests(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.opened < count { state.waiting = (count, continuation) }
        return state.opened >= count
      }
      if isThere { continuation.resume() }
    }
  }

  fileprivate func note(ending: String) { state.withLock { $0.ended.append(ending) } }

  func connectionOpened(_ connection: ServerConnection) {}
  func connectionClosed(_ connection: ServerConnection) {}

  func connection(
    _ connection: ServerConnection,
    opened id: StreamID,
    isComplete: Bool,
    endStream: Bool
  ) -> (any StreamConsumer)? {
    let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.opened += 1
      guard let waiting = state.waiting, state.opened >= waiting.count else { return nil }
      state.waiting = nil
      return waiting.continuation
    }
    waiting?.resume()
    let path = connection.headers.first(":path") ?? ""
    if path == "/" || path == "/large" {
      connection.sendHeaders([":status": "200"], on: id, endStream: false)
      let body = [UInt8](repeating: 1, count: path == "/" ? 3 : 1_000_000)
      body.withUnsafeBytes { connection.sendData($0, on: id, endStream: true) }
    }
    return TestExchange(self, connection, id)
  }

  func connection(_ connection: ServerConnection, mustEndCalls reason: String) {
    for exchange in (connection.attachment as? TestExchanges)?.all ?? [] { exchange.answer(reason) }
  }

  /// Listens on a free port.
  func listen(
    _ change: (inout TransportConfiguration) -> Void = { _ in }
  ) throws -> Listener {
    var configuration = TransportConfiguration()
    // The tests run beside others on few processors: nothing may depend on how soon one goes on.
    configuration.handshakeTimeout = .seconds(600)
    configuration.log = { line in self.state.withLock { $0.log.append(line) } }
    change(&configuration)
    let address: SocketAddress = .ipv4(bytes: [127, 0, 0, 1], port: 0)
    return try Listener.listen(on: address, configuration: configuration, delegate: self)
  }
}

/// The requests of one connection.
private final class TestExchanges { var all: [TestExchange] = [] }

/// One request of a test's.
final class TestExchange: StreamConsumer {
  private let server: TestServer
  private unowned let connection: ServerConnection
  private let id: StreamID

  init(_ server: TestServer, _ connection: ServerConnection, _ id: StreamID) {
    self.server = server
    self.connection = connection
    self.id = id
    let exchanges = connection.attachment as? TestExchanges ?? TestExchanges()
    exchanges.all.append(self)
    connection.attachment = exchanges
  }

  func answer(_ reason: String) {
    connection.sendHeaders([":status": "503", "reason": reason], on: id, endStream: true)
  }

  func receiveHeaders(_ headers: HeaderList, kind: HTTP2Event.HeadersKind, endStream: Bool) {}
  func receiveData(_ bytes: UnsafeRawBufferPointer, endStream: Bool) {
    connection.consumed(bytes.count, on: id)
  }
  func receiveTrailers(_ headers: HeaderList) {}
  func receiveOversizedHeaders() {}
  func becameWritable() {}
  func streamEnded(_ reason: StreamEnd) {
    server.note(ending: "\(reason)")
  }
}
