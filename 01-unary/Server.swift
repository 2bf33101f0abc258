import GRPC

/// The service: every method that greeter.proto declares, and nothing else.
///
/// Leave `sayHello` out, or change a type, and the compiler says what is missing.
struct GreeterService: Greeter.Service {
  /// How long each reply waits, so that a caller can see what waiting costs.
  var delay: Duration = .zero

  func sayHello(_ request: HelloRequest, context: ServerContext) async throws -> HelloReply {
    guard !request.name.isEmpty else {
      throw RPCError(.invalidArgument, "name is empty")
    }
    if delay > .zero {
      try await Task.sleep(for: delay)
    }
    return HelloReply(message: "Hello, \(request.name)!")
  }
}
