internal import HPACK
internal import HTTP2
internal import Sockets
internal import Transport

/// Gives each connection of a server its calls.
final class ServerConnections: ServerConnectionDelegate {
  private let core: ServerCore
  /// The tasks that run methods, for each loop.
  private let pools: [ObjectIdentifier: LoopConfined<HandlerPool>]

  init(_ core: ServerCore, _ group: EventLoopGroup) {
    self.core = core
    pools = Dictionary(
      uniqueKeysWithValues: group.loops.map { loop in
        (ObjectIdentifier(loop), LoopConfined(HandlerPool(loop: loop), to: loop))
      }
    )
  }

  func connectionOpened(_ connection: ServerConnection) {
    guard let pool = pools[ObjectIdentifier(connection.loop)] else { return }
    let facts = ConnectionFacts(
      server: core,
      loop: connection.loop,
      local: connection.local,
      peer: connection.peer
    )
    connection.attachment = ConnectionCalls(
      facts: facts,
      sender: connection,
      pool: pool.wrapped
    )
  }

  func connection(
    _ connection: ServerConnection,
    opened id: StreamID,
    isComplete: Bool,
    endStream: Bool
  ) -> (any StreamConsumer)? {
    guard let calls = connection.attachment as? ConnectionCalls else { return nil }
    guard isComplete else {
      calls.refuseOversizedHeaders(id, endStream: endStream)
      return nil
    }
    return calls.open(
      id,
      headers: { connection.headers },
      version: connection.headersVersion,
      endStream: endStream
    )
  }

  func connection(_ connection: ServerConnection, mustEndCalls reason: String) {
    (connection.attachment as? ConnectionCalls)?.endAll(Status(.unavailable, reason))
  }

  func connectionClosed(_ connection: ServerConnection) {
    (connection.attachment as? ConnectionCalls)?.connectionClosed()
    connection.attachment = nil
  }
}

extension ConnectionCalls {
  /// RFC 9113 §10.5.1 suggests HTTP status 431; a gRPC client reads `grpc-status` beside it.
  func refuseOversizedHeaders(_ id: StreamID, endStream: Bool) {
    let status = Status(
      .resourceExhausted,
      "the request's headers exceed this server's maxHeaderListSize; send less metadata"
    )
    let response = facts.server.responseHeaders.trailersOnly(status, [:], httpStatus: "431")
    sender.sendHeaders(response, on: id, endStream: true)
    if !endStream { sender.resetWhenSent(id) }
  }
}

/// Transport's connection has most of what calls want.
extension ServerConnection: StreamSender {
  func sendData(_ bytes: UnsafeRawBufferPointer, on stream: StreamID) {
    sendData(bytes, on: stream, endStream: false)
  }

  func sendData(_ bytes: [UInt8], on stream: StreamID) {
    sendData(bytes, on: stream, endStream: false)
  }

  func blockedOn(_ stream: StreamID) -> WriteSuspension? {
    WriteSuspension(blocked(on: stream))
  }

  var maxHeaderListSize: Int { peerMaxHeaderListSize }
}

/// A call is what Transport attaches to its stream.
extension ServerStream: StreamConsumer {
  func receiveHeaders(_ headers: HeaderList, kind: HTTP2Event.HeadersKind, endStream: Bool) {}
  func receiveOversizedHeaders() { endRequests() }
  func receiveTrailers(_ headers: HeaderList) { endRequests() }

  func streamEnded(_ reason: StreamEnd) {
    switch reason {
    case .completed: streamEnded(RPCError(.cancelled, "the call is over"))
    case .resetByPeer(let code):
      streamEnded(RPCError(.cancelled, "the client ended the call (\(code))"))
    case .violation(_, let text):
      streamEnded(RPCError(.internal, "the client broke a rule of HTTP/2: \(text)"))
    case .unprocessed(let why): streamEnded(RPCError(.unavailable, why))
    case .connectionLost(let error):
      streamEnded(RPCError(.cancelled, "the connection was lost: \(error)"))
    }
  }
}

/// Where a server listens.
enum ListeningAddress {
  /// The first address that a text stands for.
  static func resolve(_ text: String) async throws -> SocketAddress {
    if text.hasPrefix("unix:") { return .unix(path: String(text.dropFirst(5))) }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else {
      throw SocketError(
        .invalidAddress,
        "cannot listen on '\(text)': write host:port, [::1]:port or unix:path"
      )
    }
    var host = String(text[..<colon])
    if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard let address = try await SocketAddress.resolve(host, port: port).first else {
      throw SocketError(.nameNotFound, "cannot find an address of \(host)")
    }
    return address
  }
}
