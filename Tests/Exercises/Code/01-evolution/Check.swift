import GRPC
import Protobuf

// Two versions of greeter.proto side by side: what you have made of it, and, in `Helloworld`, the lesson's own.
@main
enum Check {
  static func main() async throws {
    try await with(OldService()) { channel in
      let old = Helloworld.Greeter.Stub(channel)
      let reply = try await old.sayHello(Helloworld.HelloRequest(name: "Ada")).message
      print("old client, old server: \(reply)")
      let new = Greeter.Stub(channel)
      let asked = try await new.sayHello(HelloRequest(name: "Ada", language: "de")).message
      print("new client that asks for de, old server: \(asked)")
    }
    try await with(GreeterService()) { channel in
      let old = Helloworld.Greeter.Stub(channel)
      let reply = try await old.sayHello(Helloworld.HelloRequest(name: "Ada")).message
      print("old client, new server: \(reply)")
      let new = Greeter.Stub(channel)
      let silent = try await new.sayHello(HelloRequest(name: "Ada")).message
      print("new client that asks for nothing, new server: \(silent)")
      for language in ["de", "xx", ""] {
        let asked = try await new.sayHello(HelloRequest(name: "Ada", language: language)).message
        print("new client that asks for '\(language)', new server: \(asked)")
      }
    }
    let request = HelloRequest(name: "Ada", language: "de").serialized()
    print("on the wire: \(hex(request))")
    let old = try Helloworld.HelloRequest(serialized: request)
    print("the old version, read and written again: \(hex(old.serialized()))")
    print("a language that is not there: \(hex(HelloRequest(name: "Ada").serialized()))")
    print("a language that is empty: \(hex(HelloRequest(name: "Ada", language: "").serialized()))")
  }

  /// The server of the lesson, as it was before.
  private struct OldService: Helloworld.Greeter.Service {
    func sayHello(
      _ request: Helloworld.HelloRequest,
      context: ServerContext
    ) async throws -> Helloworld.HelloReply {
      Helloworld.HelloReply(message: "Hello, \(request.name)!")
    }
  }

  private static func with(
    _ service: any Service,
    _ body: (Channel) async throws -> Void
  ) async throws {
    let server = try await Server.listening(on: "127.0.0.1:0", serving: service)
    let channel = try Channel(to: "\(server.localAddress)")
    try await body(channel)
    await channel.shutDown()
    await server.shutDown(grace: .zero)
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
