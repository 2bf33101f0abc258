import Sockets
import Synchronization
import Testing

@testable import GRPC

/// A real server over real sockets, which goes and comes back.
@Suite struct ServerRestartTests {
  @Test(
    "A server that is restarted 20 times under load: every call ends in time, with a status and a message"
  )
  func restarts() async throws {
    let port = try freePort()
    let address = "127.0.0.1:\(port)"
    var configuration = Channel.Configuration()
    configuration.backoff.initial = .milliseconds(5)
    configuration.backoff.maximum = .milliseconds(20)
    let channel = try Channel(to: address, configuration: configuration)
    let load = Load()

    let callers = (0..<8).map { caller in
      Task {
        while !load.isOver.load(ordering: .relaxed) {
          var options = CallOptions()
          options.waitForReady = caller % 2 == 0
          do {
            _ = try await channel.unary(
              NotesMethod.echo,
              "x",
              timeout: .seconds(60),
              options: options
            )
            load.answered.wrappingAdd(1, ordering: .relaxed)
          } catch {
            load.failures.withLock { $0.append(RPCError.reporting(error)) }
            await aMoment()
          }
        }
      }
    }
    for _ in 0..<20 {
      let server = try await Self.listen(on: address)
      let before = load.answered.load(ordering: .relaxed)
      await until("an answer") { load.answered.load(ordering: .relaxed) > before + 8 }
      await server.shutDown(grace: .zero)
    }
    load.isOver.store(true, ordering: .relaxed)
    // Those that wait for a server are served by a last one.
    let last = try await Self.listen(on: address)
    for caller in callers { await caller.value }
    await last.shutDown(grace: .zero)
    for error in load.failures.withLock({ $0 }) {
      #expect(error.code == .unavailable)
      // What became of the connection, or that the server was about to end.
      #expect(["connect", "shutting down"].contains { error.message.contains($0) }, "\(error)")
    }
    #expect(await channel.counts.active == 0)
  }

  @Test(
    "A call that is cut off at the end of the grace period hears UNAVAILABLE from the server itself, whether it reads or not"
  )
  func cutOff() async throws {
    let notices = Notices()
    let server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: NotesService(
        unary: { _, _ in
          notices.add("unary")
          try await Task.sleep(for: .seconds(3600))
          return ""
        },
        streaming: { _, responses, _ in
          // More than any window: the client reads nothing.
          Task {
            while await responses.suspension == nil { await aMoment() }
            notices.add("full")
          }
          while true { try await responses.send(Note(size: 10_000)) }
        }
      )
    )
    let channel = try Channel(to: "\(server.localAddress)")
    let silent = Task { await failure { _ = try await channel.unary(NotesMethod.echo, "x") } }
    let unread = channel.bidirectional(NotesMethod.chat)
    await until("both methods") { notices.contains("unary") && notices.contains("full") }
    await server.shutDown(grace: .milliseconds(10))
    for error in [await silent.value, await failure { _ = try await unread.trailingMetadata }] {
      #expect(error?.code == .unavailable)
      #expect(error?.message == "the server is shutting down")
    }
  }

  /// What the callers share.
  private final class Load: Sendable {
    let isOver = Atomic<Bool>(false)
    let answered = Atomic<Int>(0)
    let failures = Mutex<[RPCError]>([])
  }

  /// The port was this test's a moment ago, and will be free again.
  private static func listen(on address: String) async throws -> Server {
    while true {
      do {
        return try await Server.listening(on: address, serving: NotesService())
      } catch let error as SocketError where error.kind == .addressInUse {
        await aMoment()
      }
    }
  }
}
