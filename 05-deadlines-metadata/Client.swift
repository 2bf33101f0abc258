import GRPC
import Lesson

/// The calls that several steps make.
struct RelayClient: Sendable {
  let channel: Channel
  /// Under which the servers write the next call down.
  var requestID: String
  let timeout: Duration

  var relay: Relay.Stub { Relay.Stub(channel) }
  var identified: Metadata { ["request-id": requestID] }

  /// Starts work, and prints what the server announces before it begins.
  ///
  /// `relay.work(order)` would wait for the answer. The call itself can be asked for its metadata,
  /// which comes while the server still works, and it can be cancelled.
  func startWork(_ duration: Duration) async throws -> UnaryCall<WorkDone> {
    let call = channel.startUnary(
      Relay.Method.work,
      WorkOrder(workMs: duration.milliseconds),
      timeout: timeout,
      metadata: identified
    )
    let announced = try await call.initialMetadata
    let times = ["remaining-ms", "cap-ms", "allowed-ms"].map { key in
      announced[key].map { "\($0) ms" } ?? "none"
    }
    Terminal.result("remaining \(times[0]), cap \(times[1]), allowed \(times[2])")
    return call
  }

  /// Waits for the work to be done.
  func finish(_ call: UnaryCall<WorkDone>) async throws {
    Terminal.result("done: \(try await call.response.units) units of work")
  }

  /// What the server has written down about the call, once it has a verdict.
  func verdict() async throws -> LedgerEntry {
    var pause = Duration.milliseconds(10)
    while true {
      let entry = try await relay.lookUp(LedgerQuery(requestID: requestID), timeout: .seconds(5))
      if entry.verdict != "RUNNING" { return entry }
      try await Task.sleep(for: pause)
      // Not too many of these calls among those that somebody wants to see on the wire.
      pause = min(pause * 2, .milliseconds(160))
    }
  }
}
