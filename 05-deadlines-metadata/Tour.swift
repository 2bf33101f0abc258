import GRPC
import Lesson

/// `swift run 05-deadlines-metadata` without more: every step, with servers of its own.
struct Tour {
  private let wire: [String]

  @Sendable
  static func run(_ arguments: Arguments) async throws {
    let wire = arguments.string("--wire").map { $0.isEmpty ? "--wire" : "--wire=\($0)" }
    try await Tour(wire: wire.map { [$0] } ?? []).run()
  }

  private func run() async throws {
    try await visit("metadata")
    try await visit("deadline", "--timeout", "500ms", endsWith: .deadlineExceeded)
    Terminal.narrate("(the next server is started with --max-time 1s)")
    let limit = ["--max-time", "1s"]
    try await visit("cap", "--timeout", "5s", server: limit, endsWith: .deadlineExceeded)
    try await visit("cap", "--timeout", "500ms", server: limit, endsWith: .deadlineExceeded)
    try await visit("cancel", "--after", "300ms", endsWith: .cancelled)
    try await visit("ledgers", "--timeout", "500ms")
    try await channel()
    try await relay()
  }

  /// One step against a server that lives as long as the step.
  private func visit(
    _ step: String...,
    server options: [String] = [],
    endsWith code: Status.Code = .ok
  ) async throws {
    let server = try await start(options)
    try await client(step, server, endsWith: code)
    await server.shutDown(grace: .zero)
  }

  private func start(
    _ options: [String] = [],
    at address: String = "127.0.0.1:0",
    onCallEnded: (@Sendable (CallReport) -> Void)? = nil
  ) async throws -> Server {
    let arguments = try Arguments(
      options + wire,
      options: Main.serverOptions + LessonServer.options,
      positionalLimit: 0
    )
    return try await LessonServer.startLocally(
      // The verdicts are notes of another process, usually; here they would mix with the results.
      [try Main.service(arguments, note: { _ in })],
      arguments,
      at: address
    ) { arguments, configuration in
      try Main.configure(arguments, &configuration)
      configuration.onCallEnded = onCallEnded
    }
  }

  /// Runs a step, and says how it ended, as a client of its own would.
  private func client(
    _ words: [String],
    _ server: Server,
    endsWith code: Status.Code = .ok
  ) async throws {
    Terminal.narrate("== client \(words.joined(separator: " "))")
    do {
      let arguments = try Arguments(words + wire, options: Main.clientOptions, positionalLimit: 2)
      try await Main.client(arguments, target: "\(server.localAddress)")
    } catch let error as RPCError where error.code == code {
      Terminal.narrate("\(error.code): \(error.message)")
    }
  }

  /// A server that goes away while a client watches, and comes back.
  private func channel() async throws {
    let (calls, ended) = AsyncStream.makeStream(of: Void.self)
    let server = try await start(onCallEnded: { _ in ended.yield() })
    let restart = Task {
      // One call for each stub, and the first of those that are watched.
      for await _ in calls.prefix(3) {}
      Terminal.narrate("(the server stops)")
      await server.shutDown(grace: .zero)
      try await Task.sleep(for: .milliseconds(500))
      Terminal.narrate("(the server is started again)")
      return try await start(at: "\(server.localAddress)")
    }
    try await client(["channel", "--watch", "3s"], server)
    await (try await restart.value).shutDown(grace: .zero)
  }

  /// Three hops, all in this process.
  private func relay() async throws {
    let hops = [try await start(), try await start(), try await start()]
    let via = hops.dropFirst().map { "\($0.localAddress)" }.joined(separator: ",")
    // This lesson's folder, or all of the current one for a tour that begins elsewhere.
    let lesson = "05-deadlines-metadata"
    let path = (try? RootFolder(lesson)) == nil ? [] : [lesson]
    try await client(["relay", "--via", via] + path, hops[0])
    for hop in hops { await hop.shutDown(grace: .zero) }
  }
}
