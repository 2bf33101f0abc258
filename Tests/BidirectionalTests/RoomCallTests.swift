import GRPC
import Lesson
import Synchronization
import Testing

@testable import Bidirectional

/// The room behind a server, over loopback: what calls add to it.
@Suite("Calls to the room", .timeLimit(.minutes(2)))
struct RoomCallTests {
  /// A server with a room, and a channel to it.
  private func withRoom(
    _ body: @Sendable (Channel, Server) async throws -> Void
  ) async throws {
    let server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: RoomService(),
      EchoService()
    )
    let channel = try Channel(to: "\(server.localAddress)")
    try await body(channel, server)
    await channel.shutDown()
    await server.shutDown(grace: .zero)
  }

  private typealias Events = ResponseStream<Event>.Iterator

  private func next(_ events: inout Events) async throws -> Event.Kind? {
    try await events.next()?.kind
  }

  @Test("The server speaks first: a welcome comes before the client has said anything")
  func speaksFirst() async throws {
    try await withRoom { channel, _ in
      let call = Room.Stub(channel).join()
      var events = call.responses.makeAsyncIterator()
      let first = try await events.next()
      #expect(first?.kind == .welcome(Welcome()))
    }
  }

  @Test("After the half-close the server goes on sending")
  func halfClose() async throws {
    try await withRoom { channel, _ in
      let listener = Room.Stub(channel).join()
      try await listener.send(Say(name: "listener"))
      try listener.finish()
      var heard = listener.responses.makeAsyncIterator()
      #expect(try await next(&heard) == .welcome(Welcome()))
      #expect(try await next(&heard) == .joined("listener"))
      let speaker = Room.Stub(channel).join()
      for number in 1...3 { try await speaker.send(Say(name: "speaker", text: "\(number)")) }
      #expect(try await next(&heard) == .joined("speaker"))
      for number in 1...3 as ClosedRange<UInt64> {
        let line = Line(number: number, name: "speaker", text: "\(number)")
        #expect(try await next(&heard) == .line(line))
      }
      speaker.cancel()
      #expect(try await next(&heard) == .left("speaker"))
    }
  }

  @Test("A member whose connection breaks has left")
  func brokenConnection() async throws {
    try await withRoom { channel, server in
      let ada = Room.Stub(channel).join()
      try await ada.send(Say(name: "ada"))
      var heard = ada.responses.makeAsyncIterator()
      for _ in 1...2 { _ = try await heard.next() }
      let other = try Channel(to: "\(server.localAddress)")
      let bob = Room.Stub(other).join()
      try await bob.send(Say(name: "bob"))
      #expect(try await next(&heard) == .joined("bob"))
      await other.shutDown()
      #expect(try await next(&heard) == .left("bob"))
      _ = bob
    }
  }

  @Test("At the server's stop, calls end UNAVAILABLE when the grace period is over")
  func stops() async throws {
    try await withRoom { channel, server in
      let client = RoomClient(channel: channel, timeout: .seconds(60))
      let (lines, say) = AsyncStream<String>.makeStream()
      let (entered, enter) = AsyncStream<String>.makeStream()
      let stay = Task {
        try await client.chat(as: "ada", saying: lines, stay: .zero) { enter.yield($0) }
      }
      for await line in entered where line == "* ada joined" { break }
      await server.shutDown(grace: .zero)
      let error = await #expect(throws: RPCError.self) { try await stay.value }
      #expect(error?.code == .unavailable)
      say.finish()
    }
  }

  @Test("A member that does not read is dropped, and holds up nobody")
  func deafMember() async throws {
    try await withRoom { channel, server in
      // On a connection of its own: what it does not read fills no window of the others.
      let own = try Channel(to: "\(server.localAddress)")
      let deaf = Room.Stub(own).join()
      try await deaf.send(Say(name: "deaf"))
      var deafHears = deaf.responses.makeAsyncIterator()
      for _ in 1...2 { _ = try await deafHears.next() }

      let ada = Room.Stub(channel).join()
      try await ada.send(Say(name: "ada"))
      var heard = ada.responses.makeAsyncIterator()
      let line = String(repeating: "x", count: 4096)
      var acknowledged: UInt64 = 0
      talking: while acknowledged < 10_000 {
        try await ada.send(Say(text: line))
        while let kind = try await heard.next()?.kind {
          if case .left(let name) = kind {
            #expect(name == "deaf")
            break talking
          }
          guard case .acknowledged(let number) = kind else { continue }
          acknowledged = number
          break
        }
      }
      // 256 events that waited (more if this machine was too busy to send any), and what the windows between the
      // two hold.
      #expect((256..<5000).contains(acknowledged))

      // When it reads at last, it finds what was sent, in order, and then why no more came.
      var numbers: [UInt64] = []
      do throws(RPCError) {
        while let kind = try await deafHears.next()?.kind {
          if case .line(let line) = kind { numbers.append(line.number) }
        }
        Issue.record("the call ended well")
      } catch {
        #expect(error.code == .resourceExhausted)
        #expect(error.message == "deaf did not read: 256 events were waiting")
      }
      #expect(numbers == Array(1...UInt64(numbers.count)))
      await own.shutDown()
    }
  }

  @Test("A member that says many lines at once is not dropped for its own acknowledgements")
  func manyLines() async throws {
    try await withRoom { channel, _ in
      let (lines, say) = AsyncStream<String>.makeStream()
      for number in 1...5000 { say.yield("line \(number)") }
      say.finish()
      let last = Mutex("")
      let client = RoomClient(channel: channel, timeout: .seconds(60))
      try await client.chat(as: "ada", saying: lines, stay: .zero) { line in
        last.withLock { $0 = line }
      }
      #expect(last.withLock { $0 } == "[5000] you: line 5000")
    }
  }

  @Test("Hundreds of members who come at once hear everybody")
  func hundreds() async throws {
    let count = 300
    try await withRoom { _, server in
      let target = "\(server.localAddress)"
      try await withThrowingTaskGroup(of: Void.self) { group in
        for connection in 0..<3 {
          let channel = try Channel(to: target)
          for member in 0..<(count / 3) {
            group.addTask {
              // Says a line, and stays until it has heard everybody's.
              let name = "\(connection)-\(member)"
              let call = Room.Stub(channel).join(timeout: .seconds(60))
              try await call.send(Say(name: name, text: "hello from \(name)"))
              var lines = 0
              for try await event in call.responses {
                switch event.kind {
                case .line, .acknowledged: lines += 1
                case .welcome(let welcome): lines += Int(welcome.history.last?.number ?? 0)
                default: break
                }
                if lines == count { break }
              }
              #expect(lines == count)
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("The echo gives back every message in each mode", arguments: EchoMode.allCases)
  func echo(_ mode: EchoMode) async throws {
    try await withRoom { channel, _ in
      let client = EchoClient(channel: channel, timeout: .seconds(60))
      let sent = try await client.exchange(200, mode)
      switch mode {
      case .pingpong: #expect(sent == 1)
      case .pipelined: #expect((1...200).contains(sent))
      case .sendall: #expect(sent == 200)
      }
    }
  }
}
