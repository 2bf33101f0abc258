import HTTP2
import Sockets
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

/// What a channel does about its connections.
@Suite struct ClientChannelTests {
  private static let patience = Duration.seconds(30)

  /// Answers every call with the number of its connection.
  private static func counting(_ peer: ScriptedPeer, _ happening: ScriptedServer.Happening) {
    if case .requestEnd(let id) = happening { peer.answer(Note("\(peer.number)"), on: id) }
  }

  private func call(_ channel: Channel, _ options: CallOptions = CallOptions()) async throws -> Note
  {
    try await channel.unary(NotesMethod.echo, "x", timeout: Self.patience, options: options)
  }

  @Test("A channel is IDLE until the first call, READY then, and SHUTDOWN for good")
  func states() async throws {
    let server = try ScriptedServer(Self.counting)
    let channel = try server.channel()
    #expect(channel.state == .idle)
    var states = channel.states.makeAsyncIterator()
    #expect(await states.next() == .idle)
    #expect(try await call(channel) == "0")
    #expect(await states.next() == .connecting)
    #expect(await states.next() == .ready)
    #expect(try await call(channel) == "0")
    await channel.shutDown()
    #expect(await states.next() == .shutdown)
    #expect(await states.next() == nil)
    let error = await failure { _ = try await call(channel) }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("shut down") == true)
  }

  @Test("While nobody listens a call fails at once with the reason, or waits if it is told to")
  func failFast() async throws {
    let port = try freePort()
    var configuration = Channel.Configuration()
    configuration.backoff.initial = .milliseconds(10)
    configuration.backoff.maximum = .milliseconds(50)
    let channel = try Channel(to: "127.0.0.1:\(port)", configuration: configuration)
    let error = await failure { _ = try await call(channel) }
    #expect(error?.code == .unavailable)
    #expect(error?.message == "cannot connect to 127.0.0.1:\(port): connection refused")
    let waiting = Task { try await call(channel, .waiting) }
    let server = try ScriptedServer(
      on: .ipv4(bytes: [127, 0, 0, 1], port: UInt16(port)),
      Self.counting
    )
    #expect(try await waiting.value == "0")
    _ = server
  }

  @Test("A call that waits for a connection ends at its deadline, and says what it waited for")
  func deadlineWhileWaiting() async throws {
    let channel = try Channel(to: "127.0.0.1:\(freePort())")
    let refused = await failure { _ = try await call(channel) }
    #expect(refused?.code == .unavailable)
    // On the channel's thread, a call begins in the instant in which its time-out does, however busy the machine is.
    let error = await withTaskExecutorPreference(channel.executor) {
      await failure {
        _ = try await channel.unary(
          NotesMethod.echo,
          "x",
          timeout: .milliseconds(500),
          options: .waiting
        )
      }
    }
    #expect(error?.code == .deadlineExceeded)
    #expect(error?.message.contains("connection refused") == true)
  }

  @Test(
    "The addresses of a target are tried in order, and one that does not speak HTTP/2 is passed over"
  )
  func addresses() async throws {
    let mute = try ScriptedServer { peer, happening in
      if case .connected = happening { peer.close() }
    }
    let good = try ScriptedServer(Self.counting)
    let target = "ipv4:127.0.0.1:\(try freePort()),\(mute.address),\(good.address)"
    #expect(try await call(try Channel(to: target)) == "0")
  }

  @Test("localhost reaches a server at any of the addresses that the name has")
  func localhost() async throws {
    for address in try await SocketAddress.resolve("localhost", port: 0) {
      let server = try ScriptedServer(on: address, Self.counting)
      let port = try #require(server.address.port)
      #expect(try await call(try Channel(to: "localhost:\(port)")) == "0")
    }
  }

  @Test("A Unix socket is a target like any other")
  func unixSocket() async throws {
    let path = "/tmp/channel-test-\(UInt64.random(in: 0 ... .max))"
    let server = try ScriptedServer(on: .unix(path: path), Self.counting)
    #expect(try await call(try Channel(to: "unix:\(path)")) == "0")
    withExtendedLifetime(server) { _ = remove(path) }
    let error = await failure { _ = try await call(try Channel(to: "unix:\(path)-none")) }
    #expect(error?.message.contains("cannot connect to unix:\(path)-none") == true)
  }

  @Test("A call on a connection that nobody answers says so, once the attempt's time is over")
  func unanswered() async throws {
    let listening = try Socket.listen(on: .ipv4(bytes: [127, 0, 0, 1], port: 0))
    // Reads nothing: the connection is made, and no SETTINGS ever come.
    var configuration = Channel.Configuration()
    configuration.backoff.initial = .milliseconds(20)
    configuration.backoff.minimumConnectTimeout = .milliseconds(20)
    configuration.transport.handshakeTimeout = .milliseconds(20)
    let channel = try Channel(to: "\(listening.localAddress)", configuration: configuration)
    let error = await failure { _ = try await call(channel) }
    #expect(error?.code == .unavailable)
    #expect(error?.message.isEmpty == false)
    listening.close()
  }

  @Test("After GOAWAY the calls that it names finish, and new ones go to a new connection")
  func goAway() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      switch happening {
      case .requestEnd(let id) where peer.number == 0 && id == StreamID(1):
        notices.add("first")
      case .requestEnd(let id): peer.answer(Note("\(peer.number)"), on: id)
      case .goAway(let code): notices.add("client \(code)")
      default: break
      }
    }
    let channel = try server.channel()
    let first = Task { try await call(channel) }
    await until("the first call") { notices.contains("first") }
    server.onPeer { $0.goAway(last: StreamID(1)) }
    await until("IDLE") { channel.state == .idle }
    let second = Task { try await call(channel) }
    #expect(try await second.value == "1")
    // The second connection is the latest now: the first one's answer needs its own.
    #expect(!notices.contains("client NO_ERROR"))
    server.onPeer(number: 0) { $0.answer("late", on: StreamID(1)) }
    #expect(try await first.value == "late")
    await until("the client's GOAWAY, behind its last call") { notices.contains("client NO_ERROR") }
  }

  @Test("gRFC A8: each GOAWAY with too_many_pings doubles the keepalive time of later connections")
  func tooManyPings() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      guard case .requestEnd(let id) = happening else { return }
      peer.answer("y", on: id)
      // The third connection is told to be calm for another reason.
      let debug = peer.number < 2 ? "too_many_pings" : "too_many_resets"
      if peer.number < 3 { peer.goAway(last: id, code: 0xB, debug: debug) }
    }
    let channel = try server.channel {
      $0.transport.keepaliveTime = .seconds(3_000)
      $0.transport.log = { notices.add($0) }
    }
    for _ in 0..<4 {
      _ = try await channel.unary(NotesMethod.echo, "x", options: .waiting)
      await until("the connection's end") { await channel.counts.streams == 0 }
    }
    let times = notices.all.map { $0.split(separator: " ").suffix(6).joined(separator: " ") }
    #expect(times == ["is 6000.0 seconds from now on", "is 12000.0 seconds from now on"])
  }

  @Test("A call above GOAWAY's last stream is tried again on a new connection, once (gRFC A6)")
  func unprocessed() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .request(_, let fields) = happening {
        notices.add("attempt \(fields["grpc-previous-rpc-attempts"] ?? "0")")
      }
      guard case .requestEnd(let id) = happening else { return }
      if peer.number == 0, id == StreamID(1) { return peer.answer("of use", on: id) }
      if peer.number == 0 { return peer.goAway(last: StreamID(1)) }
      peer.answer("again", on: id)
    }
    let channel = try server.channel()
    _ = try await call(channel)
    var options = CallOptions()
    options.onCallEnded = { notices.add("attempts \($0.attempts)") }
    #expect(try await call(channel, options) == "again")
    #expect(notices.all == ["attempt 0", "attempt 0", "attempt 1", "attempts 2"])
  }

  @Test(
    "A refused stream is tried again once, with all that was sent; refused twice it is UNAVAILABLE"
  )
  func refused() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      switch happening {
      case .request(let id, _) where id == StreamID(5): peer.reset(id, code: 7)
      case .request(let id, _) where id == StreamID(7): peer.reset(id, code: 7)
      case .message(let id, let note):
        notices.add("\(id.rawValue) \(note.text)")
        if id == StreamID(1), note == "b" { peer.reset(id, code: 7) }
      case .requestEnd(let id): peer.answer("done", on: id)
      default: break
      }
    }
    let channel = try server.channel()
    let upload = channel.clientStreaming(NotesMethod.join, timeout: Self.patience)
    for text in ["a", "b", "c"] { try await upload.send(Note(text)) }
    #expect(try await upload.finishAndReceive() == "done")
    #expect(notices.all.suffix(3) == ["3 a", "3 b", "3 c"])
    let error = await failure { _ = try await call(channel) }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("without processing it") == true)
  }

  @Test("What no longer can be sent again is not: a refusal after a large request is UNAVAILABLE")
  func replayIsBounded() async throws {
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening { peer.reset(id, code: 7) }
    }
    let channel = try server.channel()
    let upload = channel.clientStreaming(NotesMethod.join, timeout: Self.patience)
    let error = await failure {
      for _ in 0..<10 { try await upload.send(Note(size: 100_000)) }
      _ = try await upload.finishAndReceive()
    }
    #expect(error?.code == .unavailable)
  }

  @Test("A server that says GOAWAY on every connection is not stormed")
  func noStorm() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .connected = happening {
        notices.add("connection")
        peer.goAway(last: .connection)
      }
    }
    let channel = try server.channel { $0.backoff.initial = .seconds(60) }
    for _ in 0..<200 {
      let error = await failure { _ = try await call(channel) }
      #expect(error?.code == .unavailable)
    }
    #expect(notices.all.count <= 3)
  }

  @Test("Calls above the server's MAX_CONCURRENT_STREAMS wait in line, in order")
  func streamLimit() async throws {
    let notices = Notices()
    var configuration = Server.Configuration()
    configuration.transport.http2.maxConcurrentStreams = 1
    let service = NotesService(unary: { note, _ in
      notices.add(note.text)
      while note == "0", !notices.contains("go on") { await aMoment() }
      return note
    })
    let server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: service,
      configuration: configuration
    )
    let channel = try Channel(to: "\(server.localAddress)")
    let calls = (0..<20).map { number in
      channel.startUnary(NotesMethod.echo, Note("\(number)"), timeout: Self.patience)
    }
    await until("the first request") { notices.contains("0") }
    #expect(await calls[1].suspension == .streamLimit)
    // One that waits has its deadline all the same.
    let late = await failure {
      _ = try await channel.unary(NotesMethod.echo, "late", timeout: .seconds(3))
    }
    #expect(late?.code == .deadlineExceeded)
    #expect(late?.message.contains("no more at the same time") == true, "\(late?.message ?? "")")
    notices.add("go on")
    for (number, call) in calls.enumerated() {
      #expect(try await call.response.text == "\(number)")
    }
    #expect(notices.all.filter { $0 != "go on" } == (0..<20).map { "\($0)" })
    await server.shutDown(grace: .zero)
  }

  @Test("A channel without calls is IDLE after its time-out, and the next call connects again")
  func idle() async throws {
    let server = try ScriptedServer(Self.counting)
    let channel = try server.channel { $0.idleTimeout = .milliseconds(500) }
    #expect(try await call(channel) == "0")
    await until("IDLE") { channel.state == .idle }
    #expect(try await call(channel) == "1")
  }

  @Test("Request headers above the server's limit are RESOURCE_EXHAUSTED, and nothing is sent")
  func headerLimit() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .request = happening { notices.add("request") }
      if case .requestEnd(let id) = happening { peer.answer("fine", on: id) }
    }
    let channel = try server.channel()
    #expect(try await call(channel) == "fine")
    var options = CallOptions()
    options.metadata["large"] = String(repeating: "x", count: 20_000)
    let error = await failure { _ = try await call(channel, options) }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.message.contains("less metadata") == true)
    #expect(notices.all == ["request"])
    #expect(try await call(channel) == "fine")
  }

  @Test("The server's limit also ends calls that wait for the connection, the first one of all")
  func headerLimitInLine() async throws {
    var small = ScriptedServer.patient
    small.maxHeaderListSize = 100
    let server = try ScriptedServer(configuration: small) { _, _ in }
    let channel = try server.channel()
    await withTaskGroup { group in
      for _ in 0..<10 {
        group.addTask {
          let error = await failure { _ = try await call(channel) }
          #expect(error?.code == .resourceExhausted)
        }
      }
    }
    #expect(await channel.counts.active == 0)
    #expect(await channel.counts.waiting == 0)
  }

  @Test("Dropping a channel closes its connection, although its first call had to wait for that")
  func dropped() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      Self.counting(peer, happening)
      if case .closed = happening { notices.add("closed") }
    }
    weak var dropped: Channel?
    do {
      let channel = try server.channel()
      dropped = channel
      #expect(try await call(channel) == "0")
    }
    await until("the end of the connection") { notices.contains("closed") }
    await until("nobody holds the channel") { dropped == nil }
  }

  @Test("A channel without a server is let go when the calls that waited for one are cancelled")
  func droppedWhileWaiting() async throws {
    let address = try ScriptedServer { _, _ in }.address  // gone again at once
    weak var dropped: Channel?
    do {
      let channel = try Channel(to: "\(address)")
      dropped = channel
      let call = channel.startUnary(NotesMethod.echo, "x", options: .waiting)
      call.cancel()
      let error = await failure { _ = try await call.response }
      #expect(error?.code == .cancelled)
    }
    await until("nobody holds the channel") { dropped == nil }
  }

  @Test("Interceptors see each call before it goes out, in order, and hear of its end")
  func interceptors() async throws {
    struct Marker: ClientInterceptor {
      let name: String
      let notices: Notices
      func intercept(_ call: inout OutgoingCall) async throws {
        await Task.yield()
        notices.add("\(name) \(call.method.name)")
        if call.metadata["refuse"] == name { throw RPCError(.unauthenticated, "no token") }
        call.metadata.append(name, for: "mark")
        call.onEnd { [name, notices] in notices.add("\(name) \($0.status.code)") }
      }
    }
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .request(_, let fields) = happening { notices.add(fields["mark"] ?? "none") }
      if case .requestEnd(let id) = happening { peer.answer("fine", on: id) }
    }
    let channel = try server.channel {
      $0.interceptors = [
        Marker(name: "a", notices: notices), Marker(name: "b", notices: notices),
      ]
    }
    #expect(try await call(channel) == "fine")
    await until("the reports") { notices.all.count == 5 }
    #expect(notices.all == ["a Echo", "b Echo", "b", "b OK", "a OK"])
    var options = CallOptions()
    options.metadata["refuse"] = "b"
    let error = await failure { _ = try await call(channel, options) }
    #expect(error?.status == Status(.unauthenticated, "no token"))
  }

  @Test("A stream is opened with all fields that gRPC asks for (PROTOCOL-HTTP2, Requests)")
  func requestFields() async throws {
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .request(_, let fields) = happening {
        for name in [":method", ":scheme", ":path", ":authority", "te", "content-type"] {
          notices.add(fields[name] ?? "no \(name)")
        }
        notices.add("\(fields["grpc-timeout"] ?? "none")")
        notices.add("\(fields["user-agent"]?.hasPrefix("grpc-") == true)")
      }
      if case .requestEnd(let id) = happening { peer.answer("fine", on: id) }
    }
    _ = try await call(try server.channel())
    #expect(
      notices.all.prefix(6) == [
        "POST", "http", "/test.Notes/Echo", "\(server.address)", "trailers", "application/grpc",
      ]
    )
    // 30 s are 30,000,000 µs, less what has gone by: the finest unit that fits eight digits.
    #expect(notices.all[6].hasSuffix("u"))
    #expect(notices.all[7] == "true")
  }
}

/// A port at which nobody listens.
func freePort() throws -> Int {
  // Below the ports that the system hands out by itself: nobody who asks for any port gets this one meanwhile.
  while true {
    let port = UInt16.random(in: 12_000..<32_000)
    if let socket = try? Socket.listen(on: .ipv4(bytes: [127, 0, 0, 1], port: port)) {
      return socket.localAddress.port ?? 0
    }
  }
}
