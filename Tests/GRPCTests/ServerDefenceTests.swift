import HTTP2
import Sockets
import Synchronization
import Testing
import Transport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import GRPC

@Suite struct ServerDefenceTests {
  @Test("An error that describes itself is described; of any other only the type is told")
  func thrown() async {
    struct Secret: Error { let password = "swordfish" }
    let bench = await ServerBench(NotesService(unary: { _, _ in throw Secret() }))
    let response = await bench.call("Echo", [:], "x")
    #expect(response.status == "2")
    #expect(response.message.contains("Secret"))
    #expect(!response.message.contains("swordfish"))
  }

  @Test("An error of an upstream call travels on with its details, and without its other metadata")
  func relayed() async throws {
    let upstream = try ScriptedServer { peer, happening in
      guard case .requestEnd(let id) = happening else { return }
      peer.trailersOnly(
        9,
        on: id,
        ["grpc-message": "not yet", "grpc-odd": "1", "x": "é", "grpc-status-details-bin": "CAM"]
      )
    }
    let channel = try upstream.channel()
    let bench = await ServerBench(
      NotesService(unary: { note, _ in try await channel.unary(NotesMethod.echo, note) })
    )
    let response = await bench.call("Echo", [:], "x")
    #expect(response.status == "9")
    #expect(response.message == "not yet")
    #expect(response.head["grpc-status-details-bin"] == "CAM")
    #expect(response.head["grpc-odd"] == nil)
    #expect(response.head["x"] == nil)
  }

  /// A client that calls a method and gives up, again and again.
  private static func giveUp(_ times: Int, on bench: ServerBench) async {
    await bench.onLoop { ends in
      for _ in 0..<times {
        guard
          let id = ends.open(ServerBench.headers([":path": "/test.Notes/Chat"]), endStream: false)
        else { continue }
        ends.flush()
        ends.clientResets(id)
        ends.flush()
      }
    }
  }

