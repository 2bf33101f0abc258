import GRPC
import Lesson

/// `swift run 02-server-streaming`: one question, many answers, each as soon as it is known.
@main
struct Main {
  static func main() async {
    WireView.describe(Finder.Method.all)
    await LessonProgram(
      name: "02-server-streaming",
      summary: "one message to the server, many messages back",
      commands: [
        Command(
          "",
          summary: "Both ends in one process: searches the current folder over a loopback socket.",
          options: [
            Option("--text", "TEXT", help: "the text to find (\(defaultText))"),
            Option("--path", "PATH", help: "where (this lesson's folder; elsewhere all)"),
            rootOption,
          ] + readerOptions + [timeoutOption, WireView.option],
          run: both
        ),
        LessonServer.command(
          options: [rootOption],
          services: { [FinderService(root: try root($0))] }
        ),
        Command(
          "client",
          usage: "[find] TEXT [PATH] | follow PATH",
          summary: "Prints each match when it is found; or a file's last lines and all that come.",
          options: readerOptions
            + LessonClient.options(defaultTimeout: "\(defaultTimeout) for find, none for follow"),
          positionalLimit: 3,
          run: client
        ),
      ],
      examples: [
        ("swift run 02-server-streaming", "server and client together"),
        ("swift run 02-server-streaming server --root ~/notes", "a folder that may be searched"),
        ("swift run 02-server-streaming client TODO", "all lines that hold TODO"),
        ("swift run 02-server-streaming client TODO src --limit 10", "… ten of them, below src"),
        ("swift run 02-server-streaming client TODO --times", "… and when each one came"),
        ("swift run 02-server-streaming client TODO --delay 1s --wire", "a slow reader"),
        ("swift run 02-server-streaming client follow log.txt", "like tail -f, until Ctrl-C"),
      ]
    ).run()
  }

  private static let defaultTimeout = "10m"
  private static let defaultText = "rpc "

  private static let rootOption = Option(
    "--root",
    "DIR",
    help: "the folder that may be searched (.)"
  )
  private static let timeoutOption = Option(
    "--timeout",
    "D",
    help: "the deadline of the call (\(defaultTimeout))"
  )
  private static let readerOptions = [
    Option("--limit", "N", help: "stop after N results, and with it the server's work"),
    Option("--delay", "D", help: "wait after each result: a slow reader (0s)"),
    Option("--times", help: "say in front of each result when it came"),
  ]

  @Sendable
  private static func both(_ arguments: Arguments) async throws {
    let root = try root(arguments)
    let text = arguments.string("--text") ?? defaultText
    var path = ""
    if let asked = arguments.string("--path") {
      path = asked
    } else if case .folder? = try? root.open("02-server-streaming") {
      path = "02-server-streaming"
    }
    let request = Request.find(text, path: path)
    try await LessonServer.withBothEnds(
      [FinderService(root: root)],
      arguments,
      notes: ["searching \(path.isEmpty ? root.path : path) for '\(text)'"],
      defaultTimeout: defaultTimeout
    ) { try await run(request, arguments, $0) }
  }

  @Sendable
  private static func client(_ arguments: Arguments) async throws {
    let request = try Request(arguments.positional)
    try await LessonClient.withChannel(arguments, defaultTimeout: defaultTimeout) {
      try await run(request, arguments, $0)
    }
  }

  private static func run(
    _ request: Request,
    _ arguments: Arguments,
    _ channel: Channel
  ) async throws {
    var timeout: Duration?
    if request.endsByItself || arguments.has("--timeout") {
      timeout = try LessonClient.timeout(arguments, default: defaultTimeout)
    }
    let client = FinderClient(
      finder: Finder.Stub(channel),
      timeout: timeout,
      limit: try arguments.integer("--limit", in: 1...1_000_000_000),
      delay: try arguments.duration("--delay") ?? .zero
    )
    let printer = ResultPrinter(showsTimes: arguments.has("--times"))
    switch request {
    case .find(let text, let path):
      try await client.find(text, below: path) { printer.print($0.description) }
      printer.end("the search is over")
    case .follow(let path):
      try await client.follow(path) { printer.print($0.text) }
    }
  }

  private static func root(_ arguments: Arguments) throws -> RootFolder {
    try RootFolder(arguments.string("--root") ?? ".")
  }
}
