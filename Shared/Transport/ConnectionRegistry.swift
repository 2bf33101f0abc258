internal import Synchronization
internal import Sockets

/// The connections of a listener, each of which lives on its own loop.
final class ConnectionRegistry: Sendable {
  private struct State {
    var connections: [Int: LoopConfined<ServerConnection>] = [:]
    var isDraining = false
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let group: EventLoopGroup
  private let configuration: TransportConfiguration
  private let delegate: any ServerConnectionDelegate
  private let state = Mutex(State())

  init(
    group: EventLoopGroup,
    _ configuration: TransportConfiguration,
    _ delegate: any ServerConnectionDelegate
  ) {
    self.group = group
    self.configuration = configuration
    self.delegate = delegate
  }

  /// Gives an accepted socket to the next loop.
  func adopt(_ socket: Socket, _ peer: SocketAddress) {
    let loop = group.nextLoop()
    let parcel = LoopConfined(socket, to: loop)
    loop.execute { [self] in
      let connection = ServerConnection(
        parcel.wrapped,
        peer: peer,
        loop: loop,
        configuration: configuration,
        delegate: delegate
      ) { [self] id in remove(id) }
      let isDraining = state.withLock { state in
        state.connections[connection.id] = LoopConfined(connection, to: loop)
        return state.isDraining
      }
      connection.start()
      if isDraining { connection.closeGracefully() }
    }
  }

  private func remove(_ id: Int) {
    let waiting = state.withLock { state in
      state.connections[id] = nil
      guard state.connections.isEmpty, state.isDraining else {
        return [] as [CheckedContinuation<Void, Never>]
      }
      defer { state.whenEmpty = [] }
      return state.whenEmpty
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Ends all connections: those with open streams after a time at the latest.
  func drain(grace: Duration) async {
    let connections = state.withLock { state in
      state.isDraining = true
      return Array(state.connections.values)
    }
    for connection in connections {
      connection.loop.execute { connection.wrapped.closeGracefully() }
    }
    let deadline = Task {
      try await Task.sleep(for: grace)
      for connection in state.withLock({ Array($0.connections.values) }) {
        connection.loop.execute { connection.wrapped.close("the server is shutting down") }
      }
    }
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        if !state.connections.isEmpty { state.whenEmpty.append(continuation) }
        return state.connections.isEmpty
      }
      if isEmpty { continuation.resume() }
    }
    deadline.cancel()
  }
}

/// What accepts.
///
/// On the listener's loop.
final class ListenerState: ReadinessDelegate {
  let registry: ConnectionRegistry
  private let socket: Socket
  private let loop: EventLoop
  private var registration: Registration?

  init(_ socket: Socket, _ registry: ConnectionRegistry, _ loop: EventLoop) {
    self.socket = socket
    self.registry = registry
    self.loop = loop
  }

  func start() {
    registration = loop.register(socket.descriptor, self)
    becameReadable()
  }

  func stop() {
    guard let registration else { return }
    loop.deregister(registration)
    self.registration = nil
    socket.close()
  }

  func becameReadable() {
    while registration != nil {
      do {
        guard let (accepted, peer) = try socket.accept() else { return }
        registry.adopt(accepted, peer)
      } catch {
        // No descriptor is left: those that are open go on, and we look again in a moment.
        loop.schedule(after: 50_000_000) { [weak self] in self?.becameReadable() }
        return
      }
    }
  }

  func becameWritable() {}
}
