import HTTP2
import Sockets
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import GRPC

/// What a call takes from its options, from its channel, and from the call that is being answered.
@Suite struct CallOptionsTests {
  @Test("The call's own time-out wins over that of its options, and both over the channel's")
  func timeouts() {
    var options = CallOptions()
    func deadline(_ timeout: Duration?) -> UInt64? {
      options.start(timeout, default: .nanoseconds(300), of: nil, now: { 1_000 }).deadline
    }
    #expect(deadline(nil) == 1_300)
    options.timeout = .nanoseconds(200)
    #expect(deadline(nil) == 1_200)
    #expect(deadline(.nanoseconds(400)) == 1_400)
    #expect(options.start(nil, default: nil, of: nil, now: { .max - 5 }).deadline == .max)
    #expect(CallOptions().start(nil, default: nil, of: nil, now: { 0 }).deadline == nil)
    // One that is over already has no time left; it does not wrap around.
    #expect(deadline(.seconds(-1)) == 1_000)
  }

  @Test("A call that a method makes keeps to a time-out of its own when that is shorter")
  func shorterThanInherited() async throws {
    let notices = Notices()
    let upstream = try ScriptedServer { peer, happening in
      guard case .request(let id, let fields) = happening else { return }
      notices.add(Self.length(ofTimeout: fields["grpc-timeout"]))
      peer.answer("y", on: id)
    }
    let channel = try upstream.channel()
    let bench = await ServerBench(
      NotesService(unary: { note, _ in
        // The note is the time-out in seconds.
        let timeout = Int(note.text).map { Duration.seconds($0) }
        return try await channel.unary(NotesMethod.echo, note, timeout: timeout)
      })
    )
    for text in ["none", "60", "36000"] {
      _ = await bench.call("Echo", ["grpc-timeout": "1H"], Note(text))
    }
    // The long one has what is left of the hour.
    #expect(notices.all == ["an hour", "a minute", "an hour"])
    _ = await bench.call("Echo", [:], "none")
    #expect(notices.all.last == "none")
  }

  private static func length(ofTimeout field: String?) -> String {
    guard let field else { return "none" }
    let parsed: UInt64? = Array(field.utf8).withUnsafeBytes(Timeout.parse)
    guard let nanoseconds = parsed else { return field }
    if nanoseconds < 100_000_000_000 { return "a minute" }
    return nanoseconds < 3_700_000_000_000 ? "an hour" : "more"
  }

  @Test("A call may be freed from deadline and cancellation of the call that is being answered")
  func freed() async throws {
    let notices = Notices()
    let upstream = try ScriptedServer { _, happening in
      if case .request(_, let fields) = happening {
        notices.add("timeout \(fields["grpc-timeout"] != nil)")
      }
      if case .reset = happening { notices.add("reset") }
    }
    let channel = try upstream.channel()
    let bench = await ServerBench(
      NotesService(unary: { note, context in
        context.onCancel { notices.add("cancelled") }
        var options = CallOptions()
        options.inheritsDeadline = false
        options.inheritsCancellation = false
        let call = channel.startUnary(NotesMethod.echo, note, options: options)
        await Task.detached { notices.add((try? await call.response.text) ?? "failed") }.value
        return note
      })
    )
    let id = await bench.open(["grpc-timeout": "1H"])
    await bench.send("x", on: id, endStream: true)
    await until("the outgoing call") { notices.contains("timeout false") }
    await bench.onLoop { $0.clientResets(id) }
    await until("the cancellation") { notices.contains("cancelled") }
    upstream.onPeer { $0.answer("late, and welcome", on: StreamID(1)) }
    await until("its answer") { notices.contains("late, and welcome") }
    #expect(!notices.contains("reset"))
  }

  @Test(
    "What is sent while an interceptor still looks at the call is kept back, and goes out in order"
  )
  func keptBack() async throws {
    struct Waiting: ClientInterceptor {
      let notices: Notices
      func intercept(_ call: inout OutgoingCall) async throws {
        await until("leave to go on") { notices.contains("go on") }
        call.metadata["token"] = "fresh"
      }
    }
    let notices = Notices()
    let server = try ScriptedServer { peer, happening in
      if case .connected = happening { notices.add("connected") }
      if case .request(_, let fields) = happening { notices.add(fields["token"] ?? "no token") }
      if case .message(_, let note) = happening { notices.add(note.text) }
      if case .requestEnd(let id) = happening { peer.answer("done", on: id) }
    }
    let channel = try server.channel { $0.interceptors = [Waiting(notices: notices)] }
    let call = channel.clientStreaming(NotesMethod.join, timeout: .seconds(30))
    for text in ["a", "b"] { try await call.send(Note(text)) }
    try call.finish()
    #expect(channel.state == .idle)
    notices.add("go on")
    #expect(try await call.response == "done")
    #expect(notices.all == ["go on", "connected", "fresh", "a", "b"])
  }

  @Test("A deadline that passes while an interceptor waits ends the call, and the waiting")
  func deadlineWhileIntercepted() async throws {
    struct Endless: ClientInterceptor {
      let notices: Notices
      func intercept(_ call: inout OutgoingCall) async throws {
        do { try await Task.sleep(for: .seconds(3600)) } catch { notices.add("cancelled") }
      }
    }
    let notices = Notices()
    let server = try ScriptedServer { _, happening in
      if case .connected = happening { notices.add("connected") }
    }
    let channel = try server.channel { $0.interceptors = [Endless(notices: notices)] }
    let error = await failure {
      _ = try await channel.unary(NotesMethod.echo, "x", timeout: .milliseconds(50))
    }
    #expect(error?.code == .deadlineExceeded)
    await until("the end of the interceptor") { notices.contains("cancelled") }
    #expect(await channel.counts.active == 0)
    #expect(!notices.contains("connected"))
  }

  @Test(
    "The server hears the authority: localhost on a Unix socket, or what the channel says instead"
  )
  func authority() async throws {
    let path = "/tmp/authority-\(UInt64.random(in: 0 ... .max))"
    let server = try ScriptedServer(on: .unix(path: path)) { peer, happening in
      if case .request(let id, let fields) = happening {
        peer.answer(Note(fields[":authority"] ?? "none"), on: id)
      }
    }
    var configuration = Channel.Configuration()
    for expected in ["localhost", "notes.example:1"] {
      let channel = try Channel(to: "unix:\(path)", configuration: configuration)
      let authority = try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(30))
      #expect(authority.text == expected)
      configuration.authority = "notes.example:1"
    }
    withExtendedLifetime(server) { _ = unlink(path) }
  }
}
