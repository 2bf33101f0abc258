import GRPC
import Lesson

/// `swift run 05-deadlines-metadata`: deadlines, cancellation, verdicts, metadata, channels.
@main
struct Main {
  static func main() async {
    WireView.describe(Relay.Method.all)
    await LessonProgram(
      name: "05-deadlines-metadata",
      summary: "work under a budget, across hops",
      commands: [
        Command(
          "",
          summary: "All steps, each with servers of its own in this process.",
          options: [WireView.option],
          run: Tour.run
        ),
        LessonServer.command(
          options: serverOptions,
          configure: configure,
          services: { [try service($0)] }
        ),
        Command(
          "client",
          usage: "STEP [PATH]",
          summary: "One step: \(Step.allCases.map(\.rawValue).joined(separator: ", ")).",
          options: clientOptions,
          positionalLimit: 2,
          run: { try await client($0) }
        ),
      ],
      examples: [
        ("swift run 05-deadlines-metadata", "all steps, one after the other"),
        ("swift run 05-deadlines-metadata client metadata", "metadata in its three places"),
        ("swift run 05-deadlines-metadata client deadline --timeout 300ms", "the client's limit"),
        ("swift run 05-deadlines-metadata server --max-time 400ms", "a server with a limit"),
        ("swift run 05-deadlines-metadata client cap", "… which ends the work"),
        ("swift run 05-deadlines-metadata client cancel --after 300ms", "work that stops"),
        ("swift run 05-deadlines-metadata client ledgers", "two verdicts of one call"),
        ("swift run 05-deadlines-metadata client channel --watch 10s", "now restart the server"),
        (
          "swift run 05-deadlines-metadata client relay --via 127.0.0.1:50052 Shared",
          "two hops, one deadline"
        ),
      ]
    ).run()
  }

  static let serverOptions = [
    Option("--max-time", "D", help: "this server's own limit for a call (none)"),
    Option("--token", "T", help: "the token that Describe asks for (\(Token.usual))"),
    Option("--root", "DIR", help: "the folder whose files are hashed (.)"),
  ]

  static let clientOptions =
    [
      Option(
        "--work",
        "D",
        help: "how long a step, or each hop, works (2s; cancel 10s, relay 200ms)"
      ),
      Option("--after", "D", help: "cancel: gives up after so long (on Ctrl-C)"),
      Option("--watch", "D", help: "channel: goes on watching for so long (0s)"),
      Option("--via", "A,B", help: "relay: the hops that follow the target"),
      Option("--token", "T", help: "metadata, channel: the token to show (\(Token.usual))"),
      Option("--request-id", "ID", help: "under which servers write the call down (random)"),
    ] + LessonClient.options(defaultTimeout: "each step has its own")

  /// The service that a server's command line asks for.
  static func service(
    _ arguments: Arguments,
    note: @escaping @Sendable (String) -> Void = ServerLog.note
  ) throws -> RelayService {
    RelayService(
      root: try RootFolder(arguments.string("--root") ?? "."),
      maxTime: try arguments.duration("--max-time"),
      ledger: Ledger(note: note)
    )
  }

  /// A server's settings: who may call, and how long a call may take.
  @Sendable
  static func configure(
    _ arguments: Arguments,
    _ configuration: inout Server.Configuration
  ) throws {
    configuration.interceptors = [TokenCheck(token: arguments.string("--token") ?? Token.usual)]
    guard let limit = try arguments.duration("--max-time") else { return }
    guard limit > .zero else { throw UsageError("--max-time takes a duration longer than zero") }
    configuration.maxCallDuration = limit
    let text = arguments.string("--max-time") ?? ""
    configuration.maxCallDurationMessage =
      "the server's own limit of \(text) has passed (server --max-time)"
  }

  /// Runs the step that the command line names.
  static func client(_ arguments: Arguments, target: String? = nil) async throws {
    let word = arguments.positional.first ?? ""
    guard let step = Step(rawValue: word), step == .relay || arguments.positional.count == 1 else {
      let steps = Step.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("a step is one of \(steps) (--help explains)")
    }
    try await LessonClient.withChannel(
      arguments,
      target: target,
      defaultTimeout: step.defaultTimeout,
      configure: {
        $0.interceptors = [ShowToken(token: arguments.string("--token") ?? Token.usual)]
      }
    ) { channel in
      try await step.run(arguments, channel)
    }
  }
}
