import HTTP2
import Sockets
import Testing

@testable import GRPC

/// What a client makes of odd and broken answers (gRPC's PROTOCOL-HTTP2.md, statuscodes.md,
/// http-grpc-status-mapping.md).
@Suite struct ClientEdgesTests {
  /// A unary call to a server that answers it with a script.
  private func call(
    timeout: Duration = .seconds(30),
    _ answer: @escaping @Sendable (ScriptedPeer, StreamID) -> Void
  ) async throws -> Note {
    let server = try ScriptedServer { peer, happening in
      if case .requestEnd(let id) = happening { answer(peer, id) }
    }
    let channel = try server.channel { $0.maxReceiveMessageSize = 1_000 }
    return try await channel.unary(NotesMethod.echo, "x", timeout: timeout)
  }

  private func error(
    timeout: Duration = .seconds(30),
    _ answer: @escaping @Sendable (ScriptedPeer, StreamID) -> Void
  ) async -> RPCError? {
    await failure { _ = try await call(timeout: timeout, answer) }
  }

  @Test("A good answer is a good answer, interim responses before it or not (RFC 9113 §8.1)")
  func good() async throws {
    #expect(try await call { $0.answer("y", on: $1) } == "y")
    let interim = try await call { peer, id in
      peer.headers([(":status", "100")], on: id, endStream: false)
      peer.headers([(":status", "103"), ("link", "x")], on: id, endStream: false)
      peer.answer("z", on: id)
    }
    #expect(interim == "z")
  }

  @Test("A message may come in frames of one byte")
  func slow() async throws {
    let note = try await call { peer, id in
      peer.head(on: id)
      for byte in Note("slow").framed { peer.data([byte], on: id) }
      peer.trailers(0, on: id)
    }
    #expect(note == "slow")
  }

  @Test(
    "Each RST_STREAM code has its status, and a message that says what happened",
    arguments: [
      (0x0, .internal), (0x1, .internal), (0x2, .internal), (0x3, .internal), (0x4, .internal),
      (0x5, .unknown), (0x6, .internal), (0x7, .unavailable), (0x8, .cancelled), (0x9, .internal),
      (0xA, .internal), (0xB, .resourceExhausted), (0xC, .permissionDenied), (0xD, .internal),
      (0xFF, .internal),
    ] as [(UInt32, Status.Code)]
  )
  func resets(code: UInt32, status: Status.Code) async {
    let error = await error { peer, id in peer.reset(id, code: code) }
    #expect(error?.code == status)
    #expect(error?.message.contains("server") == true)
  }

