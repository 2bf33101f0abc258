import GRPC
import Sockets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `bench-count CALLS`: makes so many unary calls, one after the other, and ends.
///
/// Client and server live on an event loop each, so that a profiler that keeps threads apart can tell what each side of
/// one call costs: the difference between two runs, divided by the difference of their calls. `main` is not `async`:
/// valgrind does not survive the thread that Dispatch leaves behind for one that is.
@main
struct Main {
  static func main() {
    guard CommandLine.arguments.count == 2, let calls = Int(CommandLine.arguments[1]), calls >= 0
    else {
      fail("usage: bench-count CALLS", status: 2)
    }
    do {
      try BlockingResult.wait { try await makeCalls(calls) }
    } catch {
      fail("\(error)", status: 1)
    }
  }

  private static func makeCalls(_ calls: Int) async throws {
    var serverSettings = Server.Configuration()
    serverSettings.group = EventLoopGroup(count: 1)
    let server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: EchoService(),
      configuration: serverSettings
    )
    var channelSettings = Channel.Configuration()
    channelSettings.group = EventLoopGroup(count: 1)
    let channel = try Channel(to: "\(server.localAddress)", configuration: channelSettings)
    let bench = Bench.Stub(channel)
    let request = Msg(payload: [UInt8](repeating: 7, count: 16))
    try await withTaskExecutorPreference(channel.executor) {
      for _ in 0..<calls {
        guard try await bench.unary(request) == request else {
          throw RPCError(.dataLoss, "the echo is another message")
        }
      }
    }
    await channel.shutDown()
    await server.shutDown(grace: .zero)
  }

  private static func fail(_ line: String, status: Int32) -> Never {
    let bytes = Array("\(line)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    exit(status)
  }
}

/// Only what is counted.
private struct EchoService: Bench.Service {
  func unary(_ request: Msg, context: ServerContext) async throws -> Msg {
    Msg(payload: request.payload)
  }

  func serverStream(
    _ request: StreamReq,
    responses: ResponseWriter<Msg>,
    context: ServerContext
  ) async throws {}

  func clientStream(
    _ requests: RequestStream<Msg>,
    context: ServerContext
  ) async throws -> Sum { Sum() }

  func bidi(
    _ requests: RequestStream<Msg>,
    responses: ResponseWriter<Msg>,
    context: ServerContext
  ) async throws {}
}
