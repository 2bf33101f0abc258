import GRPC
import Sockets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `bench-server PORT [--immediate]`: serves `bench.proto` on 127.0.0.1 until SIGTERM.
@main
struct Main {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst()
    guard let port = arguments.first.flatMap(UInt16.init), arguments.count <= 2,
      arguments.count == 1 || arguments.last == "--immediate"
    else {
      fail("usage: bench-server PORT [--immediate]", status: 2)
    }
    let signals = SignalWatcher(signals: [SIGINT, SIGTERM])
    let service: any Service = arguments.count == 2 ? ImmediateBenchService() : BenchService()
    do {
      let server = try await Server.listening(on: "127.0.0.1:\(port)", serving: service)
      for await _ in signals { break }
      await server.shutDown(grace: .seconds(1))
    } catch {
      fail("\(error)", status: 1)
    }
  }

  private static func fail(_ line: String, status: Int32) -> Never {
    let bytes = Array("\(line)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    exit(status)
  }
}
