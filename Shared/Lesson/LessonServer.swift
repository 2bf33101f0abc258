public import GRPC
internal import Sockets
internal import Transport

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The `server` command that all lessons share: listen, say so, serve until asked to stop.
public enum LessonServer {
  /// The options of every lesson's server.
  public static let options: [Option] = [
    Option("--host", "H", help: "the address to listen on (127.0.0.1)"),
    Option("--port", "P", help: "the port; 0 picks a free one (50051)"),
    Option("--grace", "D", help: "how long calls in flight may take after Ctrl-C (5s)"),
    WireView.option,
    WireView.captureOption,
  ]

  /// The `server` command of a lesson.
  ///
  /// - Parameters:
  ///   - options: The lesson's own options.
  ///   - configure: Changes the server's settings after the command line.
  ///   - services: Makes the services from the command line.
  ///   - cleanUp: Called when the server has been asked to stop and its calls are over; the process ends behind it.
  /// - Returns: The command.
  public static func command(
    options: [Option] = [],
    configure: @escaping @Sendable (Arguments, inout Server.Configuration) throws -> Void = {
      _,
      _ in
    },
    services: @escaping @Sendable (Arguments) throws -> [any Service],
    cleanUp: @escaping @Sendable () -> Void = {}
  ) -> Command {
    Command(
      "server",
      summary: "Serves until Ctrl-C or SIGTERM.",
      options: options + Self.options
    ) { arguments in
      var configuration = try Self.configuration(arguments)
      try configure(arguments, &configuration)
      try await serve(try services(arguments), arguments, configuration, cleanUp)
    }
  }

  /// Serves in this process, over a real loopback socket, for as long as the calls of `body` take.
  ///
  /// - Parameters:
  ///   - services: What is served.
  ///   - arguments: The command line.
  ///   - notes: What to say before the calls.
  ///   - defaultTimeout: The deadline of a call without `--timeout`.
  ///   - body: Makes the calls on a channel to the server.
  /// - Throws: What `body` throws, or why the server cannot listen.
  public static func withBothEnds(
    _ services: [any Service],
    _ arguments: Arguments,
    notes: [String] = [],
    defaultTimeout: String,
    _ body: @escaping @Sendable (Channel) async throws -> Void
  ) async throws {
    let server = try await startLocally(services, arguments)
    Terminal.narrate("server listening on \(server.localAddress)")
    for note in notes { Terminal.narrate(note) }
    try await LessonClient.withChannel(
      arguments,
      target: "\(server.localAddress)",
      defaultTimeout: defaultTimeout,
      body
    )
    await server.shutDown(grace: .zero)
  }

  /// Starts a server in this process, on a free port of the loopback address unless told otherwise.
  public static func startLocally(
    _ services: [any Service],
    _ arguments: Arguments,
    at address: String = "127.0.0.1:0",
    configure: (Arguments, inout Server.Configuration) throws -> Void = { _, _ in }
  ) async throws -> Server {
    var configuration = try configuration(arguments)
    try configure(arguments, &configuration)
    return try await Server.listening(
      on: address,
      serving: services,
      configuration: configuration
    )
  }

  private static func configuration(_ arguments: Arguments) throws -> Server.Configuration {
    var configuration = Server.Configuration()
    configuration.transport.wireTap = try WireView.tap(arguments)
    configuration.transport.log = ServerLog.note
    return configuration
  }

  private static func serve(
    _ services: [any Service],
    _ arguments: Arguments,
    _ configuration: Server.Configuration,
    _ cleanUp: @escaping @Sendable () -> Void
  ) async throws {
    let host = arguments.string("--host") ?? "127.0.0.1"
    let port = try arguments.integer("--port", in: 0...65535) ?? 50051
    let grace = try arguments.duration("--grace") ?? .seconds(5)
    let address =
      host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let signals = SignalWatcher(signals: [SIGINT, SIGTERM])
    let loop = EventLoop(name: "stop")
    let server: Server
    do {
      server = try await Server.listening(
        on: address,
        serving: services,
        configuration: configuration
      )
    } catch {
      throw StartupError("\(error)")
    }
    Terminal.result("listening on \(server.localAddress)")
    await stop(server, grace, after: signals, on: loop, cleanUp)
  }

  /// Waits for a signal, lets the calls that are open finish, and ends the process.
  ///
  /// All on an event loop that nobody else uses. Here is the main actor, which on Linux lives on threads of the concurrent
  /// pool: a server whose methods block these would not hear that it is to stop.
  private static func stop(
    _ server: Server,
    _ grace: Duration,
    after signals: SignalWatcher,
    on loop: EventLoop,
    _ cleanUp: @escaping @Sendable () -> Void
  ) async {
    let end: @Sendable () -> Never = {
      cleanUp()
      exit(0)
    }
    await Task(executorPreference: loop) {
      for await _ in signals { break }
      Task(executorPreference: loop) {
        // A second Ctrl-C ends the process at once.
        for await _ in signals { exit(130) }
      }
      // A method that blocks a loop of the server's keeps its connections from being closed.
      loop.schedule(after: (grace + closingTime).clampedNanoseconds) { end() }
      await server.shutDown(grace: grace)
      end()
    }.value
  }

  /// What the server needs to say the last words and close its connections, on a busy machine too.
  private static let closingTime = Duration.seconds(5)
}
