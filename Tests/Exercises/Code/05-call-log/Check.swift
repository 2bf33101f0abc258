import GRPC

@main
enum Check {
  static func main() async throws {
    let (lines, line) = AsyncStream<String>.makeStream()
    let server = try await Server.listening(on: "127.0.0.1:0", serving: Greeting())
    var configuration = Channel.Configuration()
    configuration.interceptors = [CallLog { line.yield($0) }]
    let channel = try Channel(to: "\(server.localAddress)", configuration: configuration)
    let greeter = Greeter.Stub(channel)
    _ = try? await greeter.sayHello(HelloRequest(name: "Ada"))
    _ = try? await greeter.sayHello(HelloRequest())
    _ = try? await greeter.sayHello(HelloRequest(name: "slow"), timeout: .milliseconds(1))
    await server.shutDown(grace: .zero)
    _ = try? await greeter.sayHello(HelloRequest(name: "Ada"))
    // Behind this, no call can end any more.
    await channel.shutDown()
    line.finish()
    for await text in lines { print(text) }
  }

  private struct Greeting: Greeter.Service {
    func sayHello(_ request: HelloRequest, context: ServerContext) async throws -> HelloReply {
      guard !request.name.isEmpty else { throw RPCError(.invalidArgument, "name is empty") }
      if request.name == "slow" { try await Task.sleep(for: .seconds(600)) }
      return HelloReply(message: "Hello, \(request.name)!")
    }
  }
}
