import GRPC
import Processes
import Synchronization
import Testing

@testable import Unary

/// Time that passes only when everybody waits: so ten waits at once take as long as one, and ten that come one after
/// the other ten times as long, however busy the machine is.
private final class CommonTime: Sendable {
  private struct State {
    var elapsed = Duration.zero
    var waiting: [CheckedContinuation<Void, Never>] = []
    var mostInside = 0
  }

  /// How many wait before time passes.
  private let party: Int
  private let state = Mutex(State())

  init(party: Int) { self.party = party }

  var elapsed: Duration { state.withLock { $0.elapsed } }
  /// How many have waited at the same time.
  var mostInside: Int { state.withLock { $0.mostInside } }

  func wait(for duration: Duration) async {
    await withCheckedContinuation { continuation in
      let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
        state.waiting.append(continuation)
        state.mostInside = max(state.mostInside, state.waiting.count)
        guard state.waiting.count == party else { return [] }
        state.elapsed += duration
        defer { state.waiting = [] }
        return state.waiting
      }
      for one in released { one.resume() }
    }
  }
}

/// A greeter each of whose replies takes 100 ms of the common time.
private struct SlowGreeter: Greeter.Service {
  let time: CommonTime
  let peers = Peers()

  final class Peers: Sendable {
    private let all = Mutex<Set<String>>([])
    func add(_ peer: String) { all.withLock { _ = $0.insert(peer) } }
    var count: Int { all.withLock { $0.count } }
  }

  func sayHello(_ request: HelloRequest, context: ServerContext) async throws -> HelloReply {
    peers.add("\(context.peer)")
    await time.wait(for: .milliseconds(100))
    return HelloReply(message: "Hello, \(request.name)!")
  }
}

@Suite("gRPC is synchronous and asynchronous")
struct SynchronyTests {
  private static let names = (0..<10).map { "caller \($0)" }
  private static let replies = names.map { "Hello, \($0)!" }

  /// Serves a slow greeter, and gives its client to `body`.
  private func withGreeter(
    party: Int,
    _ body: (GreeterClient) async throws -> Void
  ) async throws -> SlowGreeter {
    let service = SlowGreeter(time: CommonTime(party: party))
    let server = try await Server.listening(on: "127.0.0.1:0", serving: service)
    let channel = try Channel(to: "\(server.localAddress)")
    try await body(GreeterClient(channel: channel, timeout: .seconds(60)))
    await channel.shutDown()
    await server.shutDown(grace: .zero)
    return service
  }

  @Test("Ten blocking calls to a server that takes 100 ms each take 1 s: never are two under way")
  func blocking() async throws {
    let service = try await withGreeter(party: 1) { client in
      let replies = try await offThePool {
        var replies: [String] = []
        try client.greetBlocking(Self.names) { replies.append($0) }
        return replies
      }
      #expect(replies == Self.replies)
    }
    #expect(service.time.elapsed == .seconds(1))
    #expect(service.time.mostInside == 1)
  }

  @Test("Ten concurrent calls take 100 ms: all ten are under way at once, on one connection")
  func concurrent() async throws {
    let service = try await withGreeter(party: 10) { client in
      var replies: [String] = []
      try await client.greetConcurrently(Self.names) { replies.append($0) }
      #expect(replies == Self.replies)
    }
    #expect(service.time.elapsed == .milliseconds(100))
    #expect(service.time.mostInside == 10)
    #expect(service.peers.count == 1)
  }
}
