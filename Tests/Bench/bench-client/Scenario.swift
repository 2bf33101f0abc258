import GRPC

/// What a client can be measured at.
enum Scenario: String, CaseIterable {
  /// One call at a time, 16 bytes.
  case unaryLatency = "unary_latency"
  /// Always 100 calls going, 16 bytes.
  case unaryThroughput = "unary_throughput"
  /// Calls that bring 100,000 messages of 100 bytes.
  case streamSmall = "stream_small"
  /// Calls that bring 2,000 messages of 64 KiB.
  case streamLarge = "stream_large"
  /// Calls that take 100,000 messages of 100 bytes.
  case uploadSmall = "upload_small"
  /// One call, in which 16 bytes go back and forth.
  case bidiPingPong = "bidi_pingpong"

  func run(_ bench: Bench.Stub, seconds: Double) async throws -> Measurement {
    switch self {
    case .unaryLatency:
      return try await timed(seconds, tasks: 1) { try await echo(bench) }
    case .unaryThroughput:
      return try await timed(seconds, tasks: 100) { try await echo(bench) }
    case .streamSmall:
      return try await repeated(seconds, messages: 100_000, size: 100) { count in
        try await download(bench, count: count, size: 100)
      }
    case .streamLarge:
      return try await repeated(seconds, messages: 2_000, size: 65_536) { count in
        try await download(bench, count: count, size: 65_536)
      }
    case .uploadSmall:
      return try await repeated(seconds, messages: 100_000, size: 100) { count in
        try await upload(bench, count: count, size: 100)
      }
    case .bidiPingPong:
      return try await pingPong(bench, seconds)
    }
  }

  // MARK: Calls

  private func echo(_ bench: Bench.Stub) async throws {
    let reply = try await bench.unary(Msg(payload: [UInt8](repeating: 7, count: 16)))
    guard reply.payload.count == 16 else { throw WrongReply("a unary call") }
  }

  private func download(_ bench: Bench.Stub, count: Int, size: Int) async throws {
    var whole = 0
    let request = StreamReq(count: Int32(count), size: Int32(size))
    for try await message in bench.serverStream(request) where message.payload.count == size {
      whole += 1
    }
    guard whole == count else { throw WrongReply("a stream of \(count) messages") }
  }

  private func upload(_ bench: Bench.Stub, count: Int, size: Int) async throws {
    let call = bench.clientStream()
    let message = Msg(payload: [UInt8](repeating: 7, count: size))
    for _ in 0..<count { try await call.send(message) }
    let sum = try await call.finishAndReceive()
    guard sum.count == count, sum.bytes == count * size else { throw WrongReply("an upload") }
  }

  private func pingPong(_ bench: Bench.Stub, _ seconds: Double) async throws -> Measurement {
    let call = bench.bidi()
    var responses = call.responses.makeAsyncIterator()
    let message = Msg(payload: [UInt8](repeating: 7, count: 16))
    var latencies: [Duration] = []
    var elapsed = Duration.zero
    // The first round warms up.
    for length in [Self.warmUp, Duration.seconds(seconds)] {
      latencies = []
      let start = ContinuousClock.now
      var last = start
      while last - start < length {
        try await call.send(message)
        guard try await responses.next()?.payload.count == 16 else { throw WrongReply("an echo") }
        let now = ContinuousClock.now
        latencies.append(now - last)
        last = now
      }
      elapsed = last - start
    }
    try call.finish()
    guard try await responses.next() == nil else { throw WrongReply("the end of an echo") }
    return Measurement(scenario: rawValue, latencies: latencies, elapsed: elapsed)
  }

  // MARK: Measuring

  private static let warmUp = Duration.milliseconds(250)

  /// Keeps so many tasks calling until the time is up.
  private func timed(
    _ seconds: Double,
    tasks: Int,
    _ call: @escaping @Sendable () async throws -> Void
  ) async throws -> Measurement {
    @Sendable func keepCalling(until end: ContinuousClock.Instant) async throws -> [Duration] {
      var latencies: [Duration] = []
      latencies.reserveCapacity(1 << 14)
      var last = ContinuousClock.now
      while last < end {
        try await call()
        let now = ContinuousClock.now
        latencies.append(now - last)
        last = now
      }
      return latencies
    }
    func round(_ length: Duration) async throws -> [Duration] {
      let end = ContinuousClock.now + length
      return try await withThrowingTaskGroup(of: [Duration].self) { group in
        for _ in 0..<tasks { group.addTask { try await keepCalling(until: end) } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
    }
    _ = try await round(Self.warmUp)
    let start = ContinuousClock.now
    let latencies = try await round(.seconds(seconds))
    return Measurement(
      scenario: rawValue,
      latencies: latencies,
      elapsed: ContinuousClock.now - start
    )
  }

  /// Repeats a call that moves so many messages until the time is up.
  private func repeated(
    _ seconds: Double,
    messages: Int,
    size: Int,
    _ call: (_ count: Int) async throws -> Void
  ) async throws -> Measurement {
    try await call(messages / 10)
    let start = ContinuousClock.now
    var count = 0
    repeat {
      try await call(messages)
      count += messages
    } while ContinuousClock.now - start < .seconds(seconds)
    return Measurement(
      scenario: rawValue,
      count: count,
      bytes: count * size,
      elapsed: ContinuousClock.now - start
    )
  }
}

/// A reply that is not what was asked for.
struct WrongReply: Error, CustomStringConvertible {
  let description: String

  init(_ what: String) { description = "\(what) did not bring what was asked for" }
}
