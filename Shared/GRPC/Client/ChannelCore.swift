internal import HPACK
internal import HTTP2
internal import Sockets
internal import Transport

/// A channel on its loop: the connection, and the calls that wait for one.
///
/// What to do when is `ChannelLifecycle`'s decision (gRPC's connectivity semantics); this class does it.
final class ChannelCore {
  let loop: EventLoop
  private let target: ChannelTarget
  private let targetText: String
  private let configuration: Channel.Configuration
  private let states: StatePublisher
  private var lifecycle: ChannelLifecycle
  private var connection: ClientConnection?
  private var delegate: ConnectionEvents?
  /// In the order of the calls.
  private var waiting: [ClientStream] = []
  private var lastError = "no attempt to connect has been made"
  private var headersByPath: [String: HeaderList] = [:]
  /// Attempts that are no longer wanted are told apart by their number.
  private var attemptNumber = 0

  init(
    _ target: ChannelTarget,
    _ text: String,
    loop: EventLoop,
    configuration: Channel.Configuration,
    states: StatePublisher
  ) {
    self.target = target
    self.targetText = text
    self.loop = loop
    self.configuration = configuration
    self.states = states
    lifecycle = ChannelLifecycle(backoff: configuration.backoff)
  }

  /// Gives the core a way to hear of its connections.
  func attach(_ delegate: ConnectionEvents) { self.delegate = delegate }

  /// The channel's state and its reason, for messages.
  var stateText: String { "\(lifecycle.state): \(lastError)" }

  /// The headers with which every call of a method begins.
  func requestHeaders(path: String) -> HeaderList {
    if let headers = headersByPath[path] { return headers }
    let headers: HeaderList = [
      ":method": "POST", ":scheme": "http", ":path": path,
      ":authority": configuration.authority ?? target.authority,
      "te": "trailers", "content-type": "application/grpc", "user-agent": Channel.userAgent,
      "grpc-accept-encoding": Compression.accepted,
    ]
    headersByPath[path] = headers
    return headers
  }

  // MARK: Calls

  /// Opens a stream for a call, or lets it wait for one.
  func place(_ call: ClientStream) {
    let placement = lifecycle.callStarts(
      waitForReady: call.waitForReady,
      now: loop.now,
      random: random()
    )
    switch placement {
    case .open:
      guard let connection, waiting.isEmpty, call.open(on: connection) else {
        waiting.append(call)
        return
      }
    case .wait(let attempt):
      waiting.append(call)
      if let attempt { connect(attempt) }
    case .fail:
      call.fail(RPCError(.unavailable, lastError))
    }
  }

  /// A server has answered: this connection is worth reconnecting at once.
  func callWasAnswered() { lifecycle.callWasAnswered() }

  /// A call is over.
  ///
  /// A call that ends while it waits is passed over when its turn comes; many of them are cleared
  /// away here, so that they do not pile up behind a server that does not come.
  func callEnded() {
    guard waiting.count > 64, waiting.first?.isEnded == true else { return }
    waiting.removeAll { $0.isEnded }
  }

  private func openWaiting() {
    guard let connection else { return }
    var index = 0
    while index < waiting.count, connection.canOpenStream {
      guard waiting[index].open(on: connection) else { break }
      index += 1
    }
    waiting.removeSubrange(..<index)
  }

  // MARK: Connecting

  private func connect(_ attempt: BackoffSequence.Attempt) {
    states.publish(.connecting)
    attemptNumber += 1
    let number = attemptNumber
    var timed = configuration.transport
    timed.connectTimeout = .nanoseconds(Int64(clamping: attempt.timeout))
    guard let delegate else { return }
    delegate.resolve(target.endpoints, attempt: number, timed)
  }

  static func resolve(
    _ endpoints: [ChannelTarget.Endpoint]
  ) async -> Result<[SocketAddress], SocketError> {
    var addresses: [SocketAddress] = []
    for endpoint in endpoints {
      switch endpoint {
      case .unix(let path):
        addresses.append(.unix(path: path))
      case .host(let host, let port):
        do {
          addresses += try await SocketAddress.resolve(host, port: port)
        } catch {
          return .failure(error as? SocketError ?? SocketError(.nameNotFound, "\(error)"))
        }
      }
    }
    return .success(addresses)
  }

  func connect(
    _ number: Int,
    _ addresses: Result<[SocketAddress], SocketError>,
    _ configuration: TransportConfiguration
  ) {
    guard number == attemptNumber else { return }
    switch addresses {
    case .failure(let error): connectFailed("\(error)")
    case .success(let addresses): tryNext(addresses[...], number, configuration)
    }
  }

