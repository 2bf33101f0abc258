import GRPC
import Lesson

/// `swift run 03-client-streaming`: many messages to the server, one answer when all have come.
@main
struct Main {
  static func main() async {
    WireView.describe(Uploader.Method.all)
    await LessonProgram(
      name: "03-client-streaming",
      summary: "many messages to the server, one message back",
      commands: [
        Command(
          "",
          summary: "Both ends in one process: uploads a file over a loopback socket.",
          options: [
            Option("--file", "PATH", help: "the file (this lesson's README; elsewhere the program)")
          ] + uploadOptions + serverOptions + [timeoutOption, WireView.option],
          run: both
        ),
        server,
        Command(
          "client",
          usage: "PATH",
          summary: "Uploads a file, or standard input (-), and prints the receipt.",
          options: uploadOptions + LessonClient.options(defaultTimeout: defaultTimeout),
          positionalLimit: 1,
          run: client
        ),
      ],
      examples: [
        ("swift run 03-client-streaming", "server and client together"),
        ("swift run 03-client-streaming server --into uploads", "a server that keeps what it gets"),
        ("swift run 03-client-streaming server --max-size 1MB", "… and one that takes no more"),
        ("swift run 03-client-streaming client photo.jpg", "a file in chunks of 64 KiB"),
        ("swift run 03-client-streaming client photo.jpg --whole", "in one message: has a limit"),
        ("date | swift run 03-client-streaming client - --wire", "every frame of the call"),
      ]
    ).run()
  }

  private static let defaultTimeout = "10m"

  private static let timeoutOption = Option(
    "--timeout",
    "D",
    help: "the deadline of the call (\(defaultTimeout))"
  )
  private static let uploadOptions = [
    Option("--chunk", "SIZE", help: "the bytes in one message (64KiB)"),
    Option("--whole", help: "everything in one message: meets the limit of 4 MiB"),
  ]
  private static let serverOptions = [
    Option("--into", "DIR", help: "keep uploads in this folder (without it they are only counted)"),
    Option("--max-size", "SIZE", help: "the largest file taken, such as 64KiB or 100MB (any)"),
    Option("--delay", "D", help: "how long each part waits: a slow server (0s)"),
  ]

  /// The server's command; calls that are cut off when it ends leave nothing half-written.
  private static var server: Command {
    LessonServer.command(
      options: serverOptions,
      services: { [try service($0)] },
      cleanUp: IncomingFile.removeAll
    )
  }

  @Sendable
  private static func both(_ arguments: Arguments) async throws {
    var path = arguments.string("--file")
    let readme = "03-client-streaming/README.md"
    if path == nil, (try? LocalFile(readme, chunkSize: 1)) != nil { path = readme }
    let file = try file(path ?? CommandLine.arguments[0], arguments)
    let size = Quantity.grouped(Int(clamping: file.header.size))
    try await LessonServer.withBothEnds(
      [try service(arguments)],
      arguments,
      notes: ["uploading \(file.header.name), \(size) bytes"],
      defaultTimeout: defaultTimeout
    ) { try await upload(file, arguments, $0) }
  }

  @Sendable
  private static func client(_ arguments: Arguments) async throws {
    guard let path = arguments.positional.first else {
      throw UsageError("usage: client PATH (--help explains)")
    }
    let file = try file(path, arguments)
    try await LessonClient.withChannel(arguments, defaultTimeout: defaultTimeout) {
      try await upload(file, arguments, $0)
    }
  }

  private static func upload(
    _ file: LocalFile,
    _ arguments: Arguments,
    _ channel: Channel
  ) async throws {
    let client = UploaderClient(
      uploader: Uploader.Stub(channel),
      timeout: try LessonClient.timeout(arguments, default: defaultTimeout)
    )
    let progress = Progress(total: Int(clamping: file.header.size))
    defer { progress.finish() }
    let receipt = try await client.upload(file) { progress.advance($0) }
    progress.finish()
    Terminal.result(receipt.text)
  }

  private static func file(_ path: String, _ arguments: Arguments) throws -> LocalFile {
    let chunk = try arguments.byteCount("--chunk") ?? 64 * 1024
    guard chunk > 0 else { throw UsageError("--chunk needs a size of at least one byte") }
    return try LocalFile(path, chunkSize: arguments.has("--whole") ? .max : chunk)
  }

  private static func service(_ arguments: Arguments) throws -> UploaderService {
    var storage = Storage()
    if let into = arguments.string("--into") { storage.folder = try OpenFile(folder: into) }
    storage.largestSize = try arguments.byteCount("--max-size").map { UInt64($0) }
    return UploaderService(storage: storage, delay: try arguments.duration("--delay") ?? .zero)
  }
}
