import GRPC
import InteropTesting

extension InteropClient {
  func clientStreaming() async throws {
    let response = try await naming("StreamingInputCall") {
      let call = stub.streamingInputCall(options: options)
      for size in Size.requests {
        try await call.send(StreamingInputCallRequest(payload: Payload(zeros: size)))
      }
      return try await call.finishAndReceive()
    }
    try expect(response.aggregatedPayloadSize, 74_922, "aggregated_payload_size")
  }

  func serverStreaming() async throws {
    let request = StreamingOutputCallRequest(
      responseParameters: Size.responses.map { ResponseParameters(size: Int32($0)) }
    )
    var count = 0
    try await naming("StreamingOutputCall") {
      for try await response in stub.streamingOutputCall(request, options: options) {
        if count < Size.responses.count {
          try check(response.payload, Size.responses[count], "response \(count + 1)")
        }
        count += 1
      }
    }
    try expect(count, Size.responses.count, "number of responses")
  }

  func pingPong() async throws {
    try await naming("FullDuplexCall") {
      let call = stub.fullDuplexCall(options: options)
      var responses = call.responses.makeAsyncIterator()
      for (request, response) in zip(Size.requests, Size.responses) {
        try await call.send(Self.ping(request, expecting: response))
        let answer = try await responses.next()
        try check(answer?.payload, response, "the answer to \(request) bytes")
      }
      try call.finish()
      try expect(
        try await responses.next() == nil,
        true,
        "whether the stream ends after four answers"
      )
    }
  }

  private static func ping(_ size: Int, expecting response: Int) -> StreamingOutputCallRequest {
    StreamingOutputCallRequest(
      responseParameters: [ResponseParameters(size: Int32(response))],
      payload: Payload(zeros: size)
    )
  }

  func emptyStream() async throws {
    try await naming("FullDuplexCall") {
      let call = stub.fullDuplexCall(options: options)
      try call.finish()
      var count = 0
      for try await _ in call.responses { count += 1 }
      try expect(count, 0, "number of responses")
    }
  }

  func timeoutOnSleepingServer() async throws {
    try await expectFailure(.deadlineExceeded, of: "FullDuplexCall with 1 ms") {
      let call = stub.fullDuplexCall(timeout: .milliseconds(1), options: options)
      try await call.send(StreamingOutputCallRequest(payload: Payload(zeros: Size.requests[0])))
      for try await _ in call.responses {}
    }
  }

  func cancelAfterBegin() async throws {
    try await expectFailure(.cancelled, of: "StreamingInputCall") {
      let call = stub.streamingInputCall(options: options)
      call.cancel()
      _ = try await call.response
    }
  }

  func cancelAfterFirstResponse() async throws {
    try await expectFailure(.cancelled, of: "FullDuplexCall") {
      let call = stub.fullDuplexCall(options: options)
      try await call.send(Self.ping(Size.requests[0], expecting: Size.responses[0]))
      var responses = call.responses.makeAsyncIterator()
      try check(try await responses.next()?.payload, Size.responses[0], "the first response")
      call.cancel()
      _ = try await responses.next()
    }
  }
}