  @Test(
    "An HTTP status without grpc-status has its code, with a body or without",
    arguments: [
      (400, .internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
      (429, .unavailable), (431, .internal), (502, .unavailable), (503, .unavailable),
      (504, .unavailable), (302, .unknown), (415, .unknown), (500, .unknown),
    ] as [(Int, Status.Code)]
  )
  func httpStatus(http: Int, status: Status.Code) async {
    let fields = [(":status", "\(http)"), ("content-type", "text/html")]
    let alone = await error { peer, id in peer.headers(fields, on: id, endStream: true) }
    #expect(alone?.code == status)
    #expect(alone?.message.contains("HTTP \(http)") == true)
    let withBody = await error { peer, id in
      peer.headers(fields, on: id, endStream: false)
      peer.data(Array("<html>".utf8), on: id, endStream: true)
    }
    #expect(withBody?.code == status)
  }

  @Test("An answer with 200 that is not gRPC's is UNKNOWN and names its content-type")
  func otherContent() async {
    let error = await error { peer, id in
      peer.head(on: id, ["content-type": "application/json"])
    }
    #expect(error?.code == .unknown)
    #expect(error?.message.contains("application/json") == true)
  }

  @Test("A grpc-status wins over the HTTP status")
  func statusWins() async {
    let error = await error { peer, id in
      peer.headers([(":status", "503"), ("grpc-status", "5")], on: id, endStream: true)
    }
    #expect(error?.code == .notFound)
  }

  @Test(
    "OK without a message, or with two, is UNIMPLEMENTED where one is due (statuscodes.md)",
    arguments: [[], ["a", "b"]] as [[Note]]
  )
  func cardinality(notes: [Note]) async {
    let error = await error { peer, id in
      peer.head(on: id)
      for note in notes { peer.messages(note, on: id) }
      peer.trailers(0, on: id)
    }
    #expect(error?.code == .unimplemented)
    let only = await self.error { peer, id in peer.trailersOnly(0, on: id) }
    #expect(only?.code == .unimplemented)
  }

  @Test("A status in trailers alone carries its message and metadata")
  func trailersOnly() async {
    let error = await error { peer, id in
      peer.trailersOnly(9, on: id, ["grpc-message": "50%25 %C3%BC", "why": "test"])
    }
    #expect(error?.status == Status(.failedPrecondition, "50% ü"))
    #expect(error?.metadata["why"] == "test")
  }

  @Test(
    "A malformed grpc-message is not thrown away, nor does it hide the status",
    arguments: [("100%", "100%"), ("%zz", "%zz"), ("%FF", "\u{FFFD}")]
  )
  func malformedMessage(field: String, message: String) async {
    let error = await error { peer, id in
      peer.trailersOnly(5, on: id, ["grpc-message": field])
    }
    #expect(error?.status == Status(.notFound, message))
  }

  @Test(
    "A grpc-status outside 0 to 16, or that is no number, is UNKNOWN",
    arguments: ["17", "x", "-1"]
  )
  func oddStatus(field: String) async {
    let error = await error { peer, id in
      peer.head(on: id)
      peer.headers([("grpc-status", field)], on: id, endStream: true)
    }
    #expect(error?.code == .unknown)
  }

  @Test("A response without trailers, or trailers without a status, are errors that say so")
  func noStatus() async {
    let noTrailers = await error { peer, id in
      peer.head(on: id)
      peer.data(Note("y").framed, on: id, endStream: true)
    }
    #expect(noTrailers?.code == .internal)
    #expect(noTrailers?.message.contains("without trailers") == true)
    let noField = await error { peer, id in
      peer.head(on: id)
      peer.headers([("other", "x")], on: id, endStream: true)
    }
    #expect(noField?.code == .unknown)
  }

  @Test("OK behind a message that is cut off is INTERNAL; another status behind it stands")
  func truncated() async {
    let good = await error { peer, id in
      peer.head(on: id)
      peer.data([0, 0, 0, 0, 9, 1, 2], on: id)
      peer.trailers(0, on: id)
    }
    #expect(good?.code == .internal)
    let bad = await error { peer, id in
      peer.head(on: id)
      peer.data([0, 0, 0], on: id)
      peer.trailers(7, on: id)
    }
    #expect(bad?.code == .permissionDenied)
  }

  @Test(
    "A message over the limit is RESOURCE_EXHAUSTED at once, 4 GiB too, naming side and option",
    arguments: [[0, 0, 0, 0x10, 0], [0, 0xFF, 0xFF, 0xFF, 0xFF]] as [[UInt8]]
  )
  func tooLarge(prefix: [UInt8]) async {
    let error = await error { peer, id in
      peer.head(on: id)
      peer.data(prefix, on: id)
    }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.message.contains("this client's maxReceiveMessageSize of 1,000") == true)
  }

  @Test("A message that is compressed without grpc-encoding, or is no protobuf, is INTERNAL")
  func undecodable() async {
    for bytes in [[1, 0, 0, 0, 1, 9], [0, 0, 0, 0, 1, 0xFF], [7, 0, 0, 0, 0]] as [[UInt8]] {
      let error = await error { peer, id in
        peer.head(on: id)
        peer.data(bytes, on: id)
        peer.trailers(0, on: id)
      }
      #expect(error?.code == .internal)
    }
  }

