import Protobuf
import Testing

@testable import GRPC

/// gRPC's doc/compression.md, the server's side.
@Suite struct ServerCompressionTests {
  private static let long = Note(size: 2_000)

  /// A note, compressed, with its prefix.
  private func framed(_ note: Note, _ compression: Compression) throws -> [UInt8] {
    let bytes = note.serialized()
    let compressed = try #require(bytes.withUnsafeBytes(compression.compress))
    return [1] + withUnsafeBytes(of: UInt32(compressed.count).bigEndian, Array.init) + compressed
  }

  @Test(
    "A compressed request is read, in every kind of method",
    arguments: [Compression.gzip, .deflate]
  )
  func requests(compression: Compression) async throws {
    let bytes = try framed(Self.long, compression)
    for method in ["Echo", "Immediate", "Join", "Chat"] {
      for isSlow in [false, true] {
        let bench = await ServerBench(NotesService(), isSlow: isSlow)
        let id = await bench.open(method, ["grpc-encoding": compression.rawValue])
        await bench.onLoop { $0.clientSends(bytes, on: id, endStream: true) }
        let response = await bench.response(id)
        #expect(response.status == "0", "\(method)")
        #expect(response.messages == [Self.long], "\(method)")
      }
    }
  }

  @Test("Within one call, messages may be compressed or not")
  func mixed() async throws {
    let bench = await ServerBench(NotesService())
    let id = await bench.open("Chat", ["grpc-encoding": "gzip"])
    let bytes = try framed(Self.long, .gzip) + Note("plain").framed
    await bench.onLoop { $0.clientSends(bytes, on: id, endStream: true) }
    #expect(await bench.response(id).messages == [Self.long, "plain"])
  }

  @Test("A server names what it reads with its response")
  func acceptEncoding() async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Echo", [:], "x")
    #expect(response.head["grpc-accept-encoding"] == "identity,gzip,deflate")
    #expect(response.head["grpc-encoding"] == nil)
  }

  @Test(
    "A compression that the server does not read is UNIMPLEMENTED, and not among those it names"
  )
  func unknown() async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Echo", ["grpc-encoding": "br"], "x")
    #expect(response.status == "12")
    #expect(response.head["grpc-accept-encoding"] == "identity,gzip,deflate")
    #expect(response.message.contains("\"br\" is not supported by this server"))
  }

  @Test(
    "The compressed flag without grpc-encoding is INTERNAL, in every kind of method",
    arguments: [nil, "identity"]
  )
  func flagWithoutEncoding(encoding: String?) async throws {
    let bytes = try framed(Self.long, .gzip)
    for method in ["Echo", "Immediate", "Join", "Chat"] {
      let bench = await ServerBench(NotesService())
      let id = await bench.open(method, ["grpc-encoding": encoding])
      await bench.onLoop { $0.clientSends(bytes, on: id, endStream: true) }
      #expect(await bench.response(id).status == "13", "\(method)")
    }
  }

  @Test("A message that is not what its grpc-encoding says is INTERNAL")
  func malformed() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open("Echo", ["grpc-encoding": "gzip"])
    await bench.onLoop { $0.clientSends([1, 0, 0, 0, 2, 9, 9], on: id, endStream: true) }
    #expect(await bench.response(id).status == "13")
  }

  @Test("A message that grows beyond the limit is RESOURCE_EXHAUSTED")
  func bomb() async throws {
    var configuration = Server.Configuration()
    configuration.maxReceiveMessageSize = 10_000
    let bytes = try framed(Note(size: 1_000_000), .gzip)
    #expect(bytes.count < 10_000)
    for method in ["Echo", "Join"] {
      let bench = await ServerBench(NotesService(), configuration: configuration)
      let id = await bench.open(method, ["grpc-encoding": "gzip"])
      await bench.onLoop { $0.clientSends(bytes, on: id, endStream: true) }
      #expect(await bench.response(id).status == "8", "\(method)")
    }
  }

  @Test("A server that compresses does so for clients that read it, and only for them")
  func perServer() async {
    var configuration = Server.Configuration()
    configuration.compression = .gzip
    for (accepted, isCompressed) in [("identity, gzip", true), ("deflate", false), (nil, false)] {
      for execution in [HandlerExecution.eventLoop, .concurrentPool] {
        let bench = await ServerBench(
          NotesService(execution: execution),
          configuration: configuration
        )
        let response = await bench.call("Echo", ["grpc-accept-encoding": accepted], Self.long)
        #expect(response.head["grpc-encoding"] == (isCompressed ? "gzip" : nil))
        #expect(response.compressed == [isCompressed])
        #expect(response.messages == [Self.long])
      }
    }
  }

  @Test("A method chooses for its call, and for each message")
  func perCallAndMessage() async {
    for execution in [HandlerExecution.eventLoop, .concurrentPool] {
      var service = NotesService(execution: execution)
      service.streaming = { requests, responses, context in
        #expect(try context.compressResponses(with: .deflate))
        for try await note in requests {
          try await responses.send(note)
          try await responses.send(note, compress: false)
        }
        #expect(throws: RPCError.self) { try context.compressResponses(with: .gzip) }
      }
      let bench = await ServerBench(service)
      let response = await bench.call(
        "Chat",
        ["grpc-accept-encoding": "gzip,deflate"],
        Self.long,
        "short"
      )
      #expect(response.head["grpc-encoding"] == "deflate")
      // "short" would not become smaller.
      #expect(response.compressed == [true, false, false, false])
      #expect(response.messages == [Self.long, Self.long, "short", "short"])
      #expect(response.status == "0")
    }
  }

  @Test("A method is told when its client does not read the compression")
  func notAccepted() async {
    var service = NotesService()
    service.unary = { note, context in
      let isReadable = try context.compressResponses(with: .gzip)
      #expect(!isReadable)
      return note
    }
    let bench = await ServerBench(service)
    let response = await bench.call("Echo", ["grpc-accept-encoding": "deflate"], Self.long)
    #expect(response.head["grpc-encoding"] == nil)
    #expect(response.compressed == [false])
  }

  @Test("A method sees whether its request came compressed")
  func seen() async throws {
    var service = NotesService()
    service.unary = { _, context in
      Note("\(context.requestCompression) \(context.requestWasCompressed)")
    }
    let bench = await ServerBench(service)
    let id = await bench.open("Echo", ["grpc-encoding": "gzip"])
    let bytes = try framed(Self.long, .gzip)
    await bench.onLoop { $0.clientSends(bytes, on: id, endStream: true) }
    #expect(await bench.response(id).messages == ["gzip true"])
    #expect(await bench.call("Echo", ["grpc-encoding": "gzip"], "x").messages == ["gzip false"])
    #expect(await bench.call("Echo", [:], "x").messages == ["identity false"])
  }
}
