import GRPC

/// The calls: each is one line on a stub.
struct GreeterClient {
  let greeter: Greeter.Stub
  let timeout: Duration

  init(channel: Channel, timeout: Duration) {
    self.greeter = Greeter.Stub(channel)
    self.timeout = timeout
  }

  /// Asks for all names at the same time, over one connection, and hands over the replies in the
  /// order of the names.
  func greetConcurrently(_ names: [String], reply: (String) -> Void) async throws {
    try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for (index, name) in names.enumerated() {
        group.addTask {
          let reply = try await greeter.sayHello(HelloRequest(name: name), timeout: timeout)
          return (index, reply.message)
        }
      }
      var early: [Int: String] = [:]
      var next = 0
      for try await (index, message) in group {
        early[index] = message
        while let message = early.removeValue(forKey: next) {
          reply(message)
          next += 1
        }
      }
    }
  }

  /// Asks for one name after the other; this thread does nothing else while it waits.
  func greetBlocking(_ names: [String], reply: (String) -> Void) throws {
    for name in names {
      reply(try greeter.blocking.sayHello(HelloRequest(name: name), timeout: timeout).message)
    }
  }
}
