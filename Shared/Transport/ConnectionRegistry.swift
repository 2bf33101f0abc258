internal import Sockets
internal import Synchronization

/// The connections of a listener, each of which lives on its own loop.
final class ConnectionRegistry: Sendable {
  private struct State {
    var connections: [Int: LoopConfined<ServerConnection>] = [:]
    /// The connections, and the sockets that are on their way to their loops.
    var count = 0
    var isDraining = false
    /// Called when accepting may go on, after it had to pause.
    var onRoom: (@Sendable () -> Void)?
    var whenEmpty: [CheckedContinuation<Void, Never>] = []
  }

  private let group: EventLoopGroup
  private let configuration: TransportConfiguration
  private let delegate: any ServerConnectionDelegate
  private let limit: Int
  private let state = Mutex(State())

  init(
    group: EventLoopGroup,
    _ configuration: TransportConfiguration,
    _ delegate: any ServerConnectionDelegate
  ) {
    self.group = group
    self.delegate = delegate
    // Some descriptors are left for what the application does: files, and connections of its own.
    let descriptors = DescriptorLimit.raise()
    limit = max(1, min(configuration.maxConnections ?? .max, descriptors - 32))
    var configuration = configuration
    configuration.log = configuration.log.map { LogLimiter().limiting($0) }
    self.configuration = configuration
  }

  /// Whether there is room for one more connection; if not, `onRoom` is called when there is.
  func mayAccept(onRoom: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { state in
      guard state.count >= limit else { return true }
      state.onRoom = onRoom
      return false
    }
  }

  /// Gives an accepted socket to the next loop.
  func adopt(_ socket: Socket, _ peer: SocketAddress) {
    state.withLock { $0.count += 1 }
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
        if !state.isDraining {
          state.connections[connection.id] = LoopConfined(connection, to: loop)
        }
        return state.isDraining
      }
      // It came between the last look and the end of listening: its client has heard nothing, and tries elsewhere.
      if isDraining {
        parcel.wrapped.close()
        return remove(connection.id)
      }
      connection.start()
    }
  }

  private func remove(_ id: Int) {
    let (waiting, onRoom) = state.withLock { state in
      state.connections[id] = nil
      state.count -= 1
      let onRoom = state.onRoom
      state.onRoom = nil
      var waiting: [CheckedContinuation<Void, Never>] = []
      if state.count == 0 { swap(&waiting, &state.whenEmpty) }
      return (waiting, onRoom)
    }
    for continuation in waiting { continuation.resume() }
    onRoom?()
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
    let deadlines = group.loops.map { loop in
      let deadline = LoopConfined(DrainDeadline(), to: loop)
      loop.execute { [weak self] in
        deadline.wrapped.timer = loop.schedule(after: grace.clampedNanoseconds) {
          self?.endCalls(on: loop)
        }
      }
      return deadline
    }
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        if state.count > 0 { state.whenEmpty.append(continuation) }
        return state.count == 0
      }
      if isEmpty { continuation.resume() }
    }
    for deadline in deadlines {
      deadline.loop.execute { deadline.wrapped.cancel(on: deadline.loop) }
    }
  }

  private func endCalls(on loop: EventLoop) {
    for connection in state.withLock({ Array($0.connections.values) })
    where connection.loop === loop {
      connection.wrapped.endCalls("the server is shutting down")
    }
  }
}

/// When the patience of a drain ends, on one loop.
///
/// A timer of the loop, not a task that sleeps: methods that block the concurrent pool must not hold the drain.
private final class DrainDeadline {
  var timer: TimerID?

  func cancel(on loop: EventLoop) {
    if let timer { loop.cancel(timer) }
    timer = nil
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
  /// Connections that are accepted before the loop looks after those that it has.
  private static let mostInTurn = 128

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
    let confined = LoopConfined(self, to: loop)
    let comeBack: @Sendable () -> Void = {
      confined.loop.execute { confined.wrapped.becameReadable() }
    }
    // Those who find no room wait in the system's line until a connection ends.
    var count = 0
    while registration != nil, registry.mayAccept(onRoom: comeBack) {
      // Whoever connects without pause has to wait for the others of this loop.
      guard count < Self.mostInTurn else { return comeBack() }
      count += 1
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
