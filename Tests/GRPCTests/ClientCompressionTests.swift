import HPACK
import HTTP2
import Sockets
import Testing
import Transport

@testable import GRPC

/// gRPC's doc/compression.md, the client's side.
@Suite struct ClientCompressionTests {
  private static let long = Note(size: 2_000)

  private static let echo = MethodDescriptor<Note, Note>(
    service: "test.Notes",
    name: "Echo",
    kind: .unary
  )
  private static let chat = MethodDescriptor<Note, Note>(
    service: "test.Notes",
    name: "Chat",
    kind: .bidirectional
  )

  /// A server that answers every call with the same bytes.
  private func withServer<Result>(
    answering headers: HeaderList,
    _ body: [UInt8],
    _ use: (Channel) async throws -> Result
  ) async throws -> Result {
    let address = try #require(SocketAddress(numericHost: "127.0.0.1", port: 0))
    let listener = try Listener.listen(on: address, delegate: FixedAnswer(headers, body))
    let result = try await use(Channel(to: "\(listener.localAddress)"))
    await listener.drain(grace: .zero)
    return result
  }

  private func failure(answering headers: HeaderList, _ body: [UInt8]) async throws -> RPCError {
    try await withServer(answering: headers, body) { channel in
      do {
        _ = try await channel.unary(Self.echo, "x", timeout: .seconds(30))
      } catch let error as RPCError {
        return error
      }
      return RPCError(.unknown, "no error")
    }
  }

  @Test("A response compressed in a way that the client does not read is INTERNAL")
  func unknown() async throws {
    let headers: HeaderList = [
      ":status": "200", "content-type": "application/grpc", "grpc-encoding": "br",
    ]
    let error = try await failure(answering: headers, [1, 0, 0, 0, 1, 0])
    #expect(
      error.description
        == "INTERNAL: the server compressed a message with \"br\", which this client "
        + "does not read; it accepts: identity,gzip,deflate"
    )
  }

  @Test("An unknown grpc-encoding does not matter where no message is compressed")
  func unknownButUnused() async throws {
    let headers: HeaderList = [
      ":status": "200", "content-type": "application/grpc", "grpc-encoding": "br",
    ]
    let note = try await withServer(answering: headers, Note("x").framed) {
      try await $0.unary(Self.echo, "x", timeout: .seconds(30))
    }
    #expect(note == "x")
  }

  @Test("The compressed flag without grpc-encoding is INTERNAL")
  func flagWithoutEncoding() async throws {
    let headers: HeaderList = [":status": "200", "content-type": "application/grpc"]
    let error = try await failure(answering: headers, [1, 0, 0, 0, 1, 0])
    #expect(error.code == .internal)
    #expect(error.message.hasPrefix("a message is marked as compressed"))
  }

  @Test("Requests are compressed for a channel, for a call, and not for a message that asks")
  func requests() async throws {
    var service = NotesService()
    service.unary = { _, context in
      Note("\(context.requestCompression) \(context.requestWasCompressed)")
    }
    service.streaming = { requests, responses, _ in
      var iterator = requests.makeAsyncIterator()
      while try await iterator.next() != nil {
        try await responses.send(Note("\(iterator.latestWasCompressed)"))
      }
    }
    let server = try await Server.listening(on: "127.0.0.1:0", serving: service)
    var configuration = Channel.Configuration()
    configuration.compression = .deflate
    configuration.defaultTimeout = .seconds(30)
    let channel = try Channel(to: "\(server.localAddress)", configuration: configuration)
    #expect(try await channel.unary(Self.echo, Self.long) == "deflate true")
    var options = CallOptions()
    options.compression = .gzip
    #expect(try await channel.unary(Self.echo, Self.long, options: options) == "gzip true")
    options.compression = .identity
    #expect(try await channel.unary(Self.echo, Self.long, options: options) == "identity false")

    let call = channel.bidirectional(Self.chat)
    try await call.send(Self.long)
    try await call.send(Self.long, compress: false)
    try call.finish()
    var answers: [Note] = []
    for try await note in call.responses { answers.append(note) }
    #expect(answers == ["true", "false"])
    await channel.shutDown()
    await server.shutDown(grace: .zero)
  }

  @Test("Compressed responses are read, and the caller can tell them")
  func responses() async throws {
    var service = NotesService()
    service.streaming = { requests, responses, context in
      try context.compressResponses(with: .deflate)
      for try await note in requests {
        try await responses.send(note)
        try await responses.send(note, compress: false)
      }
    }
    var settings = Server.Configuration()
    settings.compression = .gzip
    let server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: service,
      configuration: settings
    )
    let channel = try Channel(to: "\(server.localAddress)")
    let unary = channel.startUnary(Self.echo, Self.long, timeout: .seconds(30))
    #expect(try await unary.response == Self.long)
    #expect(unary.responseWasCompressed)

    let call = channel.bidirectional(Self.chat, timeout: .seconds(30))
    try await call.send(Self.long)
    try call.finish()
    var flags: [Bool] = []
    var responses = call.responses.makeAsyncIterator()
    while let note = try await responses.next() {
      #expect(note == Self.long)
      flags.append(responses.latestWasCompressed)
    }
    #expect(flags == [true, false])
    await channel.shutDown()
    await server.shutDown(grace: .zero)
  }
}

/// Answers every call with the same headers, body and OK.
private final class FixedAnswer: ServerConnectionDelegate {
  private let headers: HeaderList
  private let body: [UInt8]

  init(_ headers: HeaderList, _ body: [UInt8]) {
    self.headers = headers
    self.body = body
  }

  func connectionOpened(_ connection: ServerConnection) {}
  func connectionClosed(_ connection: ServerConnection) {}

  func connection(
    _ connection: ServerConnection,
    opened id: StreamID,
    isComplete: Bool,
    endStream: Bool
  ) -> (any StreamConsumer)? {
    connection.sendHeaders(self.headers, on: id, endStream: false)
    body.withUnsafeBytes { connection.sendData($0, on: id, endStream: false) }
    connection.sendTrailers(["grpc-status": "0"], on: id)
    return nil
  }
}
