import GRPC
import Sockets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `bench-count CALLS [deadline|cap]`: makes so many unary calls, one after the other, and ends.
///
/// With `deadline`, each call has one: a header to send and to read, and a timer at both ends. With `cap`, only the
/// server sets a timer for each.
///
/// Client and server live on an event loop each, so that a profiler that keeps threads apart can tell what each side of
/// one call costs: the difference between two runs, divided by the difference of their calls. `main` is not `async`:
/// valgrind does not survive the thread that Dispatch leaves behind for one that is.
@main
struct Main {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let limit = arguments.count == 2 ? Limit(rawValue: arguments.last ?? "") : Limit.none
    guard let calls = arguments.first.flatMap({ Int($0) }), calls >= 0, let limit else {
      fail("usage: bench-count CALLS [deadline|cap]", status: 2)
    }
    do {
      try BlockingResult.wait { try await makeCalls(calls, limit) }
    } catch {
      fail("\(error)", status: 1)
    }
  }

  /// Who limits the time of a call.
  private enum Limit: String {
    case none, deadline, cap
  }

  private static func makeCalls(_ calls: Int, _ limit: Limit) async throws {
    var serverSettings = Server.Configuration()
    if limit == .cap { serverSettings.maxCallDuration = .seconds(3600) }
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
    let timeout: Duration? = limit == .deadline ? .seconds(10) : nil
    try await withTaskExecutorPreference(channel.executor) {
      for _ in 0..<calls {
        guard try await bench.unary(request, timeout: timeout) == request else {
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
