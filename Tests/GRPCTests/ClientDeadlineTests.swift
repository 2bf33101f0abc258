import HTTP2
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import GRPC

@Suite struct ClientDeadlineTests {
  @Test(
    "A server that never answers: DEADLINE_EXCEEDED on the client's clock, and RST_STREAM(CANCEL)"
  )
  func silence() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(StreamID(1)) = happening { peer.answer("connected", on: StreamID(1)) }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let channel = try server.channel { $0.defaultTimeout = .seconds(2) }
    _ = try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(30))
    let error = await failure { _ = try await channel.unary(NotesMethod.echo, "x") }
    #expect(error?.code == .deadlineExceeded)
    #expect(error?.message.contains("deadline of 2000.0 ms") == true)
    await until("a reset") { notices.contains("reset CANCEL") }
  }

  @Test(
    "An absolute deadline and a time-out: the earlier counts; one that has passed sends nothing"
  )
  func absolute() async throws {
    let notices = Notices()
    let server = try ScriptedServer { _, happening in
      if case .request = happening { notices.add("request") }
    }
    let channel = try server.channel()
    var options = CallOptions()
    options.deadline = .now - .seconds(1)
    let passed = await failure {
      _ = try await channel.unary(
        NotesMethod.echo,
        "x",
        timeout: .seconds(100),
        options: options
      )
    }
    #expect(passed?.code == .deadlineExceeded)
    #expect(notices.all.isEmpty)
    options.deadline = .now + .milliseconds(50)
    let soon = await failure {
      _ = try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(100), options: options)
    }
    #expect(soon?.code == .deadlineExceeded)
  }

  @Test("A deadline on another clock is never early, however long the looks at both clocks take")
  func clocks() {
    // Both clocks show the same; each look takes two milliseconds.
    let origin = ContinuousClock.now
    var time: UInt64 = 5_000_000_000
    func look() -> UInt64 {
      time += 2_000_000
      return time
    }
    var options = CallOptions()
    options.deadline = origin + .seconds(9)
    let start = options.start(
      .seconds(100),
      default: nil,
      of: nil,
      now: look,
      continuousNow: { origin + .nanoseconds(Int64(look())) }
    )
    #expect(start.at <= time)
    #expect((start.deadline ?? 0) >= 9_000_000_000)
    #expect((start.deadline ?? 0) <= 9_002_000_000)
  }

  @Test("Deadline, cancellation and the answer racing have exactly one outcome")
  func races() {
    var random = SplitMix64(state: 7)
    var fields = ResponseFields()
    fields.grpcStatus = .ok
    for _ in 0..<10_000 {
      var call = ClientCall(startedAt: 0, deadline: 100, expectsOneMessage: false)
      call.opened()
      var outcomes = 0
      var now: UInt64 = 90
      for event in (0..<7).shuffled(using: &random) {
        now += UInt64.random(in: 0...5, using: &random)
        let step: ClientCall.Step =
          switch event {
          case 0: call.receiveTrailers(fields, now: now)
          case 1: call.deadlinePassed(now: max(now, 100), detail: "")
          case 2: call.cancel("cancelled", now: now)
          case 3: call.reset(.cancel, now: now)
          case 4: call.connectionLost("lost")
          case 5: call.receivedEndWithoutTrailers()
          default: call.fail(RPCError(.internal))
          }
        guard case .end(let ending) = step else { continue }
        outcomes += 1
        // A CANCELLED that arrives after the deadline is DEADLINE_EXCEEDED.
        if ending.error?.code == .cancelled { #expect(now < 100) }
      }
      #expect(outcomes == 1)
    }
  }

  @Test("Ten thousand pending calls end at their deadlines, and leave nothing behind")
  func many() async throws {
    let server = try ScriptedServer { _, _ in }
    let channel = try server.channel()
    let latest = Mutex(Duration.zero)
    let ended = Atomic<Int>(0)
    var options = CallOptions()
    options.onCallEnded = { report in
      guard report.status.code == .deadlineExceeded, let timeout = report.timeout else { return }
      latest.withLock { $0 = max($0, report.duration - timeout) }
      ended.wrappingAdd(1, ordering: .relaxed)
    }
    let calls = (0..<10_000).map { _ in
      channel.startUnary(NotesMethod.echo, "x", timeout: .milliseconds(500), options: options)
    }
    await until("all ends") { ended.load(ordering: .relaxed) == 10_000 }
    #expect(calls.allSatisfy { $0.hasEnded })
    let (active, waiting, _) = await channel.counts
    #expect(active == 0)
    #expect(waiting <= 64)
    // A loaded machine decides how late; on an idle one it is below five milliseconds.
    #expect(latest.withLock { $0 } < .seconds(20))
  }

  @Test("Cancelling thousands of calls leaves no call, stream or timer behind")
  func cancelled() async throws {
    let server = try ScriptedServer { _, _ in }
    let channel = try server.channel()
    let ended = Atomic<Int>(0)
    var options = CallOptions()
    options.onCallEnded = { _ in ended.wrappingAdd(1, ordering: .relaxed) }
    for round in 1...20 {
      for _ in 0..<250 {
        channel.startUnary(NotesMethod.echo, "x", timeout: .seconds(3600), options: options)
          .cancel()
      }
      await until("all ends") { ended.load(ordering: .relaxed) == round * 250 }
    }
    #expect(await channel.counts.active == 0)
    #expect(await channel.counts.streams == 0)
  }

  @Test("Inside a method an outgoing call keeps to what is left, and is cancelled with it")
  func inherited() async throws {
    let notices = Notices()
    let upstream = try ScriptedServer { _, happening in
      if case .request(_, let fields) = happening {
        notices.add("timeout \(fields["grpc-timeout"] != nil)")
        notices.add("id \(fields["x-id"] ?? "none") token \(fields["authorization"] ?? "none")")
      }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let channel = try upstream.channel()
    let bench = await ServerBench(
      NotesService(unary: { note, _ in
        var options = CallOptions()
        options.forwardedKeys = ["x-id"]
        let call = channel.startUnary(NotesMethod.echo, note, options: options)
        // Not awaited: it is the call's end that cancels it, not the task's.
        await Task.detached { _ = try? await call.response }.value
        return note
      })
    )
    let id = await bench.open(["grpc-timeout": "1H", "x-id": "7", "authorization": "secret"])
    await bench.send("x", on: id, endStream: true)
    await until("the outgoing call") { notices.all.count == 2 }
    #expect(notices.all == ["timeout true", "id 7 token none"])
    await bench.onLoop { $0.clientResets(id) }
    await until("its end") { notices.contains("reset CANCEL") }
  }

  @Test("A method that calls others thousands of times keeps nothing of them")
  func noTies() async throws {
    let upstream = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening { peer.answer("y", on: id) }
    }
    let channel = try upstream.channel()
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        for _ in 0..<1_000 { _ = try await channel.unary(NotesMethod.echo, note) }
        return Note("\(context.handlerSide.withLock { $0.cancelActions.count })")
      })
    )
    #expect(await bench.call("Echo", [:], "x").messages == ["0"])
  }
}