  @Test("Headers without end are RESOURCE_EXHAUSTED and name the option")
  func largeHeaders() async {
    let error = await error { peer, id in
      peer.head(
        on: id,
        ["x": String(repeating: "x", count: 10_000), "y": String(repeating: "y", count: 10_000)]
      )
    }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.message.contains("maxHeaderListSize") == true)
  }

  @Test("Reserved, duplicate, joined and odd metadata of a server is read, whatever it is")
  func oddMetadata() async throws {
    let server = try ScriptedServer { peer, happening in
      guard case .requestEnd(let id) = happening else { return }
      peer.head(
        on: id,
        ["grpc-odd": "1", "twice": "a", "twice": "b", "x-bin": "AQ==,Ag", "y": "é"]
      )
      peer.messages("m", on: id)
      peer.trailers(0, on: id, ["x-bin": "?", "last": "1"])
    }
    let call = try server.channel().startUnary(NotesMethod.echo, "x", timeout: .seconds(30))
    let head = try await call.initialMetadata
    #expect(head["grpc-odd"] == "1")
    #expect(head.values(for: "twice") == ["a", "b"])
    #expect(head.binaryValues(for: "x-bin") == [[1], [2]])
    #expect(head["y"] == "é")
    let last = try await call.trailingMetadata
    #expect(last["x-bin"] == "?")
    #expect(last["last"] == "1")
    #expect(try await call.response == "m")
  }

  @Test(
    "A server of another protocol is told from one that breaks a rule of HTTP/2",
    arguments: [
      ("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1"), ("\u{15}\u{3}\u{3}\0\u{2}\u{2}F", "TLS"),
      ("SSH-2.0-Server\r\n", "it begins with \"SSH-2.0-Server"),
    ]
  )
  func otherProtocol(opening: String, guess: String) async throws {
    let listening = try Socket.listen(on: .ipv4(bytes: [127, 0, 0, 1], port: 0))
    let channel = try Channel(to: "\(listening.localAddress)")
    let call = channel.startUnary(NotesMethod.echo, "x", timeout: .seconds(30))
    var server: Socket?
    await until("a connection") {
      server = try? listening.accept()?.0
      return server != nil
    }
    _ = Array(opening.utf8).withUnsafeBytes { server?.write([$0]) }
    server?.finishWriting()
    let error = await failure { _ = try await call.response }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("speaks no HTTP/2") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(guess) == true, "\(error?.message ?? "")")
    listening.close()
    server?.close()
  }

  @Test("A broken rule of HTTP/2 on a stream ends its call alone")
  func violation() async throws {
    let server = try ScriptedServer { peer, happening in
      guard case .requestEnd(let id) = happening else { return }
      if id == StreamID(1) {
        peer.headers([("x", "no status")], on: id, endStream: false)
      } else {
        peer.answer("fine", on: id)
      }
    }
    let channel = try server.channel()
    let error = await failure {
      _ = try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(30))
    }
    #expect(error?.code == .internal)
    #expect(error?.message.contains("HTTP/2") == true)
    #expect(try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(30)) == "fine")
  }

  @Test(
    "A broken rule of the connection ends its calls UNAVAILABLE, and the next call has a new one"
  )
  func brokenConnection() async throws {
    let server = try ScriptedServer { peer, happening in
      guard case .requestEnd(let id) = happening else { return }
      if peer.number == 0 {
        peer.head(on: id)  // an answer: the connection was of use, and is replaced at once
        peer.frame(0x6, on: StreamID(1), [1, 2, 3])
      } else {
        peer.answer("fine", on: id)
      }
    }
    let channel = try server.channel()
    let error = await failure {
      _ = try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(30))
    }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("PING") == true)
    let options = CallOptions.waiting
    #expect(
      try await channel.unary(NotesMethod.echo, "x", timeout: .seconds(30), options: options)
        == "fine"
    )
  }
}

extension CallOptions {
  /// Waits for a connection.
  static var waiting: CallOptions {
    var options = CallOptions()
    options.waitForReady = true
    return options
  }
}
