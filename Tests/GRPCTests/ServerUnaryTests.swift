import Testing

@testable import GRPC

@Suite struct ServerUnaryTests {
  @Test("A unary call is answered, whole or byte by byte", arguments: [false, true])
  func echo(isSlow: Bool) async {
    let bench = await ServerBench(NotesService(), isSlow: isSlow)
    let response = await bench.call("Echo", [:], "hello")
    #expect(response.head[":status"] == "200")
    #expect(response.head["content-type"] == "application/grpc")
    #expect(response.messages == ["hello"])
    #expect(response.trailers == ["grpc-status": "0"])
    #expect(response.events == ["headers", "data", "trailers!"])
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("A method without async is called directly", arguments: [false, true])
  func immediate(isSlow: Bool) async {
    let bench = await ServerBench(NotesService(), isSlow: isSlow)
    #expect(await bench.call("Immediate", [:], "hi").messages == ["hi"])
    let failed = await bench.call("Immediate", [:], "fail")
    #expect(failed.status == "5")
    #expect(failed.message == "immediately")
    #expect(failed.events == ["headers!"])
  }

  @Test("A service on the concurrent pool answers, too")
  func pool() async {
    let bench = await ServerBench(NotesService(execution: .concurrentPool))
    #expect(await bench.call("Echo", [:], "pool").messages == ["pool"])
    #expect(await bench.call("Immediate", [:], "pool").messages == ["pool"])
    #expect(await bench.call("Split", [:], "abc").messages == ["a", "b", "c"])
    #expect(await bench.call("Chat", [:], "x", "y").messages == ["x", "y"])
  }

  @Test("A zero-length message is a message")
  func empty() async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Echo", [:], "")
    #expect(response.messages == [""])
    #expect(response.status == "0")
  }

