import GRPC
import Lesson

/// `client ledgers`: two calls, each in the eyes of both ends.
func compareLedgers(_ client: RelayClient) async throws {
  try await lateReply(client)
  var client = client
  client.requestID = Step.randomID()
  try await enoughItems(client)
}

/// The server commits its work at once, and its reply comes after the client's deadline.
private func lateReply(_ client: RelayClient) async throws {
  let limit = client.timeout.milliseconds
  let order = WorkOrder(workMs: min(100, limit / 3), holdMs: 2 * min(limit, 30_000))
  let ours = try await report { options in
    _ = try? await client.relay.work(
      order,
      timeout: client.timeout,
      metadata: client.identified,
      options: options
    )
  }
  guard [.ok, .deadlineExceeded].contains(ours.status.code) else { throw RPCError(ours.status) }
  Terminal.result("request-id \(client.requestID)")
  Terminal.result("  client: \(ours.status.code) after \(ours.duration.milliseconds) ms")
  do {
    let theirs = try await client.verdict()
    let verdict = "\(theirs.verdict) after \(theirs.elapsedMs) ms"
    Terminal.result("  server: \(verdict), \(theirs.units) units committed")
  } catch let error as RPCError where error.code == .notFound {
    // The deadline was so short that the call never went out.
    Terminal.result("  server: knows of no such call")
  }
}

/// The server has enough after three of ten items, and answers.
private func enoughItems(_ client: RelayClient) async throws {
  var sent = 0
  let ours = try await report { options in
    let call = client.relay.collect(
      timeout: .seconds(10),
      metadata: client.identified,
      options: options
    )
    while sent < 10, !call.hasEnded {
      try await call.send(Item(number: UInt32(sent + 1), enough: 3))
      sent += 1
      try await Task.sleep(for: .milliseconds(100))
    }
    _ = try await call.finishAndReceive()
  }
  guard ours.status.code == .ok else { throw RPCError(ours.status) }
  let theirs = try await client.verdict()
  Terminal.result("request-id \(client.requestID)")
  let verdict = "\(ours.status.code) after \(ours.duration.milliseconds) ms"
  Terminal.result("  client: \(verdict), \(sent) of 10 items sent")
  let theirVerdict = "\(theirs.verdict) after \(theirs.elapsedMs) ms"
  Terminal.result("  server: \(theirVerdict), \(theirs.units) items taken")
}

/// Makes a call, and returns what the channel itself says about how it went.
private func report(
  _ call: (CallOptions) async throws -> Void
) async throws -> ClientCallReport {
  let (reports, ended) = AsyncStream.makeStream(of: ClientCallReport.self)
  var options = CallOptions()
  options.onCallEnded = { ended.yield($0) }
  try await call(options)
  for await report in reports { return report }
  throw CancellationError()
}
