import GRPC
import InteropTesting

/// The features that gRPC's interop-test-descriptions.md asks of a server.
struct TestServer: TestService.Service {
  /// Tells this instance from all others.
  private let identity = "swift-\(UInt64.random(in: .min ... .max))"

  func emptyCall(_ request: Empty, context: ServerContext) async throws -> Empty {
    try echoMetadata(context)
    return Empty()
  }

  func unaryCall(_ request: SimpleRequest, context: ServerContext) async throws -> SimpleResponse {
    try check(request.expectCompressed, context.requestWasCompressed)
    if request.responseCompressed?.value == true {
      try context.compressResponses(with: .gzip)
    }
    try echoMetadata(context)
    try echo(request.responseStatus)
    return SimpleResponse(
      payload: try payload(request.responseType, request.responseSize),
      serverID: request.fillServerID ? identity : ""
    )
  }

  func cacheableUnaryCall(
    _ request: SimpleRequest,
    context: ServerContext
  ) async throws -> SimpleResponse {
    try context.sendInitialMetadata(["cache-control": "max-age=60, public"])
    // Every answer is another one, so that a cached answer is told from a new one.
    let text = "\(ContinuousClock.now) \(UInt64.random(in: .min ... .max))"
    return SimpleResponse(payload: Payload(body: Array(text.utf8)))
  }

  func streamingOutputCall(
    _ request: StreamingOutputCallRequest,
    responses: ResponseWriter<StreamingOutputCallResponse>,
    context: ServerContext
  ) async throws {
    try await answer(request, responses, context)
  }

  func streamingInputCall(
    _ requests: RequestStream<StreamingInputCallRequest>,
    context: ServerContext
  ) async throws -> StreamingInputCallResponse {
    try echoMetadata(context)
    var sum = 0
    var iterator = requests.makeAsyncIterator()
    while let request = try await iterator.next() {
      try check(request.expectCompressed, iterator.latestWasCompressed)
      sum += request.payload?.body.count ?? 0
    }
    return StreamingInputCallResponse(aggregatedPayloadSize: Int32(clamping: sum))
  }

  func fullDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>,
    responses: ResponseWriter<StreamingOutputCallResponse>,
    context: ServerContext
  ) async throws {
    try echoMetadata(context)
    for try await request in requests { try await answer(request, responses, context) }
  }

  func halfDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>,
    responses: ResponseWriter<StreamingOutputCallResponse>,
    context: ServerContext
  ) async throws {
    try echoMetadata(context)
    var held: [StreamingOutputCallRequest] = []
    for try await request in requests {
      guard held.count < Self.mostHeld else {
        throw RPCError(.resourceExhausted, "this server holds at most \(Self.mostHeld) requests")
      }
      held.append(request)
    }
    for request in held { try await answer(request, responses, context) }
  }

  func unimplementedCall(_ request: Empty, context: ServerContext) async throws -> Empty {
    throw RPCError(.unimplemented, "no server implements this method")
  }
}
