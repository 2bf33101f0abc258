import Testing

@testable import GRPC

@Suite struct ServerStreamingTests {
  @Test("All kinds of streams carry their messages in order", arguments: [false, true])
  func kinds(isSlow: Bool) async {
    let bench = await ServerBench(NotesService(), isSlow: isSlow)
    #expect(await bench.call("Split", [:], "abc").messages == ["a", "b", "c"])
    #expect(await bench.call("Join", [:], "a", "b", "c").messages == ["abc"])
    #expect(await bench.call("Chat", [:], "a", "b", "c").messages == ["a", "b", "c"])
  }

  @Test("Empty streams work in all positions")
  func empty() async {
    let bench = await ServerBench(NotesService())
    #expect(await bench.call("Join").messages == [""])
    let split = await bench.call("Split", [:], "")
    #expect(split.messages.isEmpty)
    #expect(split.status == "0")
    #expect(split.events == ["headers!"])
    let chat = await bench.open([":path": "/test.Notes/Chat"], endStream: true)
    #expect(await bench.response(chat).status == "0")
  }

  @Test("A bidirectional method answers before the next request comes")
  func pingPong() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open("Chat")
    for number in 1...20 {
      await bench.send(Note("\(number)"), on: id)
      let seen = await bench.seen(id) { $0.messages.count == number }
      #expect(seen.messages.last == Note("\(number)"))
    }
    await bench.finish(id)
    #expect(await bench.response(id).status == "0")
  }

  @Test("A writer is suspended while the client does not read, and goes on when it does")
  func writerWaits() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(streaming: { requests, responses, _ in
        for try await _ in requests { break }
        for number in 0..<100 {
          try await responses.send(Note(size: 10_000))
          notices.add("\(number)")
        }
      })
    )
    let id = await bench.open("Chat")
    await bench.onLoop { $0.setReading(false, id) }
    await bench.send("begin", on: id, endStream: true)
    // The client's window of 64 KiB and the server's high-water mark of 64 KiB, and not much more.
    _ = await bench.seen(id) { $0.messages.count >= 6 }
    for _ in 0..<20 { await aMoment() }
    #expect(notices.all.count >= 6)
    #expect(notices.all.count <= 20)
    await bench.onLoop { $0.setReading(true, id) }
    let response = await bench.response(id)
    #expect(response.messages.count == 100)
    #expect(response.status == "0")
  }

  @Test("A client is stopped while the method does not read, and goes on when it does")
  func readerWaits() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(streaming: { requests, responses, context in
        var iterator = requests.makeAsyncIterator()
        _ = try await iterator.next()
        try await responses.send("read one")
        while !notices.contains("go on") { try await Task.sleep(for: .milliseconds(1)) }
        var count = 1
        while try await iterator.next() != nil { count += 1 }
        try await responses.send(Note("read \(count)"))
      })
    )
    let id = await bench.open("Chat")
    let bytes = (0..<100).flatMap { _ in Note(size: 10_000).framed }
    await bench.onLoop { $0.clientSends(bytes, on: id, endStream: true) }
    _ = await bench.seen(id) { $0.messages.count == 1 }
    for _ in 0..<20 { await aMoment() }
    let pending = await bench.onLoop { $0.clientPending(id) }
    #expect(pending > 800_000)
    notices.add("go on")
    #expect(await bench.response(id).messages.last == "read 100")
  }

  @Test("A message larger than the stream's window gets through")
  func larger() async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Join", [:], Note(size: 3_000_000), "x")
    #expect(response.messages.first?.body.count == 3_000_001)
  }

  @Test("A method that returns early sends its status, then RST_STREAM(NO_ERROR) (RFC 9113 §8.1)")
  func early() async {
    let bench = await ServerBench(
      NotesService(streaming: { requests, _, _ in
        for try await _ in requests { throw RPCError(.resourceExhausted, "enough") }
      })
    )
    let id = await bench.open("Chat")
    await bench.send("x", on: id)
    _ = await bench.seen(id) { $0.events == ["headers!", "reset NO_ERROR"] }
    #expect(await bench.response(id).status == "8")
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("The reset waits for the response that waits for a window")
  func earlyWithData() async {
    let bench = await ServerBench(
      NotesService(streaming: { _, responses, _ in
        try await responses.send(Note(size: 200_000))
      })
    )
    let id = await bench.open("Chat")
    await bench.onLoop { $0.setReading(false, id) }
    for _ in 0..<20 { await aMoment() }
    await bench.onLoop { $0.setReading(true, id) }
    let response = await bench.seen(id) { $0.events.contains("reset NO_ERROR") }
    #expect(response.messages == [Note(size: 200_000)])
    #expect(response.trailers["grpc-status"] == "0")
  }

  @Test("A stream has one reader: a second iterator is a clear error")
  func secondIterator() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(streaming: { requests, _, _ in
        for try await _ in requests { break }
        do {
          for try await _ in requests {}
        } catch {
          notices.add("\(error)")
        }
      })
    )
    _ = await bench.call("Chat", [:], "x")
    #expect(notices.all.first?.contains("one reader") == true)
  }

  @Test("A broken message surfaces at the iterator and, let pass, at the client")
  func broken() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open("Chat")
    await bench.onLoop { $0.clientSends([0, 0, 0, 0, 1, 0xFF], on: id, endStream: true) }
    #expect(await bench.response(id).status == "13")
    let cut = await bench.open("Chat")
    await bench.onLoop { $0.clientSends([0, 0, 0, 0, 9, 1], on: cut, endStream: true) }
    let response = await bench.response(cut)
    #expect(response.status == "13")
    #expect(response.message.contains("within a message"))
    let large = await bench.open("Join")
    await bench.onLoop { $0.clientSends([0, 0x7F, 0, 0, 0], on: large, endStream: false) }
    #expect(await bench.response(large).status == "8")
  }

  @Test("Messages of several tasks are all sent")
  func concurrentWriters() async {
    for execution in [HandlerExecution.eventLoop, .concurrentPool] {
      let bench = await ServerBench(
        NotesService(
          execution: execution,
          streaming: { _, responses, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
              for writer in 0..<8 {
                group.addTask {
                  for number in 0..<50 { try await responses.send(Note("\(writer) \(number)")) }
                }
              }
              try await group.waitForAll()
            }
          }
        )
      )
      let response = await bench.call("Chat")
      #expect(response.messages.count == 400)
      for writer in 0..<8 {
        let own = response.messages.map(\.text).filter { $0.hasPrefix("\(writer) ") }
        #expect(own == (0..<50).map { "\(writer) \($0)" })
      }
    }
  }
}
