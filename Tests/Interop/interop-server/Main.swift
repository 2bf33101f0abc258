import GRPC
import InteropTesting
import Lesson
import Sockets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The server of gRPC's interop tests: `interop-server --port=50051`.
@main
struct Main {
  private static let flags = [
    InteropFlags.Flag("--port", "the port; 0 picks a free one (50051)"),
    InteropFlags.Flag(
      "--host",
      "the address to listen on (the loopback addresses of IPv4 and IPv6)"
    ),
    InteropFlags.Flag("--use_tls", outOfScope: "TLS"),
    InteropFlags.Flag("--use_alts", outOfScope: "ALTS"),
    InteropFlags.Flag("--custom_credentials_type", outOfScope: "credentials", isBoolean: false),
  ]

  static func main() async {
    await InteropFlags.run(
      ("interop-server", "grpc.testing.TestService"),
      known: flags
    ) { flags in
      try await serve(
        hosts: flags.string("--host").map { [$0] } ?? ["127.0.0.1", "::1"],
        port: try flags.integer("--port", in: 0...65535) ?? 50051
      )
    }
  }

  /// Serves on the first host, and on the others with the same port where they can be had.
  private static func serve(hosts: [String], port: Int) async throws {
    let signals = SignalWatcher(signals: [SIGINT, SIGTERM])
    var servers: [Server] = []
    var port = port
    for host in hosts {
      do {
        let server = try await listen(on: host, port: port)
        port = server.localAddress.port ?? port
        servers.append(server)
      } catch  where !servers.isEmpty {
        // A machine without IPv6 has no ::1.
      }
    }
    if let first = servers.first { Terminal.result("listening on \(first.localAddress)") }
    for await _ in signals { break }
    await withTaskGroup { group in
      for server in servers { group.addTask { await server.shutDown(grace: .seconds(2)) } }
    }
  }

  private static func listen(on host: String, port: Int) async throws -> Server {
    try await Server.listening(
      on: host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)",
      serving: TestServer()
    )
  }
}
