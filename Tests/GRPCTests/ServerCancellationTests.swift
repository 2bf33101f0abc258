import HTTP2
import Sockets
import Testing

@testable import GRPC

@Suite struct ServerCancellationTests {
  /// A method that waits until it is cancelled, and says so.
  private func waiting(_ notices: Notices) -> NotesService.Unary {
    { note, context in
      context.onCancel { notices.add("onCancel") }
      notices.add("waiting")
      do {
        try await Task.sleep(for: .seconds(3600))
      } catch {
        notices.add("cancelled \(context.isCancelled)")
        notices.add("\(context.cancellationReason?.description ?? "no reason")")
        throw error
      }
      return note
    }
  }

  private func wait(for text: String, in notices: Notices) async {
    while !notices.contains(text) { await aMoment() }
  }

  @Test(
    "RST_STREAM cancels the method's task",
    arguments: [HandlerExecution.eventLoop, .concurrentPool]
  )
  func reset(execution: HandlerExecution) async {
    let notices = Notices()
    let bench = await ServerBench(NotesService(execution: execution, unary: waiting(notices)))
    let id = await bench.open()
    await bench.send("x", on: id, endStream: true)
    await wait(for: "waiting", in: notices)
    await bench.onLoop { $0.clientResets(id) }
    await wait(for: "CANCELLED: the client cancelled the call", in: notices)
    #expect(notices.contains("cancelled true"))
    #expect(notices.contains("onCancel"))
    await bench.eventually { $0.activeCalls == 0 }
    // A task that was cancelled is not used again.
    #expect(await bench.call("Immediate", [:], "x").status == "0")
  }

