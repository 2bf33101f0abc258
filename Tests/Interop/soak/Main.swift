import GRPC
import Lesson
import Transport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Both ends of a test of endurance: `soak server`, and `soak client`, which calls in every way there is.
///
/// A client that does not find what it must ends with status 1 and says what it found.
@main
struct Main {
  private static let keepalive = [
    Option("--keepalive", "D", help: "after so long without a byte, ask for a sign of life"),
    Option("--keepalive-timeout", "D", help: "how long that may take (20s)"),
  ]
  private static let target = Option("--target", "HOST:PORT", help: "the server")

  static func main() async {
    await LessonProgram(
      name: "soak",
      summary: "calls without end, of which nothing may be lost",
      commands: [
        LessonServer.command(
          options: keepalive + [Option("--max-age", "D", help: "how old a connection may become")],
          configure: { arguments, configuration in
            try configure(arguments, &configuration.transport)
            configuration.transport.maxConnectionAge = try arguments.duration("--max-age")
          },
          services: { _ in [SoakService(), SlothService(), HogService()] }
        ),
        Command(
          "client",
          summary: "Calls for a time; counts and checks what comes.",
          options: keepalive + [
            target, Option("--for", "D", help: "how long (10s)"),
            Option("--callers", "N", help: "how many at a time (8)"),
          ],
          run: call
        ),
        Command(
          "hold",
          summary: "Opens a call, and waits for what becomes of it.",
          options: keepalive + [target],
          run: hold
        ),
        Command(
          "report",
          summary: "Prints how many methods run on the server.",
          options: [target],
          run: report
        ),
      ],
      examples: [("soak client --target 127.0.0.1:50051 --for 1m", "a minute of everything")]
    ).run()
  }

  private static func configure(
    _ arguments: Arguments,
    _ transport: inout TransportConfiguration
  ) throws {
    transport.keepaliveTime = try arguments.duration("--keepalive")
    if let timeout = try arguments.duration("--keepalive-timeout") {
      transport.keepaliveTimeout = timeout
    }
  }

  private static func configuration(_ arguments: Arguments) throws -> Channel.Configuration {
    var configuration = Channel.Configuration()
    try configure(arguments, &configuration.transport)
    return configuration
  }

  private static func target(_ arguments: Arguments) throws -> String {
    guard let target = arguments.string("--target") else { throw UsageError("--target is missing") }
    return target
  }

  /// Says `working` when each loop has been used, `resting` when all is done, and waits for a line behind both: whoever
  /// started this process looks at it meanwhile.
  @Sendable
  private static func call(_ arguments: Arguments) async throws {
    let target = try target(arguments)
    let configuration = try configuration(arguments)
    let duration = try arguments.duration("--for") ?? .seconds(10)
    let callers = try arguments.integer("--callers", in: 1...1_000) ?? 8
    _ = await run(callers, target, configuration, for: .milliseconds(500))
    Terminal.result("working")
    _ = readLine()
    let tally = await run(callers, target, configuration, for: duration)
    Terminal.result("resting")
    _ = readLine()
    let calls = tally.calls.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    Terminal.result("\(tally.messages) messages; \(calls.joined(separator: ", "))")
    for fault in tally.faults { Terminal.narrate("fault: \(fault)") }
    if !tally.faults.isEmpty { exit(1) }
  }

  private static func run(
    _ callers: Int,
    _ target: String,
    _ configuration: Channel.Configuration,
    for duration: Duration
  ) async -> SoakCaller.Tally {
    let end = ContinuousClock.now + duration
    return await withTaskGroup(of: SoakCaller.Tally.self) { group in
      for _ in 0..<callers {
        group.addTask {
          do {
            var caller = try SoakCaller(target: target, configuration: configuration)
            await caller.run(until: end)
            return caller.tally
          } catch {
            return SoakCaller.Tally(faults: ["\(error)"])
          }
        }
      }
      return await group.reduce(into: SoakCaller.Tally()) { $0.add($1) }
    }
  }

  @Sendable
  private static func hold(_ arguments: Arguments) async throws {
    let channel = try Channel(to: try target(arguments), configuration: configuration(arguments))
    let call = Soak.Stub(channel).exchange()
    try await call.send(Item(number: 0))
    for try await _ in call.responses { Terminal.result("held") }
  }

  @Sendable
  private static func report(_ arguments: Arguments) async throws {
    let channel = try Channel(to: try target(arguments))
    let load = try await Soak.Stub(channel).report(Order(), timeout: .seconds(30))
    Terminal.result("\(load.running)")
    await channel.shutDown()
  }
}
