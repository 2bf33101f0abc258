import GRPC
import Lesson

/// `client channel`: a connection that is made when the first call needs it, and used by every stub.
func watchChannel(_ client: RelayClient, _ duration: Duration) async throws {
  var states = client.channel.states.makeAsyncIterator()
  // Two stubs on one channel. Neither has sent anything: the channel is IDLE until the first call.
  let stubs = [Relay.Stub(client.channel), Relay.Stub(client.channel)]
  var peers: [String] = []
  do {
    for stub in stubs { peers.append(try await client.peer(stub)) }
  } catch {
    await showStates(&states, until: client.channel.state)
    throw error
  }
  await showStates(&states, until: client.channel.state)
  Terminal.result("first stub: connection from \(peers[0])")
  Terminal.result("second stub: connection from \(peers[1])")
  Terminal.result(peers[0] == peers[1] ? "one connection" : "two connections")
  if duration > .zero { try await watch(client, for: duration) }
}

private func showStates(
  _ states: inout ConnectivityStates.Iterator,
  until last: ConnectivityState
) async {
  var seen: [ConnectivityState] = []
  while seen.last != last, let state = await states.next() { seen.append(state) }
  Terminal.result("states \(seen.map(\.description).joined(separator: ", "))")
}

/// Prints every change of state, and of what a call every 200 ms comes to.
private func watch(_ client: RelayClient, for duration: Duration) async throws {
  let start = ContinuousClock.now
  let report: @Sendable (String) -> Void = { text in
    let seconds = Double((ContinuousClock.now - start).milliseconds) / 1000
    Terminal.result("+\(Quantity.fixed(seconds, digits: 1)) s \(text)")
  }
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      var last = ConnectivityState.ready
      for await state in client.channel.states where state != last {
        report("state \(state)")
        last = state
      }
    }
    group.addTask {
      var last = Status.Code.ok
      while true {
        let code = await client.outcome()
        try Task.checkCancellation()
        if code != last { report("call \(code)") }
        last = code
        try await Task.sleep(for: .milliseconds(200))
      }
    }
    try await Task.sleep(for: duration)
    group.cancelAll()
  }
}

extension RelayClient {
  /// Our end of the connection over which a stub's call came to the server.
  fileprivate func peer(_ stub: Relay.Stub) async throws -> String {
    try await stub.describe(DescribeRequest(), timeout: timeout).peer
  }

  fileprivate func outcome() async -> Status.Code {
    do {
      _ = try await peer(relay)
      return .ok
    } catch {
      return RPCError.reporting(error).code
    }
  }
}
