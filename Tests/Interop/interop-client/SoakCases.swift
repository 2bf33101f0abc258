import GRPC
import InteropTesting
import Lesson

/// The settings of the soak tests, with the defaults of interop-test-descriptions.md.
private struct Soak {
  var iterations: Int
  var maxFailures: Int
  var maxLatency: Duration
  var overallTimeout: Duration
  var minTimeBetweenCalls: Duration
  var workers: Int
  var request: SimpleRequest
  var responseSize: Int

  init(_ flags: InteropFlags) throws {
    let any = 0...Int(Int32.max)
    iterations = try flags.integer("--soak_iterations", in: any) ?? 10
    maxFailures = try flags.integer("--soak_max_failures", in: any) ?? 0
    let latency =
      try flags.integer("--soak_per_iteration_max_acceptable_latency_ms", in: any) ?? 1_000
    maxLatency = .milliseconds(latency)
    overallTimeout =
      try flags.integer("--soak_overall_timeout_seconds", in: any).map { .seconds($0) }
      ?? .milliseconds(latency * iterations)
    minTimeBetweenCalls = .milliseconds(
      try flags.integer("--soak_min_time_ms_between_rpcs", in: any) ?? 0
    )
    workers = try flags.integer("--soak_num_threads", in: 1...10_000) ?? 1
    responseSize = try flags.integer("--soak_response_size", in: any) ?? Size.response
    let requestSize = try flags.integer("--soak_request_size", in: any) ?? Size.request
    request = SimpleRequest(
      responseSize: Int32(responseSize),
      payload: Payload(zeros: requestSize)
    )
  }
}

/// What has been seen so far.
private struct SoakRecord {
  var latencies: [Duration] = []
  var failures: [String] = []

  mutating func append(_ other: SoakRecord) {
    latencies += other.latencies
    failures += other.failures
  }
}

extension InteropClient {
  /// Many large calls, one after the other, over one channel or each over a channel of its own.
  func soak(newChannels: Bool) async throws {
    let soak = try Soak(flags)
    let deadline = ContinuousClock.now + soak.overallTimeout
    let shared = newChannels ? nil : try newChannel()
    let record = await withTaskGroup { group in
      for worker in 0..<soak.workers {
        group.addTask { await work(worker, soak, shared, until: deadline) }
      }
      return await group.reduce(into: SoakRecord()) { $0.append($1) }
    }
    await shared?.shutDown()
    try judge(record, soak)
  }

  /// The calls of one of the workers.
  private func work(
    _ worker: Int,
    _ soak: Soak,
    _ shared: Channel?,
    until deadline: ContinuousClock.Instant
  ) async -> SoakRecord {
    var record = SoakRecord()
    for iteration in stride(from: worker, to: soak.iterations, by: soak.workers) {
      let start = ContinuousClock.now
      guard start < deadline else { break }
      let failure = await call(soak, shared)
      let elapsed = ContinuousClock.now - start
      let reason = failure ?? (elapsed > soak.maxLatency ? "it took too long" : nil)
      report(iteration, elapsed, reason)
      record.latencies.append(elapsed)
      if let reason { record.failures.append(reason) }
      try? await Task.sleep(until: start + soak.minTimeBetweenCalls)
    }
    return record
  }

  /// One call; what went wrong, or nil.
  private func call(_ soak: Soak, _ shared: Channel?) async -> String? {
    do {
      let channel = try shared ?? newChannel()
      let stub = TestService.Stub(channel)
      let response = try await stub.unaryCall(soak.request, options: options)
      if shared == nil { await channel.shutDown() }
      try check(response.payload, soak.responseSize, "UnaryCall")
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// In the form that interop-test-descriptions.md asks for, so that logs can be searched.
  private func report(_ iteration: Int, _ elapsed: Duration, _ failure: String?) {
    let verdict = failure.map { "failed: \($0)" } ?? "succeeded"
    Terminal.narrate(
      "soak iteration: \(iteration) elapsed_ms: \(elapsed.milliseconds) peer: \(channel.target) "
        + "server_uri: \(channel.target) \(verdict)"
    )
  }

  private func judge(_ record: SoakRecord, _ soak: Soak) throws {
    let sorted = record.latencies.sorted()
    if !sorted.isEmpty {
      let percentiles = [50, 90, 100].map { percent in
        let index = max(0, (sorted.count * percent + 99) / 100 - 1)
        return "p\(percent) \(sorted[index].milliseconds) ms"
      }
      Terminal.narrate("soak latencies: " + percentiles.joined(separator: ", "))
    }
    guard record.latencies.count == soak.iterations else {
      throw Mismatch(
        description: "calls within \(soak.overallTimeout): expected \(soak.iterations), "
          + "got \(record.latencies.count)"
      )
    }
    guard record.failures.count <= soak.maxFailures else {
      throw Mismatch(
        description: "failed calls: expected at most \(soak.maxFailures), got "
          + "\(record.failures.count), the first of them: \(record.failures[0])"
      )
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    self / .milliseconds(1) < 1 ? 0 : Int64(self / .milliseconds(1))
  }
}
