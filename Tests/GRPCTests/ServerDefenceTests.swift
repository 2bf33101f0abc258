import HTTP2
import Sockets
import Synchronization
import Testing

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
    await bench.onLoop { ends in
      for _ in 0..<1_100 {
        guard
          let id = ends.open(ServerBench.headers([":path": "/test.Notes/Chat"]), endStream: false)
        else { continue }
        ends.flush()
        ends.clientResets(id)
        ends.flush()
      }
    }
    #expect(await bench.onLoop { $0.activeCalls } == 1_024)
    let refused = await bench.call("Echo", [:], "x")
    #expect(refused.status == "8")
    #expect(refused.message.contains("still run"))
    await until("all methods") { waiting.withLock { $0.count } == 1_024 }
    for continuation in waiting.withLock({ $0 }) { continuation.resume() }
    await bench.eventually { $0.activeCalls == 0 }
    #expect(await bench.call("Echo", [:], "x").status == "0")
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
    func at(_ step: UInt, _ milliseconds: UInt64) -> Bool {
      hold.look(at: LoopProgress.Snapshot(step: step, label: 1), now: milliseconds * 1_000_000)
    }
    var hold = LoopHold()
    let looks = [
      at(1, 0), at(1, 99), at(1, 100), at(1, 200),  // once
      at(2, 300), at(2, 900),  // waiting is not working
      at(3, 1_000), at(5, 1_090), at(7, 1_180),  // many short ones
      at(9, 2_000), at(9, 2_200),  // too soon to tell again
      at(11, 20_000), at(11, 20_100),
    ]
    #expect(
      looks == [
        false, false, true, false, false, false, false, false, false, false, false, false, true,
      ]
    )
  }

  @Test("The watchdog names a method that blocks its loop, and what to do")
  func watchdog() async throws {
    let lines = Notices()
    let gate = Atomic<Bool>(false)
    let loop = EventLoopGroup(count: 1)
    let core = ServerCore(
      services: [
        NotesService(unary: { note, _ in
          while !gate.load(ordering: .acquiring) {}
          return note
        })
      ],
      configuration: Server.Configuration()
    )
    LoopWatchdog.shared.watch(loop, for: -1) { lines.add($0) }
    let bench = await ServerBench(core: core, loop: loop.loops[0])
    let id = await bench.open()
    await bench.send("x", on: id, endStream: true)
    await until("a line") { !lines.all.isEmpty }
    gate.store(true, ordering: .releasing)
    #expect(lines.all.first?.hasPrefix("/test.Notes/Echo has held its event loop 0") == true)
    #expect(lines.all.first?.contains(".concurrentPool") == true)
    #expect(await bench.response(id).status == "0")
    LoopWatchdog.shared.unwatch(-1)
    loop.stop()
  }
}
