import Synchronization
import Testing

@testable import GRPC

@Suite struct ServerMetadataTests {
  @Test("A method reads what the client sent, bytes and user-agent included")
  func request() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        notices.add("\(context.metadata)")
        notices.add(context.method.path)
        return note
      })
    )
    let changes = ["x-key": "1", "user-agent": "test/1", "y-bin": "AQI"]
    _ = await bench.call("Echo", changes, "x")
    _ = await bench.call("Echo", [:], "x")
    #expect(notices.all[0].contains("user-agent: test/1"))
    #expect(notices.all[0].contains("x-key: 1"))
    #expect(notices.all[0].contains("y-bin: AQI"))
    #expect(notices.all[1] == "/test.Notes/Echo")
    #expect(notices.all[2] == "[]")
  }

  @Test("Initial metadata goes out ahead of the first message, trailing metadata with the status")
  func response() async {
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        try context.sendInitialMetadata(["first": "1"])
        context.trailingMetadata = ["last": "2"]
        context.trailingMetadata.append([1, 2], for: "data-bin")
        return note
      })
    )
    let response = await bench.call("Echo", [:], "x")
    #expect(response.head["first"] == "1")
    #expect(response.trailers == ["grpc-status": "0", "last": "2", "data-bin": "AQI"])
  }

  @Test("Blanks at the ends of a value are stripped (RFC 9113 §8.2.1)")
  func blankEnds() async {
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        context.trailingMetadata = ["key": " a b  ", "blank": " "]
        throw RPCError(.notFound, "no such thing: ")
      })
    )
    let response = await bench.call("Echo", [:], "x")
    #expect(response.message == "no such thing: ")
    let fields = response.head.merging(response.trailers) { $1 }
    #expect(fields["key"] == "a b")
    #expect(fields["blank"]?.isEmpty == true)
  }

  @Test("Initial metadata goes out at once, before any message")
  func early() async {
    let bench = await ServerBench(
      NotesService(streaming: { requests, _, context in
        try context.sendInitialMetadata(["first": "1"])
        for try await _ in requests {}
      })
    )
    let id = await bench.open("Chat")
    let seen = await bench.seen(id) { !$0.head.isEmpty }
    #expect(seen.head["first"] == "1")
    #expect(!seen.isOver)
    await bench.finish(id)
    #expect(await bench.response(id).events == ["headers", "trailers!"])
  }

  @Test("Initial metadata that is late or may not be sent is a clear error")
  func refused() async {
    let notices = Notices()
    let bench = await ServerBench(
      NotesService(streaming: { _, responses, context in
        for metadata in [["grpc-x": "1"], ["ok": "1"], ["ok": "2"]] as [Metadata] {
          do { try context.sendInitialMetadata(metadata) } catch { notices.add("\(error)") }
        }
      })
    )
    let id = await bench.open("Chat")
    _ = await bench.response(id)
    #expect(notices.all.count == 2)
    #expect(notices.all[0].contains("reserved"))
    #expect(notices.all[1].contains("has gone out already"))
  }

  @Test("Trailing metadata that may not be sent makes the call INTERNAL, with the reason")
  func trailing() async {
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        context.trailingMetadata = ["te": "1"]
        return note
      })
    )
    let response = await bench.call("Echo", [:], "x")
    #expect(response.status == "13")
    #expect(response.message.contains("te"))
  }

  @Test("Error details travel in grpc-status-details-bin, as they are")
  func details() async {
    let bench = await ServerBench(
      NotesService(unary: { _, _ in
        var error = RPCError(.invalidArgument, "bad")
        error.detailBytes = [8, 3]
        throw error
      })
    )
    #expect(await bench.call("Echo", [:], "x").head["grpc-status-details-bin"] == "CAM")
  }

  @Test("A long status message is cut, so that the status arrives")
  func longMessage() async {
    let bench = await ServerBench(
      NotesService(unary: { _, _ in
        throw RPCError(.dataLoss, String(repeating: "x", count: 100_000))
      })
    )
    let response = await bench.call("Echo", [:], "x")
    #expect(response.status == "15")
    #expect(response.message.count == 2_001)
  }

  @Test("Interceptors run around the method, the first outermost, and may refuse the call")
  func interceptors() async {
    struct Tracer: ServerInterceptor {
      let name: String
      let notices: Notices
      func intercept(
        _ context: ServerContext,
        proceed: @Sendable () async throws -> Void
      ) async throws {
        notices.add("\(name) before")
        if context.metadata["refuse"] == name { throw RPCError(.unauthenticated, name) }
        try await proceed()
        notices.add("\(name) after")
      }
    }
    let notices = Notices()
    var configuration = Server.Configuration()
    configuration.interceptors = [
      Tracer(name: "a", notices: notices), Tracer(name: "b", notices: notices),
    ]
    let bench = await ServerBench(NotesService(), configuration: configuration)
    #expect(await bench.call("Echo", [:], "x").messages == ["x"])
    #expect(await bench.call("Immediate", [:], "x").messages == ["x"])
    #expect(notices.all.prefix(4) == ["a before", "b before", "b after", "a after"])
    let refused = await bench.call("Echo", ["refuse": "b"], "x")
    #expect(refused.status == "16")
    #expect(refused.messages.isEmpty)
  }

  @Test("The server's ledger tells each call, with its own verdict")
  func ledger() async {
    let reports = Mutex<[CallReport]>([])
    var configuration = Server.Configuration()
    let notices = Notices()
    configuration.onCallEnded = { report in
      notices.add("\(report.path) \(report.status.code) \(report.requests) \(report.responses)")
      reports.withLock { $0.append(report) }
    }
    let bench = await ServerBench(NotesService(), configuration: configuration)
    _ = await bench.call("Echo", [:], "x")
    _ = await bench.call("Split", [:], "abc")
    let id = await bench.open("Chat")
    await bench.onLoop { $0.clientResets(id) }
    await bench.eventually { $0.activeCalls == 0 }
    #expect(
      notices.all == [
        "/test.Notes/Echo OK 1 1", "/test.Notes/Split OK 1 3", "/test.Notes/Chat CANCELLED 0 0",
      ]
    )
    #expect(reports.withLock { $0.allSatisfy { $0.duration >= .zero } })
  }
}
