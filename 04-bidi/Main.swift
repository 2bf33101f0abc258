import GRPC
import Lesson

/// `swift run 04-bidi`: both sides send when they like.
@main
struct Main {
  static func main() async {
    WireView.describe(Room.Method.all + Echo.Method.all)
    await LessonProgram(
      name: "04-bidi",
      summary: "a chat room: both sides send when they like",
      commands: [
        Command(
          "",
          summary: "A room, three members and an echo in one process, over a real loopback socket.",
          options: [countOption, WireView.option],
          run: both
        ),
        LessonServer.command(services: { _ in [RoomService(), EchoService()] }),
        Command(
          "client",
          usage: "[echo]",
          summary: "Enters the room; with echo, times three ways to send and receive.",
          options: chatOptions + echoOptions
            + LessonClient.options(defaultTimeout: "none; 1m for echo"),
          positionalLimit: 1,
          run: client
        ),
      ],
      examples: [
        ("swift run 04-bidi", "a short conversation, and the echo"),
        ("swift run 04-bidi server", "a room; members come from other terminals"),
        ("swift run 04-bidi client --as ada", "type lines; Ctrl-D leaves"),
        ("swift run 04-bidi client --as bob --say hi --stay 10s", "says hi, listens for 10 s"),
        ("swift run 04-bidi client --as eve --wire", "with every frame of the call"),
        ("swift run 04-bidi client echo --count 10000", "what waiting for each answer costs"),
      ]
    ).run()
  }

  static let chatOptions = [
    Option("--as", "NAME", help: "the name under which to enter the room"),
    Option("--say", "TEXT", help: "a line to say (those of standard input)", isRepeatable: true),
    Option("--stay", "D", help: "how long to listen after the last line (0s)"),
  ]

  static let echoOptions = [
    Option("--mode", "MODE", help: "echo: pingpong, pipelined or sendall (all three)"),
    countOption,
  ]

  static let countOption = Option("--count", "N", help: "echo: how many messages to send (1000)")

  @Sendable
  private static func client(_ arguments: Arguments) async throws {
    switch arguments.positional {
    case ["echo"]:
      try await LessonClient.withChannel(arguments, defaultTimeout: echoTimeout) {
        try await echo(arguments, $0)
      }
    case []:
      guard arguments.has("--as") else { throw UsageError("--as NAME is needed; --help explains") }
      let stay = try arguments.duration("--stay") ?? .zero
      try await LessonClient.withChannel(arguments) { try await chat(arguments, $0, stay: stay) }
    default:
      throw UsageError("unknown command '\(arguments.positional[0])'; --help explains")
    }
  }

  @Sendable
  private static func both(_ arguments: Arguments) async throws {
    let server = try await LessonServer.startLocally([RoomService(), EchoService()], arguments)
    Terminal.narrate("server listening on \(server.localAddress)")
    let target = "\(server.localAddress)"
    try await LessonClient.withChannel(arguments, target: target) { channel in
      try await Scene.play(on: channel)
      try await echo(arguments, channel)
    }
    await server.shutDown(grace: .zero)
  }

  // MARK: The room

  private static func chat(_ arguments: Arguments, _ channel: Channel, stay: Duration) async throws
  {
    let timeout =
      arguments.has("--timeout") ? try LessonClient.timeout(arguments, default: "") : nil
    try await RoomClient(channel: channel, timeout: timeout).chat(
      as: arguments.string("--as") ?? "",
      saying: lines(arguments),
      stay: stay,
      halfClosed: {
        guard stay > .zero else { return }
        Terminal.narrate("(half-closed: nothing more to say, but still listening)")
      },
      show: { Terminal.result(Terminal.isOutputInteractive ? withoutControls($0) : $0) }
    )
  }

  private static func lines(_ arguments: Arguments) -> AsyncStream<String> {
    if arguments.has("--say") {
      var lines = arguments.strings("--say").makeIterator()
      return AsyncStream { said in
        while let line = lines.next() { said.yield(line) }
        said.finish()
      }
    }
    guard Terminal.isInputInteractive, Terminal.isNarrationInteractive else {
      return StandardInput.lines()
    }
    Terminal.narrate("(type a line and press Enter to say it; Ctrl-D leaves)")
    return TypedLines.lines(limit: ChatRoom.longestLine)
  }

  /// What others say may be shown, but may not steer this terminal.
  private static func withoutControls(_ line: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in line.unicodeScalars {
      shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return String(shown)
  }

  // MARK: The echo

  private static let echoTimeout = "1m"

  private static func echo(_ arguments: Arguments, _ channel: Channel) async throws {
    let count = try arguments.integer("--count", in: 1...999_999_999) ?? 1000
    let client = EchoClient(
      channel: channel,
      timeout: try LessonClient.timeout(arguments, default: echoTimeout)
    )
    for mode in try modes(arguments) {
      let start = ContinuousClock.now
      let sent = try await client.exchange(count, mode)
      let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
      Terminal.result(
        "\(mode) \(count) messages \(Quantity.fixed(milliseconds, digits: 1)) ms"
      )
      Terminal.narrate("  \(sent) of them sent when the first came back")
    }
  }

  private static func modes(_ arguments: Arguments) throws -> [EchoMode] {
    guard let name = arguments.string("--mode") else { return EchoMode.allCases }
    guard let mode = EchoMode(rawValue: name) else {
      throw UsageError("--mode takes pingpong, pipelined or sendall, not '\(name)'")
    }
    return [mode]
  }
}
