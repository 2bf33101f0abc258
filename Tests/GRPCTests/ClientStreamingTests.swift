import Dispatch
import HTTP2
import Sockets
import Synchronization
import Testing

@testable import GRPC

/// The objects of streaming calls, against a server that does what the test says.
@Suite struct ClientStreamingTests {
  @Test("Leaving the loop of responses ends the call with RST_STREAM(CANCEL)")
  func leave() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening {
        peer.head(on: id)
        peer.messages("a", "b", "c", on: id)
      }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let channel = try server.channel()
    for try await note in channel.serverStreaming(NotesMethod.split, "x") {
      #expect(note == "a")
      break
    }
    await until("a reset") { notices.contains("reset CANCEL") }
  }

  @Test("The loop of responses keeps its call alive, whoever has dropped the call")
  func alive() async throws {
    let server = try ScriptedServer { peer, happening in
      if case .request(let id, _) = happening { peer.head(on: id) }
      if case .message(let id, let note) = happening { peer.messages(note, on: id) }
      if case .requestEnd(let id) = happening { peer.trailers(0, on: id) }
    }
    let channel = try server.channel()
    let call = channel.bidirectional(NotesMethod.chat)
    for text in ["a", "b", "c"] { try await call.send(Note(text)) }
    try call.finish()
    var texts: [String] = []
    for try await note in call.responses { texts.append(note.text) }
    #expect(texts == ["a", "b", "c"])
  }

  @Test(
    "Dropping a call cancels it, whatever its kind",
    arguments: MethodKind.allCases
  )
  func dropped(_ kind: MethodKind) async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .request = happening { notices.add("open") }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let channel = try server.channel()
    var call: (any ClientCallProtocol)? =
      switch kind {
      case .unary: channel.startUnary(NotesMethod.echo, "x")
      case .serverStreaming: channel.serverStreaming(NotesMethod.split, "x")
      case .clientStreaming: channel.clientStreaming(NotesMethod.join)
      case .bidirectional: channel.bidirectional(NotesMethod.chat)
      }
    await until("a request") { notices.contains("open") }
    #expect(call?.hasEnded == false)
    call = nil
    await until("a reset") { notices.contains("reset CANCEL") }
  }

  @Test("What the caller's own sequence throws is what the caller gets; the server hears CANCEL")
  func ownError() async throws {
    struct TornPage: Error {}
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .message(_, let note) = happening { notices.add(note.text) }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let channel = try server.channel()
    let pages = AsyncThrowingStream<Note, any Error> { pages in
      pages.yield("first")
      pages.finish(throwing: TornPage())
    }
    await #expect(throws: TornPage.self) {
      let call = channel.clientStreaming(NotesMethod.join)
      for try await page in pages {
        try await call.send(page)
        await until("the page") { notices.contains(page.text) }
      }
      _ = try await call.finishAndReceive()
    }
    await until("a reset") { notices.contains("reset CANCEL") }
  }

  @Test("A server is stopped while nobody reads its responses, and goes on when somebody does")
  func slowReader() async throws {
    let sent = Atomic<Int>(0)
    let writer = Mutex<ResponseWriter<Note>?>(nil)
    let service = NotesService(streaming: { _, responses, _ in
      writer.withLock { $0 = responses }
      for _ in 0..<500 {
        try await responses.send(Note(size: 10_000))
        sent.wrappingAdd(1, ordering: .relaxed)
      }
    })
    let server = try await Server.listening(on: "127.0.0.1:0", serving: service)
    let call = try Channel(to: "\(server.localAddress)").bidirectional(NotesMethod.chat)
    var responses = call.responses.makeAsyncIterator()
    #expect(try await responses.next()?.body.count == 10_000)
    await until("a writer that waits") {
      await writer.withLock(\.self)?.suspension == .streamWindow
    }
    // The client's window of 64 KiB, the server's high-water mark of as much, and the message that exceeds it.
    #expect(sent.load(ordering: .relaxed) <= 20)
    var count = 1
    while try await responses.next() != nil { count += 1 }
    #expect(count == 500)
    await server.shutDown(grace: .zero)
  }

  @Test(
    "The metadata in front is there before the first message, that behind when the call is over"
  )
  func metadataInTime() async throws {
    let server = try ScriptedServer { peer, happening in
      if case .request(let id, _) = happening { peer.head(on: id, ["first": "1"]) }
      if case .message(let id, let note) = happening {
        peer.messages(note, on: id)
        peer.trailers(0, on: id, ["last": "2"])
      }
    }
    let call = try server.channel().bidirectional(NotesMethod.chat, timeout: .seconds(30))
    #expect(try await call.initialMetadata["first"] == "1")
    #expect(!call.hasEnded)
    try await call.send("x")
    #expect(try await call.trailingMetadata["last"] == "2")
    var responses = call.responses.makeAsyncIterator()
    #expect(try await responses.next() == "x")
  }

  @Test("A second reader is a clear error, and does not disturb the first")
  func secondReader() async throws {
    let server = try ScriptedServer { peer, happening in
      if case .request(let id, _) = happening {
        peer.head(on: id)
        peer.messages("a", on: id)
      }
      if case .requestEnd(let id) = happening {
        peer.messages("b", on: id)
        peer.trailers(0, on: id)
      }
    }
    let call = try server.channel().bidirectional(NotesMethod.chat, timeout: .seconds(30))
    var first = call.responses.makeAsyncIterator()
    #expect(try await first.next() == "a")
    let error = await failure { for try await _ in call.responses {} }
    #expect(error?.message.contains("one reader") == true)
    try call.finish()
    #expect(try await first.next() == "b")
    #expect(try await first.next() == nil)
  }

  @Test("Sending after finish() and finishing twice are clear errors, and the call goes on")
  func finished() async throws {
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening { peer.answer("done", on: id) }
    }
    let call = try server.channel().clientStreaming(NotesMethod.join, timeout: .seconds(30))
    try await call.send("x")
    try call.finish()
    let late = await failure { try await call.send("y") }
    #expect(late?.message.contains("after finish()") == true)
    let twice = await failure { try call.finish() }
    #expect(twice?.message.contains("twice") == true)
    #expect(try await call.response == "done")
  }

  @Test("Sends from many tasks all arrive, each task's in order")
  func concurrentSends() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .message(_, let note) = happening { notices.add(note.text) }
      if case .requestEnd(let id) = happening { peer.answer("done", on: id) }
    }
    let call = try server.channel().clientStreaming(NotesMethod.join, timeout: .seconds(30))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for number in 0..<25 { try await call.send(Note("\(task) \(number)")) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await call.finishAndReceive() == "done")
    #expect(notices.all.count == 200)
    for task in 0..<8 {
      let own = notices.all.filter { $0.hasPrefix("\(task) ") }
      #expect(own == (0..<25).map { "\(task) \($0)" })
    }
  }

  @Test("A client sends without waiting for response headers")
  func sendsFirst() async throws {
    let server = try ScriptedServer { peer, happening in
      if case .message(let id, "third") = happening { peer.answer("enough", on: id) }
    }
    let call = try server.channel().bidirectional(NotesMethod.chat, timeout: .seconds(30))
    for text in ["first", "second", "third"] { try await call.send(Note(text)) }
    var responses = call.responses.makeAsyncIterator()
    #expect(try await responses.next() == "enough")
  }

  @Test(
    "A server that ends early stops the client: RST_STREAM(NO_ERROR), and its writer has the status"
  )
  func early() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .message(let id, _) = happening, !notices.contains("answered") {
        notices.add("answered")
        peer.grantsWindows = false
        peer.trailersOnly(8, on: id, ["grpc-message": "enough"])
      }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let call = try server.channel().clientStreaming(NotesMethod.join, timeout: .seconds(30))
    let error = await failure { while true { try await call.send(Note(size: 10_000)) } }
    #expect(error?.status == Status(.resourceExhausted, "enough"))
    let answer = await failure { _ = try await call.finishAndReceive() }
    #expect(answer?.status == Status(.resourceExhausted, "enough"))
    await until("a reset") { notices.contains("reset NO_ERROR") }
  }

  @Test("A writer waits for the stream's window, tells so, and so does the error at the deadline")
  func suspension() async throws {
    let server = try ScriptedServer { peer, happening in
      if case .connected = happening { peer.grantsWindows = false }
      if case .requestEnd(let id) = happening { peer.answer("connected", on: id) }
    }
    let channel = try server.channel()
    _ = try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(30))
    let call = channel.clientStreaming(NotesMethod.join, timeout: .seconds(5))
    let writing = Task { await failure { while true { try await call.send(Note(size: 10_000)) } } }
    await until("a suspended writer") { await call.suspension == .streamWindow || call.hasEnded }
    let error = await writing.value
    #expect(error?.code == .deadlineExceeded)
    let message = error?.message ?? ""
    #expect(message.contains("waiting for the stream's window"))
    #expect(await call.suspension == nil)
  }

  @Test("Empty streams are streams", arguments: [0, 1])
  func empty(messages: Int) async throws {
    let server = try ScriptedServer { peer, happening in
      guard case .requestEnd(let id) = happening else { return }
      if messages == 0 {
        peer.trailersOnly(0, on: id)
      } else {
        peer.head(on: id)
        peer.trailers(0, on: id)
      }
    }
    let channel = try server.channel()
    for try await _ in channel.serverStreaming(NotesMethod.split, "x") { Issue.record("a message") }
    let chat = channel.bidirectional(NotesMethod.chat, timeout: .seconds(30))
    try chat.finish()
    for try await _ in chat.responses { Issue.record("a message") }
  }

  @Test("Cancelling the task that reads cancels the call, which ends CANCELLED on both sides")
  func cancelledTask() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening {
        peer.head(on: id)
        notices.add("open")
      }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let channel = try server.channel()
    var options = CallOptions()
    options.onCallEnded = { notices.add("report \($0.status.code)") }
    let reading = Task { [options] in
      await failure {
        let call = channel.serverStreaming(NotesMethod.split, "x", options: options)
        for try await _ in call {}
      }
    }
    await until("a request") { notices.contains("open") }
    reading.cancel()
    #expect(await reading.value?.code == .cancelled)
    await until("a reset") { notices.contains("reset CANCEL") }
    #expect(notices.contains("report CANCELLED"))
  }

  @Test("A call whose response makes no sense is reported as what its caller gets: INTERNAL, once")
  func undecodable() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      guard case .message(let id, let note) = happening else { return }
      peer.head(on: id)
      peer.messages("good", on: id)
      // A field that ends before it has begun.
      if note == "bad" { peer.data([0, 0, 0, 0, 1, 0x0A], on: id) }
      peer.trailers(0, on: id)
    }
    let one = try ScriptedServer { peer, happening in
      guard case .message(let id, let note) = happening else { return }
      peer.head(on: id)
      peer.data(note == "bad" ? [0, 0, 0, 0, 1, 0x0A] : note.framed, on: id)
      peer.trailers(0, on: id)
    }
    let (many, single) = (try server.channel(), try one.channel())
    var options = CallOptions()
    options.onCallEnded = { notices.add("\($0.status.code)") }
    func streamed(_ note: Note) async throws {
      for try await _ in many.serverStreaming(NotesMethod.split, note, options: options) {}
    }
    #expect(await failure { try await streamed("bad") }?.code == .internal)
    await until("a report") { !notices.all.isEmpty }
    try await streamed("good")
    let wrong = await failure {
      _ = try await single.unary(NotesMethod.echo, "bad", options: options)
    }
    #expect(wrong?.code == .internal)
    _ = try await single.unary(NotesMethod.echo, "good", options: options)
    #expect(notices.all == ["INTERNAL", "OK", "INTERNAL", "OK"])
  }

  @Test("A call that ended well is reported even when nobody reads its response")
  func neverRead() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening { peer.answer("y", on: id) }
    }
    let channel = try server.channel()
    var options = CallOptions()
    options.onCallEnded = { notices.add("\($0.status.code)") }
    _ = try await channel.startUnary(NotesMethod.echo, "x", options: options).trailingMetadata
    _ = try await channel.serverStreaming(NotesMethod.split, "x", options: options).trailingMetadata
    await until("both reports") { notices.all == ["OK", "OK"] }
  }

  @Test("Blocking server streaming is a sequence, which may be left early")
  func blocking() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening {
        peer.head(on: id)
        peer.messages("a", "b", on: id)
        if id == StreamID(1) { peer.trailers(5, on: id) }
      }
      if case .reset(_, let code) = happening { notices.add("reset \(code)") }
    }
    let channel = try server.channel()
    let results = try await onThread {
      try channel.blockingServerStreaming(NotesMethod.split, "x").map { $0 }
    }
    #expect(results.prefix(2).map { try? $0.get() } == ["a", "b"])
    try #require(results.count == 3, "\(results)")
    #expect(throws: RPCError(.notFound)) { try results[2].get() }
    try await onThread {
      for _ in try channel.blockingServerStreaming(NotesMethod.split, "x") { break }
    }
    await until("a reset") { notices.contains("reset CANCEL") }
  }

  @Test("A blocking stub on an event loop's thread throws at once and names the fix")
  func blockingOnLoop() async throws {
    let channel = try Channel(to: "127.0.0.1:1")
    let loop = EventLoopGroup.shared.nextLoop()
    let error: RPCError? = await withCheckedContinuation { continuation in
      loop.execute {
        do {
          _ = try channel.blockingUnary(NotesMethod.echo, "x")
          continuation.resume(returning: nil)
        } catch {
          continuation.resume(returning: error as? RPCError)
        }
      }
    }
    #expect(error?.code == .failedPrecondition)
    #expect(error?.message.contains("concurrentPool") == true)
  }
}

/// Runs something that blocks, where nobody waits for the thread.
func onThread<Success: Sendable>(
  _ body: @escaping @Sendable () throws -> Success
) async throws -> Success {
  try await withCheckedThrowingContinuation { continuation in
    // Not a thread of Swift's pool, which has too few to let tests block them.
    DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
  }
}
