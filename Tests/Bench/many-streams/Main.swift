import GRPC
import InteropTesting
import Lesson
import Synchronization

/// Holds many server streams open at once, each of which gets a message a second, and counts what comes.
///
/// Its server is gRPC's interop server (`interop-server`), of any language: each stream is one
/// `StreamingOutputCall` with an interval between its responses.
@main
struct Main {
  static func main() async {
    await LessonProgram(
      name: "many-streams",
      summary: "many open server streams, each with a message a second",
      commands: [
        Command(
          "",
          summary:
            "Opens the streams, and says how many messages came. Exit status 1 when one is lost.",
          options: [
            Option("--target", "HOST:PORT", help: "an interop server (127.0.0.1:50051)"),
            Option("--connections", "N", help: "over how many connections (50)"),
            Option("--streams", "N", help: "how many streams (5000)"),
            Option("--messages", "N", help: "how many messages each stream gets (20)"),
          ],
          run: run
        )
      ],
      examples: [("many-streams --streams 100 --connections 1", "a small one")]
    ).run()
  }

  @Sendable
  private static func run(_ arguments: Arguments) async throws {
    let connections = try arguments.integer("--connections", in: 1...10_000) ?? 50
    let streams = try arguments.integer("--streams", in: 1...1_000_000) ?? 5000
    let messages = try arguments.integer("--messages", in: 1...100_000) ?? 20
    let target = arguments.string("--target") ?? "127.0.0.1:50051"
    let channels = try (0..<connections).map { _ in try Channel(to: target) }
    let start = ContinuousClock.now
    let count = Count(streams: streams)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<streams {
        let stub = TestService.Stub(channels[index % connections])
        group.addTask { try await receive(messages, from: stub, count) }
      }
      try await group.waitForAll()
    }
    let (received, open) = count.result
    let seconds = Quantity.fixed((ContinuousClock.now - start) / .seconds(1), digits: 1)
    Terminal.result("streams \(streams), open at once \(open), connections \(connections)")
    Terminal.result("messages \(received), lost \(streams * messages - received), \(seconds) s")
    guard received == streams * messages, open == streams else {
      throw StartupError("not all came")
    }
  }

  private static func receive(
    _ messages: Int,
    from stub: TestService.Stub,
    _ count: Count
  ) async throws {
    var each = ResponseParameters()
    each.size = 100
    each.intervalUs = 1_000_000
    var request = StreamingOutputCallRequest()
    request.responseParameters = Array(repeating: each, count: messages)
    var isFirst = true
    for try await _ in stub.streamingOutputCall(request) {
      count.received(isFirst: isFirst)
      isFirst = false
    }
    count.ended()
  }
}

/// Counts over all streams.
private final class Count: Sendable {
  private struct State {
    var received = 0
    var open = 0
    var mostOpen = 0
  }

  private let state = Mutex(State())
  private let streams: Int

  init(streams: Int) { self.streams = streams }

  func received(isFirst: Bool) {
    let isAll = state.withLock { state in
      state.received += 1
      if isFirst { state.open += 1 }
      state.mostOpen = max(state.mostOpen, state.open)
      return isFirst && state.open == streams
    }
    if isAll { Terminal.narrate("all \(streams) streams are open") }
  }

  func ended() { state.withLock { $0.open -= 1 } }

  var result: (received: Int, mostOpen: Int) { state.withLock { ($0.received, $0.mostOpen) } }
}