  /// Pick first: one address after the other, in the resolver's order.
  private func tryNext(
    _ addresses: ArraySlice<SocketAddress>,
    _ number: Int,
    _ configuration: TransportConfiguration
  ) {
    guard let address = addresses.first, let delegate else { return connectFailed(lastError) }
    ClientConnection.connect(
      to: address,
      loop: loop,
      configuration: configuration,
      delegate: delegate
    ) { [weak self] result in
      guard let self, number == self.attemptNumber else {
        if case .success(let connection) = result { connection.close("the attempt was given up") }
        return
      }
      switch result {
      case .success(let connection):
        self.connection = connection
      case .failure(let error):
        self.lastError = self.explain(error)
        self.tryNext(addresses.dropFirst(), number, configuration)
      }
    }
  }

  private func explain(_ error: SocketError) -> String {
    guard error.kind == .connectionRefused else { return error.description }
    return "cannot connect to \(targetText): connection refused"
  }

  private func connectFailed(_ reason: String) {
    lastError = reason
    connection = nil
    guard let retry = lifecycle.connectFailed(now: loop.now) else { return }
    states.publish(.transientFailure)
    let failing = waiting.filter { !$0.waitForReady }
    waiting.removeAll { !$0.waitForReady }
    for call in failing { call.fail(RPCError(.unavailable, reason)) }
    retryLater(at: retry)
  }

  private func retryLater(at time: UInt64) {
    let wait = time > loop.now ? time - loop.now : 0
    loop.schedule(after: wait) { [weak self] in
      guard let self,
        let attempt = self.lifecycle.retryIsDue(now: self.loop.now, random: self.random())
      else { return }
      self.connect(attempt)
    }
  }

  private func random() -> Double { Double.random(in: 0..<1) }

  // MARK: The connection's news

  func connectionReady(_ ready: ClientConnection) {
    guard ready === connection else { return }
    lifecycle.connectionIsReady()
    states.publish(lifecycle.state)
    openWaiting()
  }

  func streamsAvailable(_ available: ClientConnection) {
    if available === connection, !waiting.isEmpty { openWaiting() }
  }

  func connectionDraining(_ draining: ClientConnection) {
    guard draining === connection else { return }
    draining.closeGracefully()
    lose("the server is going away")
  }

  func connectionClosed(_ closed: ClientConnection, _ error: TransportError) {
    guard closed === connection else { return }
    if lifecycle.state == .connecting {
      // It closed before it spoke: an attempt that failed.
      return connectFailed("\(targetText) accepted the connection, then: \(error)")
    }
    lose("the connection to \(targetText) was lost: \(error)")
  }

  private func lose(_ reason: String) {
    connection = nil
    lastError = reason
    let next = lifecycle.connectionLost(
      callsWait: !waiting.isEmpty,
      now: loop.now,
      random: random()
    )
    if lifecycle.state != .connecting { states.publish(lifecycle.state) }
    switch next {
    case .rest: break
    case .connect(let attempt):
      states.publish(.idle)
      connect(attempt)
    case .backOff(let until): retryLater(at: until)
    }
  }

  /// Ends all calls and the connection.
  func shutDown() {
    guard lifecycle.shutDown() else { return }
    attemptNumber += 1
    lastError = "the channel was shut down"
    states.publish(.shutdown)
    let failing = waiting
    waiting = []
    for call in failing { call.fail(RPCError(.unavailable, lastError)) }
    connection?.close(lastError)
    connection = nil
    delegate = nil
  }
}

/// Hears of a channel's connections; the connection itself holds it weakly.
final class ConnectionEvents: ClientConnectionDelegate {
  let core: LoopConfined<ChannelCore>

  init(_ core: LoopConfined<ChannelCore>) { self.core = core }

  /// Asks for the addresses, which may take a while, and comes back to the loop with them.
  func resolve(
    _ endpoints: [ChannelTarget.Endpoint],
    attempt: Int,
    _ configuration: TransportConfiguration
  ) {
    Task {
      let addresses = await ChannelCore.resolve(endpoints)
      core.loop.execute { self.core.wrapped.connect(attempt, addresses, configuration) }
    }
  }

  func connectionReady(_ connection: ClientConnection) { core.wrapped.connectionReady(connection) }

  func streamsAvailable(_ connection: ClientConnection) {
    core.wrapped.streamsAvailable(connection)
  }

  func connectionDraining(_ connection: ClientConnection, _ code: ErrorCode) {
    core.wrapped.connectionDraining(connection)
  }

  func connectionClosed(_ connection: ClientConnection, _ error: TransportError) {
    core.wrapped.connectionClosed(connection, error)
  }
}
