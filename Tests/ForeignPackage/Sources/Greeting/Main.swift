import GRPC
import Protobuf

struct GreetingService: Greeting.Service {
  func greet(_ request: GreetRequest, context: ServerContext) async throws -> GreetReply {
    guard !request.name.isEmpty else { throw RPCError(.invalidArgument, "name is empty") }
    let word = request.tongue == .french ? "Bonjour" : "Hello"
    return GreetReply(text: "\(word), \(request.name)!")
  }
}

@main
struct Main {
  static func main() async throws {
    let server = try await Server.listening(on: "127.0.0.1:0", serving: GreetingService())
    let greeting = Greeting.Stub(try Channel(to: "\(server.localAddress)"))
    let reply = try await greeting.greet(GreetRequest(name: "Ada", tongue: .french))
    print(reply.text)
    do {
      _ = try await greeting.greet(GreetRequest())
    } catch let error as RPCError {
      print("\(error.code): \(error.message)")
    }
    await server.shutDown()
  }
}
