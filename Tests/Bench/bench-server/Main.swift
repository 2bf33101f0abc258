import GRPC
import Sockets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `bench-server PORT [--immediate|--asleep]`: serves `bench.proto` on 127.0.0.1 until SIGTERM.
///
/// `--immediate`: the form of the service without `async`. `--asleep`: loops that wait sleep at once, so that the
/// processor's time is that of the work alone.
@main
struct Main {
  static func main() async {
    let arguments = CommandLine.arguments.dropFirst()
    let form = arguments.count == 2 ? arguments.last : nil
    guard let port = arguments.first.flatMap(UInt16.init), arguments.count <= 2,
      [nil, "--immediate", "--asleep"].contains(form)
    else {
      fail("usage: bench-server PORT [--immediate|--asleep]", status: 2)
    }
    let signals = SignalWatcher(signals: [SIGINT, SIGTERM])
    let service: any Service = form == "--immediate" ? ImmediateBenchService() : BenchService()
    var configuration = Server.Configuration()
    if form == "--asleep" {
      configuration.group = EventLoopGroup(
        count: EventLoopGroup.shared.loops.count,
        busyPolling: .zero
      )
    }
    do {
      let server = try await Server.listening(
        on: "127.0.0.1:\(port)",
        serving: service,
        configuration: configuration
      )
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
