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
    try await visit("deadline", "--timeout", "300ms", endsWith: .deadlineExceeded)
    Terminal.narrate("== cap: a server with --max-time 400ms")
    let cap = ["--max-time", "400ms"]
    try await visit("cap", "--timeout", "5s", server: cap, endsWith: .deadlineExceeded)
    try await visit("cap", "--timeout", "200ms", server: cap, endsWith: .deadlineExceeded)
    try await visit("cancel", "--after", "300ms", endsWith: .cancelled)
    try await visit("ledgers")
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
    at address: String = "127.0.0.1:0"
  ) async throws -> Server {
    let arguments = try Arguments(
      options + wire,
      options: Main.serverOptions + LessonServer.options,
      positionalLimit: 0
    )
    return try await LessonServer.startLocally(
      [try Main.service(arguments)],
      arguments,
      at: address,
      configure: Main.configure
    )
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
    let server = try await start()
    let restart = Task {
      try await Task.sleep(for: .milliseconds(400))
      await server.shutDown(grace: .zero)
      Terminal.narrate("(the server has stopped)")
      try await Task.sleep(for: .milliseconds(500))
      let next = try await start(at: "\(server.localAddress)")
      Terminal.narrate("(the server is back)")
      return next
    }
    try await client(["channel", "--watch", "2500ms"], server)
    await (try await restart.value).shutDown(grace: .zero)
  }

  /// Three hops, all in this process.
  private func relay() async throws {
    let hops = [try await start(), try await start(), try await start()]
    let via = hops.dropFirst().map { "\($0.localAddress)" }.joined(separator: ",")
    try await client(["relay", "--via", via, "05-deadlines-metadata"], hops[0])
    for hop in hops { await hop.shutDown(grace: .zero) }
  }
}
