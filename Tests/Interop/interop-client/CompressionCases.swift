import GRPC
import InteropTesting

extension InteropClient {
  private var compressing: CallOptions {
    var compressing = options
    compressing.compression = .gzip
    return compressing
  }

  func clientCompressedUnary() async throws {
    var request = Self.largeRequest
    request.expectCompressed = BoolValue(value: true)
    try await expectFailure(.invalidArgument, of: "the probe, not compressed as announced") {
      _ = try await stub.unaryCall(request, options: options)
    }
    let compressed = try await naming("the compressed UnaryCall") {
      try await stub.unaryCall(request, options: compressing)
    }
    try check(compressed.payload, Size.response, "the compressed UnaryCall")

    request.expectCompressed = BoolValue(value: false)
    let plain = try await naming("the plain UnaryCall") {
      try await stub.unaryCall(request, options: options)
    }
    try check(plain.payload, Size.response, "the plain UnaryCall")
  }

  func serverCompressedUnary() async throws {
    for isCompressed in [true, false] {
      var request = Self.largeRequest
      request.responseCompressed = BoolValue(value: isCompressed)
      let call = channel.startUnary(TestService.Method.unaryCall, request, options: options)
      let what = "UnaryCall with response_compressed: \(isCompressed)"
      let response = try await naming(what) { try await call.response }
      try expect(call.responseWasCompressed, isCompressed, "\(what): the compressed flag")
      try check(response.payload, Size.response, what)
    }
  }

  func clientCompressedStreaming() async throws {
    let first = StreamingInputCallRequest(
      payload: Payload(zeros: 27_182),
      expectCompressed: BoolValue(value: true)
    )
    try await expectFailure(.invalidArgument, of: "the probe, not compressed as announced") {
      let call = stub.streamingInputCall(options: options)
      try await call.send(first)
      _ = try await call.finishAndReceive()
    }
    let response = try await naming("StreamingInputCall") {
      let call = stub.streamingInputCall(options: compressing)
      try await call.send(first)
      let second = StreamingInputCallRequest(
        payload: Payload(zeros: 45_904),
        expectCompressed: BoolValue(value: false)
      )
      try await call.send(second, compress: false)
      return try await call.finishAndReceive()
    }
    try expect(response.aggregatedPayloadSize, 73_086, "aggregated_payload_size")
  }

  func serverCompressedStreaming() async throws {
    let wanted = [(size: 31_415, isCompressed: true), (size: 92_653, isCompressed: false)]
    let request = StreamingOutputCallRequest(
      responseParameters: wanted.map {
        ResponseParameters(size: Int32($0.size), compressed: BoolValue(value: $0.isCompressed))
      }
    )
    try await naming("StreamingOutputCall") {
      let call = stub.streamingOutputCall(request, options: options)
      var responses = call.makeAsyncIterator()
      for (number, wanted) in wanted.enumerated() {
        let response = try await responses.next()
        try check(response?.payload, wanted.size, "response \(number + 1)")
        try expect(
          responses.latestWasCompressed,
          wanted.isCompressed,
          "response \(number + 1): the compressed flag"
        )
      }
      try expect(
        try await responses.next() == nil,
        true,
        "whether the stream ends after two responses"
      )
    }
  }
}
