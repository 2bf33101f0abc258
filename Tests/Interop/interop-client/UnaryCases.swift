import GRPC
import InteropTesting

extension Payload {
  /// So many zeros.
  init(zeros count: Int) { self.init(body: [UInt8](repeating: 0, count: count)) }
}

/// The sizes that gRPC's interop tests use: digits of e in requests, digits of π in responses.
enum Size {
  static let request = 271_828
  static let response = 314_159
  static let requests = [27_182, 8, 1_828, 45_904]
  static let responses = [31_415, 9, 2_653, 58_979]
}

extension InteropClient {
  static let largeRequest = SimpleRequest(
    responseSize: Int32(Size.response),
    payload: Payload(zeros: Size.request)
  )

  func emptyUnary() async throws {
    let response = try await naming("EmptyCall") {
      try await stub.emptyCall(Empty(), options: options)
    }
    try expect(response, Empty(), "the response")
  }

  func largeUnary() async throws {
    let response = try await naming("UnaryCall") {
      try await stub.unaryCall(Self.largeRequest, options: options)
    }
    try check(response.payload, Size.response, "UnaryCall")
  }

  /// A payload of the right size, all zeros.
  func check(_ payload: Payload?, _ size: Int, _ what: String) throws {
    try expect(payload?.type, .compressable, "\(what): type of the payload")
    try expect(payload?.body.count, size, "\(what): bytes of the payload")
    try expect(payload?.body.allSatisfy { $0 == 0 }, true, "\(what): whether all bytes are zero")
  }

  // MARK: Metadata

  private static let initialKey = "x-grpc-test-echo-initial"
  private static let initialValue = "test_initial_metadata_value"
  private static let trailingKey = "x-grpc-test-echo-trailing-bin"
  private static let trailingValue: [UInt8] = [0xAB, 0xAB, 0xAB]

  func customMetadata() async throws {
    var sent = Metadata()
    sent.append(Self.initialValue, for: Self.initialKey)
    sent.append(Self.trailingValue, for: Self.trailingKey)

    try await naming("UnaryCall") {
      let call = channel.startUnary(
        TestService.Method.unaryCall,
        Self.largeRequest,
        metadata: sent,
        options: options
      )
      try check(try await call.response.payload, Size.response, "UnaryCall")
      try await checkEcho(call, "UnaryCall")
    }
    try await naming("FullDuplexCall") {
      let call = stub.fullDuplexCall(metadata: sent, options: options)
      try await call.send(
        StreamingOutputCallRequest(
          responseParameters: [ResponseParameters(size: Int32(Size.response))],
          payload: Payload(zeros: Size.request)
        )
      )
      try call.finish()
      var sizes: [Int] = []
      for try await response in call.responses { sizes.append(response.payload?.body.count ?? 0) }
      try expect(sizes, [Size.response], "FullDuplexCall: sizes of the responses")
      try await checkEcho(call, "FullDuplexCall")
    }
  }

  private func checkEcho(_ call: some ClientCallProtocol, _ what: String) async throws {
    try expect(
      try await call.initialMetadata.values(for: Self.initialKey),
      [Self.initialValue],
      "\(what): initial metadata \(Self.initialKey)"
    )
    try expect(
      try await call.trailingMetadata.binaryValues(for: Self.trailingKey),
      [Self.trailingValue],
      "\(what): trailing metadata \(Self.trailingKey)"
    )
  }

  // MARK: Status

  func statusCodeAndMessage() async throws {
    let status = EchoStatus(code: 2, message: "test status message")
    let unary = try await expectFailure(.unknown, of: "UnaryCall") {
      _ = try await stub.unaryCall(SimpleRequest(responseStatus: status), options: options)
    }
    try expect(unary.message, status.message, "UnaryCall: status message")

    let streaming = try await expectFailure(.unknown, of: "FullDuplexCall") {
      let call = stub.fullDuplexCall(options: options)
      try await call.send(StreamingOutputCallRequest(responseStatus: status))
      try call.finish()
      for try await _ in call.responses {}
    }
    try expect(streaming.message, status.message, "FullDuplexCall: status message")
  }

  func specialStatusMessage() async throws {
    let message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
    let error = try await expectFailure(.unknown, of: "UnaryCall") {
      let request = SimpleRequest(responseStatus: EchoStatus(code: 2, message: message))
      _ = try await stub.unaryCall(request, options: options)
    }
    // As bytes: Swift holds strings equal whose scalars differ.
    try expect(Array(error.message.utf8), Array(message.utf8), "UnaryCall: status message")
  }

  func unimplementedMethod() async throws {
    try await expectFailure(.unimplemented, of: "TestService/UnimplementedCall") {
      _ = try await stub.unimplementedCall(Empty(), options: options)
    }
  }

  func unimplementedService() async throws {
    try await expectFailure(.unimplemented, of: "UnimplementedService/UnimplementedCall") {
      let stub = UnimplementedService.Stub(channel)
      _ = try await stub.unimplementedCall(Empty(), options: options)
    }
  }
}
