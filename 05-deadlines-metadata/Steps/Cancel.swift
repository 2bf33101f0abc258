import GRPC
import Lesson

/// `client cancel`: gives a call up while the server works on it, and asks the server what it did.
func cancelWork(_ client: RelayClient, _ work: Duration, after delay: Delay?) async throws {
  let call = try await client.startWork(work)
  let cancellation = delay.map { delay in
    Task {
      try await Task.sleep(for: delay.duration)
      call.cancel()
    }
  }
  defer { cancellation?.cancel() }
  do {
    // Ctrl-C cancels this task, and with it the call that it waits for.
    try await client.finish(call)
  } catch let error as RPCError where error.code == .cancelled {
    // A call made in a cancelled task would be cancelled, too: this one needs a task of its own.
    try await Task { try await showLedger(client) }.value
    guard let delay, !Task.isCancelled else { throw error }
    throw RPCError(.cancelled, "cancelled after \(delay.text) (--after)")
  }
}

/// The server's count of units, twice: it has stopped if they are the same.
private func showLedger(_ client: RelayClient) async throws {
  let entry = try await client.verdict()
  Terminal.result("ledger: \(entry.verdict) after \(entry.units) units")
  try await Task.sleep(for: .milliseconds(200))
  Terminal.result("200 ms later: still \(try await client.verdict().units) units")
}

/// A duration and how it was typed.
struct Delay: Sendable {
  let duration: Duration
  let text: String

  /// The value of an option; nil when it was not given.
  init?(_ arguments: Arguments, _ option: String) throws {
    guard let duration = try arguments.duration(option), let text = arguments.string(option) else {
      return nil
    }
    self.duration = duration
    self.text = text
  }
}