  @Test("A method that does not heed its cancellation disturbs nobody, and many are too many")
  func unheeding() async {
    let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])
    let bench = await ServerBench(
      NotesService(streaming: { requests, _, _ in
        await withCheckedContinuation { continuation in
          waiting.withLock { $0.append(continuation) }
        }
      })
    )
    await Self.giveUp(1_100, on: bench)
    #expect(await bench.onLoop { $0.activeCalls } == 1_024)
    let refused = await bench.call("Echo", [:], "x")
    #expect(refused.status == "8")
    #expect(refused.message.contains("still run"))
    await until("all methods") { waiting.withLock { $0.count } == 1_024 }
    for continuation in waiting.withLock({ $0 }) { continuation.resume() }
    await bench.eventually { $0.activeCalls == 0 }
    #expect(await bench.call("Echo", [:], "x").status == "0")
  }

  @Test(
    "Calls whose methods go on without them are counted on all connections: too many, and that method takes no more"
  )
  func abandoned() async {
    let door = Door()
    let lines = Notices()
    var configuration = Server.Configuration()
    configuration.maxAbandonedCalls = 20
    configuration.transport.log = { lines.add($0) }
    let service = NotesService(streaming: { _, _, _ in await door.pass() })
    let core = ServerCore(services: [service], configuration: configuration)
    var benches: [ServerBench] = []
    for _ in 0..<2 {
      let bench = await ServerBench(core: core, loop: EventLoopGroup.shared.nextLoop())
      benches.append(bench)
      await Self.giveUp(10, on: bench)
    }
    let another = await ServerBench(core: core, loop: EventLoopGroup.shared.nextLoop())
    let refused = await another.call("Chat")
    #expect(refused.status == "8")
    #expect(refused.message.hasPrefix("20 calls of this method are over, but the method still"))
    #expect(lines.all.count == 1)
    #expect(lines.all.first?.contains("/test.Notes/Chat") == true)
    #expect(await another.call("Echo", [:], "x").status == "0", "other methods go on")
    door.open()
    for bench in benches { await bench.eventually { $0.activeCalls == 0 } }
    #expect(await another.call("Chat").status == "0")
  }

  /// Holds methods, whatever becomes of their calls.
  private final class Door: Sendable {
    private let waiting = Mutex<[CheckedContinuation<Void, Never>]?>([])

    func pass() async {
      await withCheckedContinuation { continuation in
        let isOpen = waiting.withLock { waiting in
          waiting?.append(continuation)
          return waiting == nil
        }
        if isOpen { continuation.resume() }
      }
    }

    func open() {
      let waiting = waiting.withLock { waiting in
        defer { waiting = nil }
        return waiting ?? []
      }
      for continuation in waiting { continuation.resume() }
    }
  }

  @Test("The ledger has calls, too, that reached no method")
  func refusedCalls() async {
    let notices = Notices()
    var configuration = Server.Configuration()
    configuration.onCallEnded = { notices.add("\($0.path) \($0.status.code)") }
    let bench = await ServerBench(NotesService(), configuration: configuration)
    _ = await bench.call("Nothing", [:], "x")
    _ = await bench.call("Echo", ["grpc-timeout": "x"], "x")
    _ = await bench.call("Echo", ["content-type": "text/html"], "x")
    #expect(notices.all == ["/test.Notes/Nothing UNIMPLEMENTED", "/test.Notes/Echo INTERNAL"])
  }

  @Test("Metadata of a response above the client's limit makes the call RESOURCE_EXHAUSTED")
  func largeResponseMetadata() async {
    let large = String(repeating: "x", count: 20_000)
    let bench = await ServerBench(
      NotesService(
        unary: { note, context in
          context.trailingMetadata["large"] = large
          return note
        },
        streaming: { _, responses, context in
          try context.sendInitialMetadata(["large": large])
          try await responses.send("never")
        }
      )
    )
    let trailing = await bench.call("Echo", [:], "x")
    #expect(trailing.status == "8")
    #expect(trailing.message.contains("trailing metadata"))
    let initial = await bench.call("Chat", [:], "x")
    #expect(initial.status == "8")
    #expect(initial.message.contains("initial metadata"))
    #expect(initial.messages.isEmpty)
  }

  @Test(
    "Headers above the server's limit make the call RESOURCE_EXHAUSTED, the option named, and it alone"
  )
  func largeRequestMetadata() async {
    let bench = await ServerBench(NotesService())
    let refused = await bench.open(["large": String(repeating: "x", count: 20_000)])
    let response = await bench.seen(refused) { $0.events.count == 2 }
    #expect(response.head[":status"] == "431")
    #expect(response.status == "8")
    #expect(response.message.contains("this server's maxHeaderListSize"))
    #expect(response.events == ["headers!", "reset NO_ERROR"])
    // What the block has put into HPACK's table is there all the same.
    #expect(await bench.call("Echo", [:], "x").messages == ["x"])
  }

  @Test(
    "An interceptor that neither proceeds nor throws makes the call INTERNAL where a response is due"
  )
  func interceptorWithoutResult() async {
    struct Forgetful: ServerInterceptor {
      func intercept(
        _ context: ServerContext,
        proceed: @Sendable () async throws -> Void
      ) async throws {}
    }
    var configuration = Server.Configuration()
    configuration.interceptors = [Forgetful()]
    let bench = await ServerBench(NotesService(), configuration: configuration)
    for method in ["Echo", "Join", "Immediate"] {
      let response = await bench.call(method, [:], "x")
      #expect(response.status == "13")
      #expect(response.message.contains("interceptor"))
    }
    #expect(await bench.call("Split", [:], "abc").status == "0")
  }

  @Test("A method that is held up can tell by what")
  func suspension() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(streaming: { requests, responses, _ in
        for try await _ in requests { break }
        await withTaskGroup(of: Void.self) { group in
          group.addTask { while (try? await responses.send(Note(size: 10_000))) != nil {} }
          while await responses.suspension != .streamWindow, !Task.isCancelled { await aMoment() }
          notices.add("held")
        }
      })
    )
    let id = await bench.open("Chat")
    await bench.onLoop { $0.setReading(false, id) }
    await bench.send("begin", on: id)
    await until("a held writer") { notices.contains("held") }
    await bench.onLoop { $0.clientResets(id) }
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test(
    "A loop that does one thing for a tenth of a second is told of once, then silence for a while"
  )
  func hold() {
    var hold = LoopHold()
    let looks: [(step: UInt, milliseconds: UInt64)] = [
      (1, 0), (1, 50), (1, 99), (1, 100), (1, 150),  // once
      (2, 200), (2, 250), (2, 300),  // waiting is not working
      (3, 1_000), (5, 1_040), (7, 1_080), (9, 1_120),  // many short ones
      (11, 2_000), (11, 2_050), (11, 2_100),  // too soon to tell again
      (13, 20_000), (13, 20_050), (13, 20_100),
    ]
    let told = looks.filter { hold.looks(at: $0.step, nil, at: $0.milliseconds) }
      .map(\.milliseconds)
    #expect(told == [100, 20_100])
  }

  @Test(
    "A method is to blame for what it computes and sleeps, not for its thread's waiting for a processor"
  )
  func starved() {
    func told(_ activity: (UInt64) -> ThreadActivity?) -> UInt64? {
      var hold = LoopHold()
      return (0..<1_000).map { $0 * 25 }.first { hold.looks(at: 1, activity($0), at: $0) }
    }
    let asleep = told { _ in ThreadActivity(isAsleep: true, processorTime: 7) }
    #expect(asleep == 100)
    let computes = told { ThreadActivity(isAsleep: false, processorTime: $0 * 1_000_000) }
    #expect(computes == 100)
    let hasOneTenth = told { ThreadActivity(isAsleep: false, processorTime: $0 * 100_000) }
    #expect(hasOneTenth == 1_000)
    #expect(told { _ in ThreadActivity(isAsleep: false, processorTime: 7) } == nil)
  }

  @Test("A method is not to blame for the time in which its whole process stood still")
  func stopped() {
    var hold = LoopHold()
    let told = [0, 25, 60_000, 60_025].filter { hold.looks(at: 1, nil, at: $0) }
    #expect(told == [60_025])
  }

  @Test(
    "The watchdog names a method that blocks its loop, computing or asleep, and what to do",
    arguments: [false, true]
  )
  func watchdog(isAsleep: Bool) async throws {
    let lines = Notices()
    let gate = Atomic<Bool>(false)
    let loop = EventLoopGroup(count: 1)
    let core = ServerCore(
      services: [
        NotesService(unary: { note, _ in
          while !gate.load(ordering: .acquiring) { if isAsleep { usleep(50_000) } }
          return note
        })
      ],
      configuration: Server.Configuration()
    )
    let server = isAsleep ? -1 : -2
    LoopWatchdog.shared.watch(loop, for: server) { lines.add($0) }
    let bench = await ServerBench(core: core, loop: loop.loops[0])
    let id = await bench.open()
    await bench.send("x", on: id, endStream: true)
    await until("a line") { !lines.all.isEmpty }
    gate.store(true, ordering: .releasing)
    #expect(lines.all.first?.hasPrefix("/test.Notes/Echo has held its event loop 0") == true)
    #expect(lines.all.first?.contains(".concurrentPool") == true)
    #expect(await bench.response(id).status == "0")
    LoopWatchdog.shared.unwatch(server)
    loop.stop()
  }
}

extension LoopHold {
  fileprivate mutating func looks(
    at step: UInt,
    _ activity: ThreadActivity?,
    at milliseconds: UInt64
  ) -> Bool {
    look(
      at: LoopProgress.Snapshot(step: step, label: 1),
      activity,
      now: milliseconds * 1_000_000
    )
  }
}
