import GRPC
import Lesson

/// `swift run 01-unary`: one call, one answer.
@main
struct Main {
  static func main() async {
    WireView.describe(Greeter.Method.all)
    await LessonProgram(
      name: "01-unary",
      summary: "one message to the server, one message back",
      commands: [
        Command(
          "",
          summary: "Both ends in one process, over a real loopback socket.",
          options: callOptions + [WireView.option, WireView.captureOption],
          run: both
        ),
        LessonServer.command(
          options: [Option("--delay", "D", help: "how long each reply waits (0s)")],
          services: { [GreeterService(delay: try $0.duration("--delay") ?? .zero)] }
        ),
        Command(
          "client",
          summary: "Greets each name and prints the replies.",
          options: callOptions + LessonClient.options(defaultTimeout: defaultTimeout),
          run: { arguments in
            try await LessonClient.withChannel(arguments) { try await greet(arguments, $0) }
          }
        ),
        Command(
          "layers",
          summary:
            "Shows one call layer by layer, with its bytes and the functions that make them.",
          options: [Option("--name", "TEXT", help: "whom to greet (world)")],
          run: layers
        ),
      ],
      examples: [
        ("swift run 01-unary", "server and client together"),
        ("swift run 01-unary server --delay 100ms", "a server that takes its time"),
        ("swift run 01-unary client --name Ada --name Grace", "two calls at once"),
        ("swift run 01-unary client --repeat 10 --blocking", "ten calls, one after the other"),
        ("swift run 01-unary client --wire", "with every frame of the call"),
        ("swift run 01-unary layers --name Ada", "from the Swift value to the socket and back"),
      ]
    ).run()
  }

  private static let defaultTimeout = "10s"

  private static let callOptions = [
    Option(
      "--name",
      "TEXT",
      help: "whom to greet; - reads standard input (world)",
      isRepeatable: true
    ),
    Option("--repeat", "N", help: "how often each name is greeted (1)"),
    Option("--blocking", help: "one call after the other, each blocking its thread"),
  ]

  @Sendable
  private static func both(_ arguments: Arguments) async throws {
    try await LessonServer.withBothEnds(
      [GreeterService()],
      arguments,
      defaultTimeout: defaultTimeout
    ) { try await greet(arguments, $0) }
  }

  private static func greet(_ arguments: Arguments, _ channel: Channel) async throws {
    let names = try NameList.read(arguments)
    let client = GreeterClient(
      channel: channel,
      timeout: try LessonClient.timeout(arguments, default: defaultTimeout)
    )
    let isBlocking = arguments.has("--blocking")
    let start = ContinuousClock.now
    if isBlocking {
      try client.greetBlocking(names, reply: Terminal.result)
    } else {
      try await client.greetConcurrently(names, reply: Terminal.result)
    }
    guard names.count > 1 else { return }
    let seconds = Quantity.fixed((ContinuousClock.now - start) / .seconds(1), digits: 2)
    let manner = isBlocking ? "one after the other" : "at the same time"
    Terminal.narrate("\(names.count) calls \(manner): \(seconds) s")
  }

  @Sendable
  private static func layers(_ arguments: Arguments) async throws {
    let name = arguments.string("--name") ?? "world"
    try await CallLayers.show([GreeterService()], arguments) { channel in
      var reply = ""
      let client = GreeterClient(channel: channel, timeout: .seconds(10))
      try await client.greetConcurrently([name]) { reply = $0 }
      return CallLayers.Values(
        method: Greeter.Method.sayHello.path,
        request: "HelloRequest(name: \(name.debugDescription))",
        reply: "HelloReply(message: \(reply.debugDescription))"
      )
    }
  }
}
