import Testing

@testable import GRPC

/// `#expect` takes no mutating call: this function evaluates it first.
private func expect<Value: Equatable>(
  _ actual: Value,
  _ expected: Value,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual == expected, sourceLocation: sourceLocation)
}

@Suite("Connection backoff (gRPC's connection-backoff.md)") struct ChannelBackoffTests {
  private static let second: UInt64 = 1_000_000_000

  @Test("The first wait is INITIAL_BACKOFF, each later one MULTIPLIER times as long")
  func grows() {
    var backoff = BackoffSequence(ConnectionBackoff())
    let waits = (0..<4).map { _ in backoff.attempt(random: 0).waitToNext }
    #expect(waits == [1_000_000_000, 1_600_000_000, 2_560_000_000, 4_096_000_000])
  }

  @Test("No wait exceeds MAX_BACKOFF, before jitter")
  func maximum() {
    var backoff = BackoffSequence(ConnectionBackoff())
    for _ in 0..<100 { _ = backoff.attempt(random: 0) }
    expect(backoff.attempt(random: 0).waitToNext, 120 * Self.second)
    expect(backoff.attempt(random: 1).waitToNext, 144 * Self.second)
    expect(backoff.attempt(random: -1).waitToNext, 96 * Self.second)
  }

  @Test("Jitter is uniform within a fifth either way, and not on the first wait")
  func jitter() {
    var backoff = BackoffSequence(ConnectionBackoff())
    expect(backoff.attempt(random: 1).waitToNext, Self.second)
    expect(backoff.attempt(random: 1).waitToNext, 1_920_000_000)
    expect(backoff.attempt(random: -1).waitToNext, 2_048_000_000)
  }

  @Test("An attempt has MIN_CONNECT_TIMEOUT, or its wait when that is longer")
  func timeout() {
    var backoff = BackoffSequence(ConnectionBackoff())
    expect(backoff.attempt(random: 0).timeout, 20 * Self.second)
    for _ in 0..<20 { _ = backoff.attempt(random: 0) }
    expect(backoff.attempt(random: 0).timeout, 120 * Self.second)
  }

  @Test("SETTINGS from the server begin the backoff anew")
  func reset() {
    var backoff = BackoffSequence(ConnectionBackoff())
    for _ in 0..<5 { _ = backoff.attempt(random: 0) }
    backoff.reset()
    expect(backoff.attempt(random: 0).waitToNext, Self.second)
  }

  @Test("Odd parameters never trap")
  func oddParameters() {
    var parameters = ConnectionBackoff()
    parameters.initial = .seconds(-5)
    parameters.maximum = .seconds(Int64.max)
    parameters.multiplier = .infinity
    parameters.jitter = .nan
    var backoff = BackoffSequence(parameters)
    for _ in 0..<10 { _ = backoff.attempt(random: .nan) }
  }
}