  @Test("Many calls of one connection are answered, each with its own")
  func many() async {
    let bench = await ServerBench(NotesService())
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          let response = await bench.call("Echo", [:], Note("\(number)"))
          #expect(response.messages == [Note("\(number)")])
        }
      }
    }
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("A message of several frames is put together")
  func large() async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Echo", [:], Note(size: 1_000_000))
    #expect(response.messages == [Note(size: 1_000_000)])
  }

  @Test("No or more than one request message is UNIMPLEMENTED (statuscodes.md)")
  func cardinality() async {
    let bench = await ServerBench(NotesService())
    #expect(await bench.call("Echo").status == "12")
    #expect(await bench.call("Echo", [:], "a", "b").status == "12")
    let id = await bench.open([:], endStream: true)
    #expect(await bench.response(id).status == "12")
  }

  @Test("What a method throws is the call's status; other errors are UNKNOWN")
  func errors() async {
    struct Unlucky: Error, CustomStringConvertible { var description: String { "out of luck" } }
    let service = NotesService(unary: { note, _ in
      if note.text == "rpc" {
        throw RPCError(.aborted, "50 % done – ü", metadata: ["why": "test"])
      }
      throw Unlucky()
    })
    let bench = await ServerBench(service)
    let aborted = await bench.call("Echo", [:], "rpc")
    #expect(aborted.status == "10")
    #expect(aborted.message == "50 % done – ü")
    #expect(aborted.head["why"] == "test")
    let unknown = await bench.call("Echo", [:], "other")
    #expect(unknown.status == "2")
    #expect(unknown.message == "out of luck")
  }

  @Test("A request that can't be decoded is INTERNAL and says where")
  func undecodable() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open()
    await bench.onLoop { $0.clientSends([0, 0, 0, 0, 1, 0xFF], on: id, endStream: true) }
    let response = await bench.response(id)
    #expect(response.status == "13")
    #expect(response.message.contains("byte"))
  }

  @Test("A message over the limit is RESOURCE_EXHAUSTED, names side and option, and is not read")
  func limit() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open()
    await bench.onLoop { $0.clientSends([0, 0, 0x50, 0, 0], on: id, endStream: false) }
    let response = await bench.response(id)
    #expect(response.status == "8")
    #expect(
      response.message
        == "message of 5,242,880 bytes exceeds this server's maxReceiveMessageSize of 4,194,304"
    )
    // RFC 9113 §8.1: the client had more to send.
    _ = await bench.seen(id) { $0.events == ["headers!", "reset NO_ERROR"] }
  }

  @Test(
    "Messages that are too much together come in one after the other, and no call fails for it",
    arguments: ["Echo", "Chat"]
  )
  func turns(method: String) async {
    var configuration = Server.Configuration()
    configuration.maxPartialMessageBytes = 2 << 20
    let bench = await ServerBench(
      NotesService(
        unary: { note, _ in Note("\(note.body.count)") },
        streaming: { requests, responses, _ in
          for try await note in requests { try await responses.send(Note("\(note.body.count)")) }
        }
      ),
      configuration: configuration
    )
    // All at once they would be more than 3 MB.
    let message = Note(size: 271_828).framed
    let headers = ServerBench.headers([":path": "/test.Notes/\(method)"])
    let ids = await bench.onLoop { ends in
      let ids = (0..<12).compactMap { _ in ends.open(headers, endStream: false) }
      for id in ids { ends.clientSends(message, on: id, endStream: false) }
      return ids
    }
    for id in ids {
      await bench.finish(id)
      let response = await bench.response(id)
      #expect(response.status == "0", "\(response.message)")
      #expect(response.messages == ["271828"])
    }
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("A call that never completes its message holds others only until it ends")
  func stalled() async {
    var configuration = Server.Configuration()
    configuration.maxPartialMessageBytes = 1 << 20
    let service = NotesService(unary: { note, _ in Note("\(note.body.count)") })
    let bench = await ServerBench(service, configuration: configuration)
    let message = Note(size: 200_000).framed
    let ids = await bench.onLoop { ends in
      let ids = (0..<8).compactMap { _ in ends.open(ServerBench.headers, endStream: false) }
      for id in ids { ends.clientSends(Array(message.dropLast()), on: id, endStream: false) }
      return ids
    }
    // Nobody's message is complete: they wait for each other until most are given up.
    for id in ids.dropLast() { await bench.onLoop { $0.clientResets(id) } }
    guard let last = ids.last else { return }
    await bench.onLoop { $0.clientSends([7], on: last, endStream: true) }
    #expect(await bench.response(last).messages == ["200000"])
    await bench.eventually { $0.activeCalls == 0 }
  }

  @Test("Incomplete messages of one connection are bounded together")
  func partialMessages() async {
    var configuration = Server.Configuration()
    configuration.maxPartialMessageBytes = 100_000
    let bench = await ServerBench(NotesService(), configuration: configuration)
    let start = [0, 0, 1, 0, 0] + [UInt8](repeating: 1, count: 40_000)
    let first = await bench.open()
    let second = await bench.open()
    let third = await bench.open()
    await bench.onLoop { ends in
      for id in [first, second, third] { ends.clientSends(start, on: id, endStream: false) }
    }
    let response = await bench.response(third)
    #expect(response.status == "8")
    #expect(response.message.contains("maxPartialMessageBytes"))
    // The others go on when they complete.
    let rest = [UInt8](repeating: 1, count: 65_536 - 40_000)
    await bench.onLoop { $0.clientSends(rest, on: first, endStream: true) }
    #expect(await bench.response(first).isOver)
    await bench.onLoop { $0.clientResets(second) }
    await bench.eventually { $0.activeCalls == 0 }
    await bench.onLoop { $0.clientSends(start, on: first, endStream: false) }
  }

  @Test("A compressed message without grpc-encoding is INTERNAL")
  func compressedFlag() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open()
    await bench.onLoop { $0.clientSends([1, 0, 0, 0, 0], on: id, endStream: true) }
    #expect(await bench.response(id).status == "13")
  }

  @Test("A message cut off by END_STREAM is INTERNAL")
  func truncated() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open()
    await bench.onLoop { $0.clientSends([0, 0, 0, 0, 9, 1], on: id, endStream: true) }
    #expect(await bench.response(id).status == "13")
  }
}
