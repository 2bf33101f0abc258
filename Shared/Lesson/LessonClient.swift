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

/// What all lessons' clients share: the target, the deadline, the wire view, and Ctrl-C.
public enum LessonClient {
  /// The options of every lesson's client.
  public static func options(defaultTimeout: String) -> [Option] {
    [
      Option("--target", "HOST:PORT", help: "the server (127.0.0.1:50051)"),
      Option("--timeout", "D", help: "the deadline of the call: 500ms, 2s, 1m (\(defaultTimeout))"),
      WireView.option,
      WireView.captureOption,
    ]
  }

  /// The deadline that the command line asks for.
  ///
  /// - Throws: `UsageError` when it is no duration, or zero.
  public static func timeout(_ arguments: Arguments, default text: String) throws -> Duration {
    let timeout = try arguments.duration("--timeout") ?? Quantity.duration(text) ?? .seconds(10)
    guard timeout > .zero else { throw UsageError("--timeout takes a duration longer than zero") }
    return timeout
  }

  /// Opens the channel that the command line asks for, and runs the calls on it.
  ///
  /// Ctrl-C cancels the task, and with it every call that it waits for.
  public static func withChannel<Result: Sendable>(
    _ arguments: Arguments,
    target: String? = nil,
    defaultTimeout: String = "10s",
    configure: (inout Channel.Configuration) -> Void = { _ in },
    _ body: @escaping @Sendable (Channel) async throws -> Result
  ) async throws -> Result {
    var configuration = Channel.Configuration()
    configuration.transport.wireTap = try WireView.tap(arguments)
    configure(&configuration)
    let channel: Channel
    do {
      let named = target ?? arguments.string("--target") ?? "127.0.0.1:50051"
      channel = try Channel(to: named, configuration: configuration)
    } catch {
      throw UsageError("\(error)")
    }
    let started = ContinuousClock.now
    let result: Result
    do {
      result = try await cancelledByInterrupt { try await body(channel) }
    } catch {
      let elapsed = ContinuousClock.now - started
      // What ends a call, RST_STREAM say, may still be on its way: an exit would overtake it.
      await channel.shutDown()
      guard let error = error as? RPCError else { throw error }
      throw explained(error, arguments, defaultTimeout, after: elapsed)
    }
    await channel.shutDown()
    return result
  }

  /// How servers say that the client's time is over, when they notice it before the client does.
  private static let serversWords = ["context deadline exceeded", "Deadline Exceeded"]

  /// Says of the client's deadline how long it was and where it comes from.
  ///
  /// Both ends watch it, and either may be the first to notice that it has passed.
  private static func explained(
    _ error: RPCError,
    _ arguments: Arguments,
    _ defaultTimeout: String,
    after elapsed: Duration
  ) -> RPCError {
    guard error.code == .deadlineExceeded else { return error }
    let limit = Quantity.duration(arguments.string("--timeout") ?? defaultTimeout)
    let isLate = limit.map { elapsed >= $0 } ?? false
    let isOurs = error.message.hasPrefix("the client's deadline")
    guard isLate || isOurs || serversWords.contains(error.message) else { return error }
    let obstacle = isOurs ? obstacle(in: error.message) : ""
    if let timeout = arguments.string("--timeout") {
      return RPCError(.deadlineExceeded, "no reply within \(timeout) (set by --timeout)\(obstacle)")
    }
    return RPCError(
      .deadlineExceeded,
      "no reply within \(defaultTimeout) (the default; --timeout changes it)\(obstacle)"
    )
  }

  /// What the call was waiting for when its time was over, as the library says it; empty when for nothing but the reply.
  private static func obstacle(in message: String) -> String {
    for mark in ["): ", "; "] {
      if let place = message.firstRange(of: mark) { return "; " + message[place.upperBound...] }
    }
    return ""
  }

  /// Runs an operation that Ctrl-C and SIGTERM cancel; a second one ends the process at once.
  public static func cancelledByInterrupt<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    // Ahead of the tasks: who sees the first result may press Ctrl-C before the watcher has its turn.
    let signals = SignalWatcher(signals: [SIGINT, SIGTERM])
    let operation = Task { try await body() }
    let watcher = Task {
      for await _ in signals {
        if operation.isCancelled { exit(130) }
        operation.cancel()
      }
    }
    defer { watcher.cancel() }
    do {
      return try await operation.value
    } catch {
      // Whatever the cancelled call reports, the cause was Ctrl-C.
      throw operation.isCancelled ? CancellationError() : error
    }
  }
}