@Suite("Channel states (gRPC's connectivity-semantics-and-api.md)") struct ChannelLifecycleTests {
  private static let second: UInt64 = 1_000_000_000
  private var channel = ChannelLifecycle(backoff: ConnectionBackoff())

  private mutating func start(
    waitForReady: Bool = false,
    at now: UInt64 = 0
  ) -> ChannelLifecycle.Placement {
    channel.callStarts(waitForReady: waitForReady, now: now, random: 0)
  }

  @Test("The first call connects, later ones wait for the same attempt")
  mutating func lazy() {
    #expect(channel.state == .idle)
    guard case .wait(connect: .some) = start() else { Issue.record("should connect"); return }
    #expect(channel.state == .connecting)
    expect(start(), .wait(connect: nil))
    channel.connectionIsReady()
    #expect(channel.state == .ready)
    expect(start(), .open)
  }

  @Test("In TRANSIENT_FAILURE a call fails at once, unless it waits for ready")
  mutating func failFast() {
    _ = start()
    expect(channel.connectFailed(now: 10), Self.second)
    expect(start(), .fail)
    expect(start(waitForReady: true), .wait(connect: nil))
    expect(channel.retryIsDue(now: Self.second, random: 0)?.waitToNext, 1_600_000_000)
    #expect(channel.state == .connecting)
  }

  @Test("An attempt that failed only after its wait is followed by the next one at once")
  mutating func slowFailure() {
    _ = start()
    expect(channel.connectFailed(now: 20 * Self.second), 20 * Self.second)
  }

  @Test("A connection lost after it answered calls leaves the channel IDLE; the next call connects")
  mutating func lostWhileIdle() {
    _ = start()
    channel.connectionIsReady()
    channel.callWasAnswered()
    expect(channel.connectionLost(callsWait: false, now: 5, random: 0), .rest)
    #expect(channel.state == .idle)
    guard case .wait(connect: .some) = start(at: 6) else { Issue.record("should connect"); return }
  }

  @Test("A connection lost while calls wait is replaced at once")
  mutating func lostWithCalls() {
    _ = start()
    channel.connectionIsReady()
    channel.callWasAnswered()
    guard case .connect = channel.connectionLost(callsWait: true, now: 5, random: 0) else {
      Issue.record("should connect")
      return
    }
    #expect(channel.state == .connecting)
  }

  @Test("A server that accepts and closes is asked once per backoff")
  mutating func noStorm() {
    var now: UInt64 = 0
    _ = start(at: now)
    for _ in 0..<10 {
      channel.connectionIsReady()
      let loss = channel.connectionLost(callsWait: true, now: now + 1, random: 0)
      #expect(loss == .backOff(until: now + Self.second))
      now += Self.second
      expect(channel.retryIsDue(now: now, random: 0) != nil, true)
    }
  }

  @Test("After the idle time-out the channel is IDLE")
  mutating func idle() {
    expect(channel.idleTimeoutPassed(), false)
    _ = start()
    channel.connectionIsReady()
    expect(channel.idleTimeoutPassed(), true)
    #expect(channel.state == .idle)
  }

  @Test("SHUTDOWN is for good")
  mutating func shutDown() {
    _ = start()
    expect(channel.shutDown(), true)
    expect(channel.shutDown(), false)
    channel.connectionIsReady()
    expect(channel.connectFailed(now: 0), nil)
    expect(channel.retryIsDue(now: 0, random: 0), nil)
    expect(start(waitForReady: true), .fail)
    #expect(channel.state == .shutdown)
  }
}

@Suite("Reading a channel's states") struct ChannelStatesTests {
  @Test("A reader begins with the present state and ends after SHUTDOWN")
  func sequence() async {
    let publisher = StatePublisher()
    publisher.publish(.connecting)
    let states = ConnectivityStates(publisher: publisher)
    var iterator = states.makeAsyncIterator()
    publisher.publish(.ready)
    publisher.publish(.ready)
    publisher.publish(.shutdown)
    publisher.publish(.idle)
    var seen: [ConnectivityState] = []
    while let state = await iterator.next() { seen.append(state) }
    #expect(seen == [.connecting, .ready, .shutdown])
  }

  @Test("A reader that sleeps loses the oldest states, never the newest")
  func bounded() async {
    let publisher = StatePublisher()
    let states = ConnectivityStates(publisher: publisher)
    var iterator = states.makeAsyncIterator()
    for _ in 0..<1000 {
      publisher.publish(.connecting)
      publisher.publish(.transientFailure)
    }
    publisher.publish(.shutdown)
    var seen: [ConnectivityState] = []
    while let state = await iterator.next() { seen.append(state) }
    #expect(seen.count == StateSubscription.capacity)
    #expect(seen.last == .shutdown)
  }

  @Test("Cancelling the task ends the reader")
  func cancellation() async {
    let publisher = StatePublisher()
    let task = Task {
      var seen = 0
      for await _ in ConnectivityStates(publisher: publisher) { seen += 1 }
      return seen
    }
    await Task.yield()
    task.cancel()
    #expect(await task.value <= 1)
  }
}
