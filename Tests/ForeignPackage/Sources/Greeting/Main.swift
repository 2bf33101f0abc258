import GRPC
import Protobuf

struct GreetingService: Greeting.Service {
  func greet(_ request: GreetRequest, context: ServerContext) async throws -> GreetReply {
    guard !request.name.isEmpty else {
      let violation = Google.Rpc.BadRequest.FieldViolation(field: "name", description: "is empty")
      throw RPCError(
        .invalidArgument,
        "name is empty",
        details: [Google.Rpc.BadRequest(fieldViolations: [violation])]
      )
    }
    let word = request.tongue == .french ? "Bonjour" : "Hello"
    return GreetReply(
      text: "\(word), \(request.name)!",
      at: Google.Protobuf.Timestamp(text: "2026-11-24T10:50:00.5Z")
    )
  }
}

@main
struct Main {
  static func main() async throws {
    let server = try await Server.listening(on: "127.0.0.1:0", serving: GreetingService())
    let greeting = Greeting.Stub(try Channel(to: "\(server.localAddress)"))
    let reply = try await greeting.greet(
      GreetRequest(name: "Ada", tongue: .french),
      timeout: Duration.seconds(30)
    )
    print(reply.text, reply.at?.text ?? "some time")
    do {
      _ = try await greeting.greet(GreetRequest())
    } catch let error as RPCError {
      let request = error.detail(Google.Rpc.BadRequest.self)
      print("\(error.code): \(error.message)", request?.fieldViolations.map(\.field) ?? [])
    }
    await server.shutDown()
  }
}