  @Test("A cancelled task is not reused: the next call's task is not cancelled")
  func retired() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        if note.text == "wait" {
          notices.add("waiting")
          try? await Task.sleep(for: .seconds(3600))
        }
        return Note("\(Task.isCancelled) \(context.isCancelled)")
      })
    )
    for round in 1...20 {
      let id = await bench.open()
      await bench.send("wait", on: id, endStream: true)
      while notices.all.count < round { await aMoment() }
      await bench.onLoop { $0.clientResets(id) }
      #expect(await bench.call("Echo", [:], "x").messages == ["false false"])
    }
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("A reader and a writer that wait are woken when the client cancels")
  func waiters() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(streaming: { requests, responses, _ in
        await withTaskGroup(of: Void.self) { group in
          group.addTask {
            do {
              for try await _ in requests {}
            } catch {
              notices.add("reader \((error as? RPCError)?.code.description ?? "?")")
            }
          }
          group.addTask {
            do {
              while true { try await responses.send(Note(size: 20_000)) }
            } catch {
              notices.add("writer \((error as? RPCError)?.code.description ?? "?")")
            }
          }
        }
      })
    )
    let id = await bench.open("Chat")
    await bench.onLoop { $0.setReading(false, id) }
    _ = await bench.seen(id) { !$0.messages.isEmpty }
    await bench.onLoop { $0.clientResets(id) }
    await wait(for: "reader CANCELLED", in: notices)
    await wait(for: "writer CANCELLED", in: notices)
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("The client's deadline cancels the method and ends the stream with DEADLINE_EXCEEDED")
  func clientDeadline() async {
    let notices = Notices()
    let answer = waiting(notices)
    let bench = await ServerBench(
      NotesService(streaming: { _, _, context in _ = try await answer("x", context) })
    )
    // A stream's method starts with the headers, whatever the machine is busy with.
    let id = await bench.open("Chat", ["grpc-timeout": "20m"])
    let response = await bench.response(id)
    #expect(response.events.first == "headers!")
    #expect(response.status == "4")
    await wait(
      for: "DEADLINE_EXCEEDED: the client's deadline has passed on the server",
      in: notices
    )
  }

  @Test("The client's deadline resets the stream where messages wait for the client to read")
  func clientDeadlineWhileBlocked() async {
    let bench = await ServerBench(
      NotesService(streaming: { _, responses, _ in
        while true { try await responses.send(Note(size: 10_000)) }
      })
    )
    let headers = ServerBench.headers([":path": "/test.Notes/Chat", "grpc-timeout": "500m"])
    let id = await bench.onLoop { ends in
      let id = ends.open(headers, endStream: false) ?? StreamID(0)
      ends.setReading(false, id)
      return id
    }
    #expect(await bench.response(id).events.last == "reset CANCEL")
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("The server's own cap ends the call with DEADLINE_EXCEEDED")
  func cap() async {
    let notices = Notices()
    var configuration = Server.Configuration()
    configuration.maxCallDuration = .seconds(60)
    configuration.maxCallDurations["/test.Notes/Chat"] = .milliseconds(20)
    configuration.maxCallDurationMessage = "raise --max-time"
    let answer = waiting(notices)
    let bench = await ServerBench(
      NotesService(streaming: { _, _, context in _ = try await answer("x", context) }),
      configuration: configuration
    )
    let id = await bench.open("Chat", ["grpc-timeout": "1H"])
    let response = await bench.response(id)
    #expect(response.status == "4")
    #expect(response.message == "raise --max-time")
    await wait(for: "DEADLINE_EXCEEDED: raise --max-time", in: notices)
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("The remaining time is the smaller of the client's and the server's")
  func remaining() async {
    var configuration = Server.Configuration()
    configuration.maxCallDuration = .seconds(60)
    let service = NotesService(unary: { _, context in
      let remaining = context.remainingTime ?? .zero
      let whose = remaining > .seconds(50) ? "cap" : remaining > .seconds(5) ? "client" : "none"
      return Note("\(whose) \(context.clientTimeout?.components.seconds ?? 0)")
    })
    let bench = await ServerBench(service, configuration: configuration)
    #expect(await bench.call("Echo", ["grpc-timeout": "1H"], "x").messages == ["cap 3600"])
    #expect(await bench.call("Echo", ["grpc-timeout": "10S"], "x").messages == ["client 10"])
    let free = await ServerBench(service)
    #expect(await free.call("Echo", [:], "x").messages == ["none 0"])
  }

  @Test(
    "Calls that differ in nothing but their time-out: each has its own, and a malformed one is found"
  )
  func timeouts() async {
    let bench = await ServerBench(
      NotesService(unary: { _, context in
        let seconds = context.clientTimeout?.components.seconds
        return Note("\(seconds ?? 0) \(context.metadata["x-id"] ?? "none")")
      })
    )
    for (text, seconds) in [("10S", 10), ("11S", 11), ("1M", 60), ("11S", 11), ("1H", 3600)] {
      #expect(
        await bench.call("Echo", ["grpc-timeout": text], "x").messages == [Note("\(seconds) none")]
      )
      #expect(await bench.call("Echo", ["grpc-timeout": "1s"], "x").status == "13")
      #expect(await bench.call("Echo", [:], "x").messages == ["0 none"])
      // Not the last field any more, or not the only one.
      let headers = ServerBench.headers(["grpc-timeout": text]) + [("x-id", text)]
      #expect(await bench.call(headers, "x").messages == [Note("\(seconds) \(text)")])
      let twice = ServerBench.headers(["grpc-timeout": "9H"]) + [("grpc-timeout", text)]
      #expect(await bench.call(twice, "x").messages == [Note("\(seconds) none")])
    }
  }

  @Test("The time of a call begins when it is looked at, not when the loop's turn began")
  func startOfTime() async {
    let bench = await ServerBench(
      NotesService(unary: { _, context in Note("\(context.deadlineNanoseconds ?? 0)") })
    )
    let headers = ServerBench.headers(["grpc-timeout": "1H"])
    let (id, begin) = await bench.onLoop { ends in
      let turn = ends.loop.now
      while ends.loop.monotonicNow < turn + 20_000_000 {}
      let now = ends.loop.monotonicNow
      return (ends.open(headers, endStream: false) ?? StreamID(0), now)
    }
    await bench.send("x", on: id, endStream: true)
    let deadline = await bench.response(id).messages.first.flatMap { UInt64($0.text) }
    #expect((deadline ?? 0) >= begin + 3_600_000_000_000)
  }

  @Test("A deadline that has passed already ends the call")
  func passed() async {
    let bench = await ServerBench(NotesService(unary: waiting(Notices())))
    #expect(await bench.call("Echo", ["grpc-timeout": "0n"], "x").status == "4")
  }

  @Test("ServerContext.current is the call's own, and nothing leaks from call to call")
  func current() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        await Task.yield()
        if ServerContext.current !== context { notices.add("leak") }
        if ServerContext.current?.metadata["number"] != note.text { notices.add("leak") }
        return note
      })
    )
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<150 {
        group.addTask { _ = await bench.call("Echo", ["number": "\(number)"], Note("\(number)")) }
      }
    }
    #expect(notices.all.isEmpty)
    #expect(ServerContext.current == nil)
  }

  @Test("Ending a server's calls answers them UNAVAILABLE and cancels their methods")
  func shutdown() async {
    let notices = Notices()
    let bench = await ServerBench(NotesService(unary: waiting(notices)))
    let id = await bench.open()
    await bench.send("x", on: id, endStream: true)
    await wait(for: "waiting", in: notices)
    await bench.onLoop { $0.endAll(Status(.unavailable, "shutting down")) }
    #expect(await bench.response(id).status == "14")
    await wait(for: "cancelled true", in: notices)
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("Cancelling thousands of calls leaves nothing behind")
  func noLeak() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, _ in
        try await Task.sleep(for: .seconds(3600))
        return note
      })
    )
    for _ in 0..<20 {
      await bench.onLoop { ends in
        for _ in 0..<100 {
          guard let id = ends.open(ServerBench.headers, endStream: false) else { break }
          ends.clientSends(Note("x").framed, on: id, endStream: true)
          ends.loop.schedule(after: 1) { ends.clientResets(id) }
        }
      }
      await bench.eventually { $0.activeCalls == 0 }
    }
    #expect(notices.all.isEmpty)
  }
}
