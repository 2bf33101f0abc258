import GRPC

/// The service as any user would write it: plain `async` methods on the defaults of the library.
struct BenchService: Bench.Service {
  func unary(_ request: Msg, context: ServerContext) async throws -> Msg {
    Msg(payload: request.payload)
  }

  func serverStream(
    _ request: StreamReq,
    responses: ResponseWriter<Msg>,
    context: ServerContext
  ) async throws {
    let message = Msg(payload: [UInt8](repeating: 0, count: Int(max(0, request.size))))
    for _ in 0..<max(0, request.count) { try await responses.send(message) }
  }

  func clientStream(
    _ requests: RequestStream<Msg>,
    context: ServerContext
  ) async throws -> Sum {
    var sum = Sum()
    for try await request in requests {
      sum.count += 1
      sum.bytes += Int64(request.payload.count)
    }
    return sum
  }

  func bidi(
    _ requests: RequestStream<Msg>,
    responses: ResponseWriter<Msg>,
    context: ServerContext
  ) async throws {
    for try await request in requests { try await responses.send(request) }
  }
}

/// The same without `async`: its unary method is called directly on the event loop.
struct ImmediateBenchService: Bench.ImmediateService {
  private let service = BenchService()

  func unary(_ request: Msg, context: ServerContext) throws -> Msg {
    Msg(payload: request.payload)
  }

  func serverStream(
    _ request: StreamReq,
    responses: ResponseWriter<Msg>,
    context: ServerContext
  ) async throws {
    try await service.serverStream(request, responses: responses, context: context)
  }

  func clientStream(
    _ requests: RequestStream<Msg>,
    context: ServerContext
  ) async throws -> Sum {
    try await service.clientStream(requests, context: context)
  }

  func bidi(
    _ requests: RequestStream<Msg>,
    responses: ResponseWriter<Msg>,
    context: ServerContext
  ) async throws {
    try await service.bidi(requests, responses: responses, context: context)
  }
}
