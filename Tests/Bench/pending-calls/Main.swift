import GRPC
import HTTP2
import Sockets
import Synchronization
import Transport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `pending-calls lateness|cancel [COUNT]`: makes calls to a server that never answers, and counts.
///
/// `lateness`: so many calls (10,000) are pending, their deadlines spread over five seconds; prints how late each of them
/// ended. `cancel`: so many calls (100,000), a hundred at a time, reach the server and are cancelled; prints what is left
/// of them at both ends. Either ends with status 1 when it is more than it should be.
@main
struct Main {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    let count = arguments.count > 1 ? Int(arguments.last ?? "") : nil
    guard arguments.count == 1 || count.map({ $0 > 0 }) == true else { usage() }
    let silence = try await Silence()
    let isGood: Bool
    switch arguments.first {
    case "lateness": isGood = try await Lateness.measure(count ?? 10_000, silence)
    case "cancel": isGood = try await Leftovers.count(count ?? 100_000, silence)
    default: usage()
    }
    await silence.stop()
    exit(isGood ? 0 : 1)
  }

  private static func usage() -> Never {
    let text = Array("usage: pending-calls lateness|cancel [COUNT]\n".utf8)
    _ = write(STDERR_FILENO, text, text.count)
    exit(2)
  }
}

/// A server whose method waits until it is cancelled, and a channel to it, on a loop each.
final class Silence: Sendable {
  let channel: Channel
  let clientLoop: EventLoop
  let serverLoop: EventLoop
  let service = SilentService()
  private let server: Server

  init() async throws {
    let (serverLoops, clientLoops) = (EventLoopGroup(count: 1), EventLoopGroup(count: 1))
    (serverLoop, clientLoop) = (serverLoops.loops[0], clientLoops.loops[0])
    var settings = Server.Configuration()
    settings.group = serverLoops
    settings.transport.http2.maxConcurrentStreams = 1_000_000
    // To cancel calls as fast as they are made is what this limit is there to stop.
    settings.transport.http2.maxRapidResets = .max
    server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: service,
      configuration: settings
    )
    var channelSettings = Channel.Configuration()
    channelSettings.group = clientLoops
    channel = try Channel(to: "\(server.localAddress)", configuration: channelSettings)
  }

  func stop() async {
    await channel.shutDown()
    await server.shutDown(grace: .zero)
  }
}

/// Counts the methods that run.
final class SilentService: Bench.Service {
  let running = Atomic(0)

  func unary(_ request: Msg, context: ServerContext) async throws -> Msg {
    // An empty message asks whether somebody is there.
    guard !request.payload.isEmpty else { return request }
    running.wrappingAdd(1, ordering: .relaxed)
    defer { running.wrappingSubtract(1, ordering: .relaxed) }
    try await Task.sleep(for: .seconds(86_400))
    return request
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
