import GRPC
import InteropTesting

// gRPC's negative-http2-interop-test-descriptions.md: what the server does is decided there, this end has only to
// come through it.
extension InteropClient {
  /// The response may have the size that was asked for, or 1,024 bytes: gRPC's document says the latter, gRPC's own
  /// server sends the former.
  func anyLargeUnary() async throws {
    let response = try await naming("UnaryCall") {
      try await stub.unaryCall(Self.largeRequest, options: options)
    }
    let size = response.payload?.body.count ?? 0
    guard size == Size.response || size == 1_024 else {
      throw Mismatch(
        description:
          "UnaryCall: bytes of the payload: expected \(Size.response) or 1024, got \(size)"
      )
    }
  }

  /// The server says GOAWAY after the first call; the second goes out on another connection.
  func goAway() async throws {
    try await anyLargeUnary()
    try await anyLargeUnary()
  }

  /// The server allows one stream at a time, which is not the callers' affair.
  func maxStreams() async throws {
    try await anyLargeUnary()
    try await withThrowingTaskGroup { group in
      for _ in 0..<10 { group.addTask { try await anyLargeUnary() } }
      try await group.waitForAll()
    }
  }

  /// The server resets the stream before its status: whatever has come, the call has failed.
  func failingLargeUnary() async throws {
    do {
      _ = try await stub.unaryCall(Self.largeRequest, options: options)
    } catch is RPCError {
      return
    }
    throw Mismatch(description: "UnaryCall on a stream that is reset: expected a failure, got OK")
  }
}
