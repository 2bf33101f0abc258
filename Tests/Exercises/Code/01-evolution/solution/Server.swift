import GRPC

/// The service, one version later: it greets in the language that it is asked for.
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
    switch request.language {
    // An old client, which does not know the field, or a new one that does not care.
    case nil: return HelloReply(message: "Hello, \(request.name)!")
    case "": return HelloReply(message: "\(request.name)!")
    case "de": return HelloReply(message: "Hallo, \(request.name)!")
    default: return HelloReply(message: "Hello, \(request.name)!")
    }
  }
}
