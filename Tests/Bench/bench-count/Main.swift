import GRPC
import Sockets

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `bench-count CALLS [deadline|cap|together|immediate]`: makes so many unary calls, one after the other, and ends.
///
/// With `deadline`, each call has one: a header to send and to read, and a timer at both ends. With `cap`, only the
/// server sets a timer for each. With `together`, a hundred are always going, and the work of a turn is shared by many
/// calls; with `immediate`, the service answers without `async`, too.
///
/// Client and server live on an event loop each, so that a profiler that keeps threads apart can tell what each side of
/// one call costs: the difference between two runs, divided by the difference of their calls. `main` is not `async`:
/// valgrind does not survive the thread that Dispatch leaves behind for one that is.
@main
struct Main {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    let kind = arguments.count == 2 ? Kind(rawValue: arguments.last ?? "") : Kind.plain
    guard let calls = arguments.first.flatMap({ Int($0) }), calls >= 0, let kind else {
      fail("usage: bench-count CALLS [deadline|cap|together|immediate]", status: 2)
    }
    do {
      try BlockingResult.wait { try await makeCalls(calls, kind) }
    } catch {
      fail("\(error)", status: 1)
    }
  }

  /// What is special about the calls.
  private enum Kind: String {
    case plain, deadline, cap, together, immediate
  }

  private static func makeCalls(_ calls: Int, _ kind: Kind) async throws {
    var serverSettings = Server.Configuration()
    if kind == .cap { serverSettings.maxCallDuration = .seconds(3600) }
    serverSettings.group = EventLoopGroup(count: 1)
    let server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: kind == .immediate ? ImmediateEchoService() : EchoService(),
      configuration: serverSettings
    )
    var channelSettings = Channel.Configuration()
    channelSettings.group = EventLoopGroup(count: 1)
    let channel = try Channel(to: "\(server.localAddress)", configuration: channelSettings)
    let bench = Bench.Stub(channel)
    let timeout: Duration? = kind == .deadline ? .seconds(10) : nil
    try await withTaskExecutorPreference(channel.executor) {
      let callers = kind == .together || kind == .immediate ? 100 : 1
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<callers {
          group.addTask { try await call(bench, calls / callers, timeout) }
        }
        try await group.waitForAll()
      }
    }
    await channel.shutDown()
    await server.shutDown(grace: .zero)
  }

  private static func call(_ bench: Bench.Stub, _ calls: Int, _ timeout: Duration?) async throws {
    let request = Msg(payload: [UInt8](repeating: 7, count: 16))
    for _ in 0..<calls {
      guard try await bench.unary(request, timeout: timeout) == request else {
        throw RPCError(.dataLoss, "the echo is another message")
      }
    }
  }

  private static func fail(_ line: String, status: Int32) -> Never {
    let bytes = Array("\(line)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    exit(status)
  }
}

/// Only what is counted, without `async`.
private struct ImmediateEchoService: Bench.ImmediateService, UnaryAlone {
  func unary(_ request: Msg, context: ServerContext) throws -> Msg {
    Msg(payload: request.payload)
  }
}

/// Only what is counted.
private struct EchoService: Bench.Service, UnaryAlone {
  func unary(_ request: Msg, context: ServerContext) async throws -> Msg {
    Msg(payload: request.payload)
  }
}

/// A service whose streams are not asked for.
private protocol UnaryAlone {}

extension UnaryAlone {
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
