import HTTP2
import Testing

@testable import Transport

private let second: UInt64 = 1_000_000_000

@Suite("Keepalive, gRFC A8 and A9, under a clock that the test turns")
struct KeepaliveTests {
  /// `#expect` takes no mutating call.
  private func expect(
    _ action: Keepalive.Action,
    _ expected: Keepalive.Action,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(action == expected, sourceLocation: location)
  }

  private func configuration(
    _ change: (inout TransportConfiguration) -> Void
  ) -> TransportConfiguration {
    var configuration = TransportConfiguration()
    change(&configuration)
    return configuration
  }

  @Test("By default a client never pings, and a server after two hours")
  func defaults() {
    var client = Keepalive(role: .client, TransportConfiguration(), now: 0, jitter: 0)
    client.callsChanged(true, now: 0)
    #expect(client.nextCheck == nil)
    let server = Keepalive(role: .server, TransportConfiguration(), now: 0, jitter: 0)
    #expect(server.nextCheck == 7_200 * second)
  }

  @Test("A client pings after silence while it has calls, and gives up when no byte comes")
  func clientPings() {
    let configuration = configuration { $0.keepaliveTime = .seconds(10) }
    var keepalive = Keepalive(role: .client, configuration, now: 0, jitter: 0)
    #expect(keepalive.nextCheck == nil)
    keepalive.callsChanged(true, now: 1 * second)
    #expect(keepalive.nextCheck == 10 * second)
    keepalive.bytesArrived(now: 4 * second)
    expect(keepalive.check(now: 10 * second), .rest)
    #expect(keepalive.nextCheck == 14 * second)
    expect(keepalive.check(now: 14 * second), .ping)
    expect(keepalive.check(now: 14 * second), .rest)
    #expect(keepalive.nextCheck == 34 * second)
    expect(keepalive.check(now: 34 * second), .giveUp)
  }

  @Test("Any byte after the ping is a sign of life")
  func signOfLife() {
    let configuration = configuration { $0.keepaliveTime = .seconds(10) }
    var keepalive = Keepalive(role: .client, configuration, now: 0, jitter: 0)
    keepalive.callsChanged(true, now: 0)
    expect(keepalive.check(now: 10 * second), .ping)
    keepalive.bytesArrived(now: 29 * second)
    expect(keepalive.check(now: 30 * second), .rest)
    #expect(keepalive.nextCheck == 39 * second)
  }

  @Test("Without calls a client is quiet, unless keepaliveWithoutCalls is set")
  func withoutCalls() {
    var configuration = configuration { $0.keepaliveTime = .seconds(10) }
    var quiet = Keepalive(role: .client, configuration, now: 0, jitter: 0)
    quiet.callsChanged(true, now: 0)
    quiet.callsChanged(false, now: second)
    #expect(quiet.nextCheck == nil)
    configuration.keepaliveWithoutCalls = true
    let loud = Keepalive(role: .client, configuration, now: 0, jitter: 0)
    #expect(loud.nextCheck == 10 * second)
  }

  @Test("A connection without calls retires after maxConnectionIdle, in either role")
  func idle() {
    let configuration = configuration {
      $0.maxConnectionIdle = .seconds(30)
      $0.keepaliveTime = .seconds(100_000)
    }
    for role in [HTTP2Connection.Role.client, .server] {
      var keepalive = Keepalive(role: role, configuration, now: 0, jitter: 0)
      keepalive.callsChanged(true, now: 29 * second)
      expect(keepalive.check(now: 60 * second), .rest)
      keepalive.callsChanged(false, now: 70 * second)
      #expect(keepalive.nextCheck == 100 * second)
      expect(keepalive.check(now: 100 * second), .retire(.idle))
      expect(keepalive.check(now: 100 * second), .rest)
      keepalive.callsChanged(true, now: 101 * second)
      keepalive.callsChanged(false, now: 102 * second)
      expect(keepalive.check(now: 900 * second), .rest)
    }
  }

  @Test("An old connection retires with a tenth of jitter, and its calls have the grace to finish")
  func age() {
    let configuration = configuration {
      $0.maxConnectionAge = .seconds(100)
      $0.maxConnectionAgeGrace = .seconds(5)
    }
    var keepalive = Keepalive(role: .server, configuration, now: 0, jitter: 1)
    keepalive.callsChanged(true, now: 0)
    #expect(keepalive.nextCheck == 110 * second)
    expect(keepalive.check(now: 110 * second), .retire(.age))
    #expect(keepalive.nextCheck == 115 * second)
    expect(keepalive.check(now: 115 * second), .close)
    let young = Keepalive(role: .server, configuration, now: 0, jitter: -1)
    #expect(young.nextCheck == 90 * second)
    let client = Keepalive(role: .client, configuration, now: 0, jitter: 0)
    #expect(client.nextCheck == nil)
  }

  @Test("Times of centuries mean never, on each clock and at both ends")
  func never() {
    let forEver = Duration.seconds(Int64.max)
    let configuration = configuration {
      $0.keepaliveTime = forEver
      $0.keepaliveTimeout = forEver
      $0.maxConnectionIdle = forEver
      $0.maxConnectionAge = forEver
      $0.maxConnectionAgeGrace = forEver
    }
    for (role, jitter) in [(HTTP2Connection.Role.client, 0.0), (.server, -1), (.server, 1)] {
      var keepalive = Keepalive(role: role, configuration, now: 3 * second, jitter: jitter)
      keepalive.callsChanged(true, now: 4 * second)
      expect(keepalive.check(now: 1_000_000_000 * second), .rest)
      keepalive.callsChanged(false, now: 1_000_000_000 * second)
      expect(keepalive.check(now: 2_000_000_000 * second), .rest)
    }
  }
}

@Suite("Too many pings, gRFC A8")
struct PingPolicyTests {
  @Test("Two pings that come too early are tolerated, the third is one too many")
  func strikes() {
    var policy = PingPolicy(TransportConfiguration())
    let answers = (0..<4).map {
      policy.allowsPing(now: UInt64($0) * second, framesSent: 1, hasCalls: true)
    }
    #expect(answers == [true, true, true, false])
  }

  @Test("Pings five minutes apart are never too many, while there are calls")
  func patient() {
    var policy = PingPolicy(TransportConfiguration())
    for number in 0..<100 {
      let now = UInt64(number) * 300 * second
      let isAllowed = policy.allowsPing(now: now, framesSent: 1, hasCalls: true)
      #expect(isAllowed)
    }
    var idle = PingPolicy(TransportConfiguration())
    let answers = (0..<4).map {
      idle.allowsPing(now: UInt64($0) * 300 * second, framesSent: 0, hasCalls: false)
    }
    #expect(answers == [true, true, true, false])
  }

  @Test("What the server sends forgives all strikes: a client may ping to measure what it receives")
  func forgiven() {
    var policy = PingPolicy(TransportConfiguration())
    for number in 0..<1_000 {
      let isAllowed = policy.allowsPing(
        now: UInt64(number),
        framesSent: number / 3,
        hasCalls: true
      )
      #expect(isAllowed)
    }
  }

  @Test("Without calls, five minutes are enough where permitsPingsWithoutCalls is set")
  func permitted() {
    var configuration = TransportConfiguration()
    configuration.permitsPingsWithoutCalls = true
    var policy = PingPolicy(configuration)
    for number in 0..<10 {
      let now = UInt64(number) * 300 * second
      let isAllowed = policy.allowsPing(now: now, framesSent: 0, hasCalls: false)
      #expect(isAllowed)
    }
  }
}
