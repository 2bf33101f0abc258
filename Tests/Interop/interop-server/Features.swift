import GRPC
import InteropTesting

// Each feature under the name that interop-test-descriptions.md gives it.
extension TestServer {
  /// Whoever asks for more is not a test.
  private static let largestPayload: Int32 = 256 * 1024 * 1024
  static let mostHeld = 1_000

  /// "StreamingOutputCall": one response for each of the request's parameters.
  func answer(
    _ request: StreamingOutputCallRequest,
    _ responses: ResponseWriter<StreamingOutputCallResponse>,
    _ context: ServerContext
  ) async throws {
    if request.responseParameters.contains(where: { $0.compressed?.value == true }) {
      // Too late when a request before this one has been answered: its answers then go as they are.
      _ = try? context.compressResponses(with: .gzip)
    }
    try echo(request.responseStatus)
    for parameters in request.responseParameters {
      if parameters.intervalUs > 0 {
        try await Task.sleep(for: .microseconds(Int64(parameters.intervalUs)))
      }
      try await responses.send(
        StreamingOutputCallResponse(payload: try payload(request.responseType, parameters.size)),
        compress: parameters.compressed?.value == true
      )
    }
  }

  /// "CompressedRequest".
  func check(_ expectCompressed: BoolValue?, _ isCompressed: Bool) throws {
    guard let expected = expectCompressed?.value, expected != isCompressed else { return }
    throw RPCError(
      .invalidArgument,
      expected
        ? "the request was to be compressed, and is not"
        : "the request is compressed, and was not to be"
    )
  }

  /// "Echo Status".
  func echo(_ status: EchoStatus?) throws {
    guard let status, status.code != 0 else { return }
    throw RPCError(Status.Code(rawValue: Int(status.code)) ?? .unknown, status.message)
  }

  /// "Echo Metadata".
  func echoMetadata(_ context: ServerContext) throws {
    let received = context.metadata
    let trailingKey = "x-grpc-test-echo-trailing-bin"
    for value in received.binaryValues(for: trailingKey) {
      context.trailingMetadata.append(value, for: trailingKey)
    }
    let initialKey = "x-grpc-test-echo-initial"
    let values = received.values(for: initialKey)
    guard !values.isEmpty else { return }
    var initial = Metadata()
    for value in values { initial.append(value, for: initialKey) }
    try context.sendInitialMetadata(initial)
  }

  /// "UnaryCall": a payload of the size and type that was asked for.
  func payload(_ type: PayloadType, _ size: Int32) throws -> Payload {
    guard type == .compressable else {
      throw RPCError(.invalidArgument, "response_type \(type.rawValue) is not supported")
    }
    guard (0...Self.largestPayload).contains(size) else {
      throw RPCError(.invalidArgument, "a payload of \(size) bytes can't be sent")
    }
    return Payload(body: [UInt8](repeating: 0, count: Int(size)))
  }
}
