import GRPC
import InteropTesting
import Lesson

/// The client of gRPC's interop tests: `interop-client --server_port=50051 --test_case=empty_unary`.
///
/// Exit status: 0 passed; 1 failed, after a line that says what was expected and what came; 2 wrong usage, or a
/// test case or a flag that is out of scope.
@main
struct Main {
  private static let flags = [
    InteropFlags.Flag("--server_host", "where the server is (localhost)"),
    InteropFlags.Flag("--server_port", "its port"),
    InteropFlags.Flag("--server_host_override", "what :authority says instead"),
    InteropFlags.Flag("--test_case", "which test to run"),
    InteropFlags.Flag("--additional_metadata", "sent with each call: key:value;key:value"),
    InteropFlags.Flag("--soak_iterations", "calls of a soak test (10)"),
    InteropFlags.Flag("--soak_max_failures", "how many of them may fail (0)"),
    InteropFlags.Flag(
      "--soak_per_iteration_max_acceptable_latency_ms",
      "a slower call has failed (1000)"
    ),
    InteropFlags.Flag("--soak_overall_timeout_seconds", "when to give up (iterations × latency)"),
    InteropFlags.Flag("--soak_min_time_ms_between_rpcs", "a pause between calls (0)"),
    InteropFlags.Flag("--soak_request_size", "bytes of a request's payload (271828)"),
    InteropFlags.Flag("--soak_response_size", "bytes of a response's payload (314159)"),
    InteropFlags.Flag("--soak_num_threads", "how many calls at a time (1)"),
    // These concern TLS and credentials only, and no test case of ours asks for them.
    InteropFlags.Flag("--use_test_ca", "without a meaning here"),
    InteropFlags.Flag("--default_service_account", "without a meaning here"),
    InteropFlags.Flag("--oauth_scope", "without a meaning here"),
    InteropFlags.Flag("--service_account_key_file", "without a meaning here"),
    InteropFlags.Flag("--use_tls", outOfScope: "TLS"),
    InteropFlags.Flag("--use_alts", outOfScope: "ALTS"),
    InteropFlags.Flag("--custom_credentials_type", outOfScope: "credentials", isBoolean: false),
    InteropFlags.Flag("--service_config_json", outOfScope: "service config", isBoolean: false),
  ]

  static func main() async {
    let cases = TestCase.all.map { "  \($0.name)" }
    await InteropFlags.run(
      ("interop-client", "gRPC's interop tests"),
      known: flags,
      more: ["", "Test cases:"] + cases,
      run
    )
  }

  private static func run(_ flags: InteropFlags) async throws {
    let names = TestCase.all.map(\.name).joined(separator: ", ")
    guard let name = flags.string("--test_case") else {
      throw UsageError("--test_case is missing; there are: \(names)")
    }
    guard let test = TestCase.all.first(where: { $0.name == name }) else {
      throw UsageError("unknown test case '\(name)'; there are: \(names)")
    }
    let client = try InteropClient(flags)
    try await test.run(client)
    // What the channel owes the server, such as the answer to a PING, goes out before the process ends.
    await client.channel.shutDown()
    Terminal.result("\(name): passed")
  }
}
