import GRPC
import Lesson
import Matrix
import Processes
import Synchronization
import Testing

@testable import DeadlinesMetadata

/// A server that does not say goodbye: killed, and started again at the same port.
@Suite("A server that is killed under a channel", .serialized, .timeLimit(.minutes(5)))
struct KilledServerTests {
  private static let programs = Programs(package: Products.package, products: Products.folder)

  private static func start(on port: UInt16) async throws -> Child {
    let arguments = ["--port", "\(port)"]
    let server = try Child(
      programs.command("05-deadlines-metadata", .swift, .server, arguments)
    )
    _ = try await offThePool { try server.line(startingWith: "listening", within: .seconds(60)) }
    return server
  }

  private static func kill(_ server: Child) async throws {
    server.signal(9)
    _ = try await offThePool { try server.wait(atMost: .seconds(60)) }
  }

  private static func channel(to port: UInt16, longestBackoff: Duration) throws -> Channel {
    var configuration = Channel.Configuration()
    configuration.backoff.initial = .milliseconds(20)
    configuration.backoff.maximum = longestBackoff
    return try Channel(to: "127.0.0.1:\(port)", configuration: configuration)
  }

  @Test(
    "kill -9: calls on it fail with UNAVAILABLE, one that waits for ready succeeds after the restart"
  )
  func killed() async throws {
    let port = try freePort()
    let channel = try Self.channel(to: port, longestBackoff: .milliseconds(100))
    let relay = Relay.Stub(channel)
    var states = channel.states.makeAsyncIterator()
    var server = try await Self.start(on: port)
    for round in 0..<3 {
      let id = "cut-\(round)"
      let going = Task {
        await failure {
          _ = try await relay.work(WorkOrder(workMs: 600_000), metadata: ["request-id": id])
        }
      }
      _ = try await entry(id, relay) { $0.units > 0 }
      try await Self.kill(server)
      let error = await going.value
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("connection was lost while the call was on it") == true)

      let failed = await failure { _ = try await relay.lookUp(LedgerQuery(requestID: id)) }
      #expect(failed?.code == .unavailable)
      #expect(failed?.message.contains("connection refused") == true)
      var options = CallOptions()
      options.waitForReady = true
      let waiting = Task { [options] in
        try await relay.work(WorkOrder(workMs: 10), timeout: .seconds(120), options: options)
      }
      // It tries, fails, waits, and tries again by itself.
      try await states.pass([.transientFailure, .connecting, .transientFailure])
      server = try await Self.start(on: port)
      _ = try await waiting.value
      #expect(channel.state == .ready)
    }
    server.end()
  }

  /// What the callers share.
  private final class Load: Sendable {
    let isOver = Atomic(false)
    let answered = Atomic(0)
    let errors = Mutex<[RPCError]>([])
  }

  @Test(
    "Killed and restarted 20 times under load: no call hangs, and each failure says what happened"
  )
  func underLoad() async throws {
    let port = try freePort()
    let channel = try Self.channel(to: port, longestBackoff: .milliseconds(50))
    let relay = Relay.Stub(channel)
    let load = Load()
    try await withThrowingTaskGroup(of: Void.self) { callers in
      for caller in 0..<4 {
        callers.addTask {
          while !load.isOver.load(ordering: .relaxed) {
            var options = CallOptions()
            options.waitForReady = caller % 2 == 0
            do {
              _ = try await relay.work(
                WorkOrder(workMs: 10),
                timeout: .seconds(120),
                options: options
              )
              load.answered.wrappingAdd(1, ordering: .relaxed)
            } catch {
              load.errors.withLock { $0.append(RPCError.reporting(error)) }
              try await Task.sleep(for: .milliseconds(5))
            }
          }
        }
      }
      for _ in 0..<20 {
        let server = try await Self.start(on: port)
        let before = load.answered.load(ordering: .relaxed)
        while load.answered.load(ordering: .relaxed) < before + 4 {
          try await Task.sleep(for: .milliseconds(5))
        }
        try await Self.kill(server)
      }
      load.isOver.store(true, ordering: .relaxed)
      // Those that wait for a server are served by a last one.
      let last = try await Self.start(on: port)
      try await callers.waitForAll()
      last.end()
    }
    for error in load.errors.withLock({ $0 }) {
      #expect(error.code == .unavailable, "\(error)")
      #expect(error.message.contains("connection") || error.message.contains("reset"), "\(error)")
    }
  }
}

extension ConnectivityStates.Iterator {
  /// Waits until these have been seen, in this order, whatever lies between.
  fileprivate mutating func pass(_ awaited: [ConnectivityState]) async throws {
    var rest = awaited[...]
    while let wanted = rest.first {
      guard let state = await next() else { throw CancellationError() }
      if state == wanted { rest = rest.dropFirst() }
    }
  }
}
