internal import HPACK
internal import Protobuf
internal import Sockets
internal import Transport

/// A channel on its loop: the connection, and the calls that wait for one.
///
/// What to do when is `ChannelLifecycle`'s decision (gRPC's connectivity semantics); this class does it. Its timers and
/// connections hold it, and `shutDown` makes them let go: a weak reference would make every later use of it slower.
final class ChannelCore {
  let loop: EventLoop
  private let target: ChannelTarget
  private let targetText: String
  private let configuration: Channel.Configuration
  private let states: StatePublisher
  // Unchecked: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) private var lifecycle: ChannelLifecycle
  private var connection: ClientConnection?
  /// Take no new calls, and end with their last one.
  private var draining: [ClientConnection] = []
  private var delegate: ConnectionEvents?
  private var waiting = WaitingLine<ClientStream>()
  private var lastError = ""
  private var headersByPath: [String: HeaderList] = [:]
  /// Those of the last call: the next one most often has the same, and to look them up is to hash the path.
  private var latestHeaders: (path: String, list: HeaderList)?
  /// Encodes the requests of all calls, one after the other.
  private var writer = WireWriter()
  /// Attempts that are no longer wanted are told apart by their number.
  private var attemptNumber = 0
  /// What the present attempt has not tried yet.
  private var addresses: ArraySlice<SocketAddress> = []
  private var attemptConfiguration: TransportConfiguration
  /// What connections begin with; its keepalive time grows when a server complains.
  private var transport: TransportConfiguration
  /// Calls that have begun and not ended.
  private var activeCalls = 0
  private var idleSince: UInt64 = 0
  private var idleTimer: TimerID?
  private var retryTimer: TimerID?

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
    transport = configuration.transport
    attemptConfiguration = transport
  }

  /// Gives the core a way to hear of its connections.
  func attach(_ delegate: ConnectionEvents) { self.delegate = delegate }

  /// The channel's state and its reason, for messages.
  var stateText: String {
    lastError.isEmpty ? "\(lifecycle.state)" : "\(lifecycle.state) (\(lastError))"
  }

  /// Calls that have begun and not ended, those in line, and open streams: for tests that count what is left.
  var counts: (active: Int, waiting: Int, streams: Int) {
    (activeCalls, waiting.count, connection?.activeStreams ?? 0)
  }

  /// Whether there is a connection that calls can go out on.
  var isReady: Bool { lifecycle.state == .ready }

  /// The headers with which every call of a method begins.
  func requestHeaders(path: String) -> HeaderList {
    if let latestHeaders, latestHeaders.path == path { return latestHeaders.list }
    let headers = headersByPath[path] ?? makeRequestHeaders(path: path)
    latestHeaders = (path, headers)
    return headers
  }

  private func makeRequestHeaders(path: String) -> HeaderList {
    var headers: HeaderList = [
      ":method": "POST", ":scheme": "http", ":path": path,
      ":authority": configuration.authority ?? target.authority,
      "te": "trailers", "content-type": "application/grpc", "user-agent": Channel.userAgent,
      "grpc-accept-encoding": Compression.accepted,
    ]
    headers.isForReuse = true
    headersByPath[path] = headers
    return headers
  }

  /// Encodes a message that `encode` writes, compresses it if that is wanted, puts gRPC's prefix in front of it, and lends
  /// it out.
  func withFrame(
    of encode: (inout WireWriter) -> Void,
    _ compression: Compression,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(RPCError) {
    try writer.frame(compression, encode)
    writer.lend(body)
  }

  // MARK: Calls

  /// Opens a stream for a call, or lets it wait for one.
  func place(_ call: ClientStream) {
    let placement = lifecycle.callStarts(
      waitForReady: call.waitForReady,
      now: loop.now,
      // The system is asked for each random number: not for every call.
      random: lifecycle.state == .idle ? random() : 0
    )
    switch placement {
    case .open:
      if let connection, waiting.isEmpty, call.open(on: connection) { return }
      append(call)
      // A connection that has used up its stream identifiers opens no more: the next one does.
      if let connection, connection.isExhausted { connectionDraining(connection) }
    case .wait(let attempt):
      append(call)
      if let attempt { connect(attempt) }
    case .fail:
      call.fail(RPCError(.unavailable, lastError))
    }
  }

  private func append(_ call: ClientStream) {
    call.isInLine = true
    waiting.append(call)
  }

  /// A server has answered: this connection is worth reconnecting at once.
  func callWasAnswered() { lifecycle.callWasAnswered() }

  /// A call has begun.
  func callBegan() { activeCalls += 1 }

  /// A call is over.
  func callEnded(inLine: Bool) {
    activeCalls -= 1
    if inLine { waiting.oneEnded() }
    if activeCalls == 0, let timeout = configuration.idleTimeout {
      idleSince = loop.now
      armIdleTimer(timeout.clampedNanoseconds)
    }
  }

  private func openWaiting() {
    while let connection, connection.canOpenStream, let call = waiting.popFirst() {
      // It may end instead, and tell whoever waits for that: the line must be in order meanwhile.
      call.isInLine = false
      guard !call.open(on: connection) else { continue }
      call.isInLine = true
      return waiting.putBack(call)
    }
  }

  // MARK: Idleness

  /// One timer for all calls: it looks when the last one ended, and goes on from there.
  private func armIdleTimer(_ timeout: UInt64) {
    guard idleTimer == nil, lifecycle.state != .shutdown else { return }
    let due = max(idleSince.saturatingSum(timeout), loop.now)
    idleTimer = loop.schedule(after: due - loop.now) {
      self.idleTimer = nil
      guard self.activeCalls == 0 else { return }
      guard self.loop.now &- self.idleSince >= timeout else { return self.armIdleTimer(timeout) }
      self.becomeIdle()
    }
  }

  private func becomeIdle() {
    guard lifecycle.idleTimeoutPassed() else { return }
    attemptNumber += 1
    retire()
    states.publish(.idle)
  }

  /// The connection takes no new calls, and closes with its last one.
  private func retire() {
    guard let retired = connection else { return }
    connection = nil
    draining.append(retired)
    retired.closeGracefully()
  }

  // MARK: Connecting

  private func connect(_ attempt: BackoffSequence.Attempt) {
    states.publish(.connecting)
    attemptNumber += 1
    let number = attemptNumber
    var timed = transport
    timed.connectTimeout = .nanoseconds(Int64(clamping: attempt.timeout))
    attemptConfiguration = timed
    guard let delegate else { return }
    delegate.resolve(target.endpoints, attempt: number)
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

  /// The addresses of an attempt are there.
  func connect(_ number: Int, _ resolved: Result<[SocketAddress], SocketError>) {
    guard number == attemptNumber else { return }
    switch resolved {
    case .failure(let error): connectFailed("\(error)")
    case .success(let found):
      guard !found.isEmpty else { return connectFailed("\(targetText) has no address") }
      addresses = found[...]
      tryNextAddress()
    }
  }

  /// Pick first: one address after the other, in the resolver's order, until one speaks HTTP/2.
  private func tryNextAddress() {
    guard let address = addresses.popFirst(), let delegate else { return connectFailed(lastError) }
    let number = attemptNumber
    ClientConnection.connect(
      to: address,
      loop: loop,
      configuration: attemptConfiguration,
      delegate: delegate
    ) { result in
      guard number == self.attemptNumber else {
        if case .success(let connection) = result { connection.close("the attempt was given up") }
        return
      }
      switch result {
      case .success(let connection):
        self.connection = connection
      case .failure(let error):
        self.lastError = self.explain(error)
        self.tryNextAddress()
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
    failWaiting { !$0.waitForReady }
    retryLater(at: retry)
  }

  private func failWaiting(where condition: (ClientStream) -> Bool) {
    for call in waiting.remove(where: condition) {
      call.isInLine = false
      call.fail(RPCError(.unavailable, lastError))
    }
  }

  private func retryLater(at time: UInt64) {
    let wait = time > loop.now ? time - loop.now : 0
    retryTimer = loop.schedule(after: wait) {
      let attempt = self.lifecycle.retryIsDue(now: self.loop.now, random: self.random())
      if let attempt { self.connect(attempt) }
    }
  }

  private func random() -> Double { Double.random(in: -1...1) }

  // MARK: The connection's news

  func connectionReady(_ ready: ClientConnection) {
    guard ready === connection else { return }
    lifecycle.connectionIsReady()
    lastError = ""
    states.publish(lifecycle.state)
    openWaiting()
  }

  func streamsAvailable(_ available: ClientConnection) {
    if available === connection, !waiting.isEmpty { openWaiting() }
  }

  func connectionDraining(_ connection: ClientConnection) {
    guard connection === self.connection else { return }
    // It goes on with calls of ours: the connection was of use, and is replaced without a pause.
    if connection.activeStreams > 0 { lifecycle.callWasAnswered() }
    retire()
    lose("the server at \(targetText) is going away")
  }

  /// gRFC A8, "Throttling Client Keepalive": the connections to come ask for signs of life half as often.
  func connectionPingedTooOften(_ connection: ClientConnection) {
    guard let time = connection.keepaliveTime else { return }
    // Two connections that are told so at the same time are one reason to double it, not two.
    let doubled = min(max(time, .zero), .seconds(1_000_000_000)) * 2
    transport.keepaliveTime = max(transport.keepaliveTime ?? .zero, doubled)
    transport.log?(
      "\(targetText) says that it is pinged too often: keepaliveTime is \(doubled) from now on"
    )
  }

  func connectionClosed(_ closed: ClientConnection, _ error: TransportError) {
    draining.removeAll { $0 === closed }
    guard closed === connection else { return }
    connection = nil
    if lifecycle.state == .connecting {
      // It closed before it spoke: an attempt that failed.
      lastError = "\(targetText) accepted the connection, then: \(error)"
      return tryNextAddress()
    }
    lose("the connection to \(targetText) was lost: \(error)")
  }

  private func lose(_ reason: String) {
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
    case .backOff(let until):
      failWaiting { !$0.waitForReady }
      retryLater(at: until)
    }
  }

  /// Ends all calls and the connections.
  func shutDown() {
    guard lifecycle.shutDown() else { return }
    attemptNumber += 1
    lastError = "the channel was shut down"
    states.publish(.shutdown)
    for timer in [idleTimer, retryTimer] {
      if let timer { loop.cancel(timer) }
    }
    failWaiting { _ in true }
    for connection in draining + [connection].compactMap(\.self) { connection.close(lastError) }
    connection = nil
    draining = []
    delegate = nil
  }
}

/// Hears of a channel's connections, each of which holds it until it is gone.
final class ConnectionEvents: ClientConnectionDelegate {
  let core: LoopConfined<ChannelCore>

  init(_ core: LoopConfined<ChannelCore>) { self.core = core }

  /// Asks for the addresses, which may take a while, and comes back to the loop with them.
  func resolve(_ endpoints: [ChannelTarget.Endpoint], attempt: Int) {
    Task {
      let addresses = await ChannelCore.resolve(endpoints)
      core.loop.execute { self.core.wrapped.connect(attempt, addresses) }
    }
  }

  func connectionReady(_ connection: ClientConnection) { core.wrapped.connectionReady(connection) }

  func streamsAvailable(_ connection: ClientConnection) {
    core.wrapped.streamsAvailable(connection)
  }

  func connectionDraining(_ connection: ClientConnection) {
    core.wrapped.connectionDraining(connection)
  }

  func connectionPingedTooOften(_ connection: ClientConnection) {
    core.wrapped.connectionPingedTooOften(connection)
  }

  func connectionClosed(_ connection: ClientConnection, _ error: TransportError) {
    core.wrapped.connectionClosed(connection, error)
  }
}
