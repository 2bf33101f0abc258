internal import HTTP2
internal import Sockets
internal import Synchronization
internal import Transport

/// Watches all connections of the process, and shows or captures what goes over them.
///
/// When both ends of a connection are in this process, each byte passes twice: then the end that was there
/// first is shown, and the other one is not.
final class WireObserver: WireTap {
  private struct Connection {
    let role: HTTP2Connection.Role
    let local: SocketAddress
    let peer: SocketAddress
    /// As shown: 1 for the first.
    let number: Int
    var conversation = WireConversation()
  }

  private struct State {
    var connections: [Int: Connection] = [:]
    var count = 0
  }

  private let state = Mutex(State())
  private let renderer: WireRenderer?
  private let capture: CaptureFile?
  private let start = ContinuousClock.now

  init(renderer: WireRenderer?, capture: CaptureFile?) {
    self.renderer = renderer
    self.capture = capture
  }

  func connectionOpened(
    _ connection: Int,
    role: HTTP2Connection.Role,
    local: SocketAddress,
    peer: SocketAddress
  ) {
    state.withLock { state in
      let isOtherEnd = state.connections.values.contains { other in
        other.role != role && other.local == peer && other.peer == local
      }
      guard !isOtherEnd else { return }
      state.count += 1
      state.connections[connection] = Connection(
        role: role,
        local: local,
        peer: peer,
        number: state.count
      )
      let isClient = role == .client
      capture?.connectionOpened(
        connection,
        client: isClient ? local : peer,
        server: isClient ? peer : local
      )
      guard let renderer else { return }
      show(
        renderer.opened(
          client: "\(isClient ? local : peer)",
          server: "\(isClient ? peer : local)",
          number: state.count
        )
      )
    }
  }

  func bytes(_ connection: Int, _ direction: WireDirection, _ bytes: UnsafeRawBufferPointer) {
    let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
    state.withLock { state in
      guard let role = state.connections[connection]?.role else { return }
      let isFromClient = (direction == .sent) == (role == .client)
      capture?.write(connection, bytes, isFromClient: isFromClient, milliseconds: milliseconds)
      guard let renderer else { return }
      let number = state.connections[connection]?.number ?? 1
      let frames =
        state.connections[connection]?.conversation.take(bytes, isFromClient: isFromClient) ?? []
      // Whole frames only, in one write: other threads' lines do not come between them.
      show(
        frames.flatMap { renderer.lines($0, milliseconds: milliseconds, connection: number) }
      )
    }
  }

  func connectionClosed(_ connection: Int) {
    state.withLock { state in
      guard let closed = state.connections.removeValue(forKey: connection) else { return }
      capture?.connectionClosed(connection)
      if let renderer { show([renderer.closed(number: closed.number)]) }
    }
  }

  private func show(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    Terminal.narrate(lines.joined(separator: "\n"))
  }
}
