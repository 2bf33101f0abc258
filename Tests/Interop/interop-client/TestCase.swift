/// One case of gRPC's interop-test-descriptions.md or negative-http2-interop-test-descriptions.md.
struct TestCase: Sendable {
  let name: String
  let run: @Sendable (InteropClient) async throws -> Void

  init(_ name: String, _ run: @escaping @Sendable (InteropClient) async throws -> Void) {
    self.name = name
    self.run = run
  }

  static let all = [
    TestCase("empty_unary") { try await $0.emptyUnary() },
    TestCase("large_unary") { try await $0.largeUnary() },
    TestCase("client_streaming") { try await $0.clientStreaming() },
    TestCase("server_streaming") { try await $0.serverStreaming() },
    TestCase("ping_pong") { try await $0.pingPong() },
    TestCase("empty_stream") { try await $0.emptyStream() },
    TestCase("timeout_on_sleeping_server") { try await $0.timeoutOnSleepingServer() },
    TestCase("cancel_after_begin") { try await $0.cancelAfterBegin() },
    TestCase("cancel_after_first_response") { try await $0.cancelAfterFirstResponse() },
    TestCase("custom_metadata") { try await $0.customMetadata() },
    TestCase("status_code_and_message") { try await $0.statusCodeAndMessage() },
    TestCase("special_status_message") { try await $0.specialStatusMessage() },
    TestCase("unimplemented_method") { try await $0.unimplementedMethod() },
    TestCase("unimplemented_service") { try await $0.unimplementedService() },
    TestCase("client_compressed_unary") { try await $0.clientCompressedUnary() },
    TestCase("client_compressed_streaming") { try await $0.clientCompressedStreaming() },
    TestCase("server_compressed_unary") { try await $0.serverCompressedUnary() },
    TestCase("server_compressed_streaming") { try await $0.serverCompressedStreaming() },
    TestCase("rpc_soak") { try await $0.soak(newChannels: false) },
    TestCase("channel_soak") { try await $0.soak(newChannels: true) },
    // Against servers that break the rules of HTTP/2.
    TestCase("goaway") { try await $0.goAway() },
    TestCase("max_streams") { try await $0.maxStreams() },
    TestCase("ping") { try await $0.anyLargeUnary() },
    TestCase("data_frame_padding") { try await $0.anyLargeUnary() },
    TestCase("no_df_padding_sanity_test") { try await $0.anyLargeUnary() },
    TestCase("rst_after_header") { try await $0.failingLargeUnary() },
    TestCase("rst_during_data") { try await $0.failingLargeUnary() },
    TestCase("rst_after_data") { try await $0.failingLargeUnary() },
  ]
}
