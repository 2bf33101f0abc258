internal import GRPC
internal import Transport

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// One command of a lesson, such as `server` or `client`.
public struct Command: Sendable {
  /// The word that selects it; empty for what runs without one.
  public let name: String
  /// What stands for its arguments in the help text, `TEXT [PATH]` say.
  public let usage: String
  /// What it does, in one line.
  public let summary: String
  /// Its options.
  public let options: [Option]
  /// How many arguments it takes that are no options.
  public let positionalLimit: Int
  /// Runs it.
  public let run: @Sendable (Arguments) async throws -> Void

  /// Describes a command.
  public init(
    _ name: String,
    usage: String = "",
    summary: String,
    options: [Option] = [],
    positionalLimit: Int = 0,
    run: @escaping @Sendable (Arguments) async throws -> Void
  ) {
    self.name = name
    self.usage = usage
    self.summary = summary
    self.options = options
    self.positionalLimit = positionalLimit
    self.run = run
  }
}

/// A lesson's command line: chooses the command, takes its arguments apart, and turns what it
/// throws into one line and an exit status.
///
/// Exit status: 0 when all is well; 2 for a wrong command line; 1 when this end cannot start;
/// otherwise 64 + the gRPC status code, as grpcurl has it.
public struct LessonProgram: Sendable {
  /// The product's name: `01-unary`.
  public let name: String
  /// What the lesson shows, in one line.
  public let summary: String
  /// Its commands.
  ///
  /// The one with an empty name runs when none is named.
  public let commands: [Command]
  /// Command lines worth trying, each with what it shows.
  public let examples: [(line: String, shows: String)]

  /// Describes a lesson.
  public init(
    name: String,
    summary: String,
    commands: [Command],
    examples: [(line: String, shows: String)]
  ) {
    self.name = name
    self.summary = summary
    self.commands = commands
    self.examples = examples
  }

  /// Runs the command that the process was started with, and ends the process.
  public func run() async -> Never {
    let words = Array(CommandLine.arguments.dropFirst())
    do {
      try await run(words)
      exit(0)
    } catch {
      exit(Self.report(error, program: name))
    }
  }

  private func run(_ words: [String]) async throws {
    let isHelpWanted = words.prefix { $0 != "--" }.contains("--help")
    if isHelpWanted || words.first == "help" || words.last == "-h" && words.count <= 2 {
      return Terminal.result(help)
    }
    let (command, rest) = try select(words)
    try await command.run(
      Arguments(rest, options: command.options, positionalLimit: command.positionalLimit)
    )
  }

  /// The longest command name that the words begin with: `client metadata` before `client`.
  private func select(_ words: [String]) throws -> (Command, [String]) {
    let ordered = commands.sorted { $0.name.count > $1.name.count }
    for command in ordered where !command.name.isEmpty {
      let parts = command.name.split(separator: " ").map(String.init)
      if words.starts(with: parts) { return (command, Array(words.dropFirst(parts.count))) }
    }
    let unnamed = ordered.first { $0.name.isEmpty }
    guard let unnamed, words.first.map({ $0.hasPrefix("--") }) ?? true else {
      let names = commands.map(\.name).filter { !$0.isEmpty }.joined(separator: ", ")
      throw UsageError("unknown command '\(words.first ?? "")'; commands: \(names)")
    }
    return (unnamed, words)
  }

  /// Prints one line that says what happened, and returns the exit status it stands for.
  static func report(_ error: any Error, program: String) -> Int32 {
    switch error {
    case let error as UsageError:
      Terminal.narrate("\(program): \(error)")
      return 2
    case let error as StartupError:
      Terminal.narrate("\(program): \(error)")
      return 1
    case let error as RPCError:
      // The message may be the server's, and a server may be anybody.
      let line = Printable.line("\(error.code): \(error.message)")
      Terminal.narrate(Terminal.coloured(line, .red))
      return Int32(64 + error.code.rawValue)
    case is CancellationError:
      Terminal.narrate(Terminal.coloured("CANCELLED: interrupted by Ctrl-C", .red))
      return 65
    default:
      Terminal.narrate("\(program): \(error)")
      return 1
    }
  }

  private var help: String {
    var lines = ["\(name) – \(summary)", ""]
    for command in commands {
      let head = ["swift run", name, command.name, command.options.isEmpty ? "" : "[options]"]
      lines.append((head + [command.usage]).filter { !$0.isEmpty }.joined(separator: " "))
      lines.append("    \(command.summary)")
      for option in command.options {
        lines.append("    " + Self.describe(option))
      }
      lines.append("")
    }
    lines.append("Examples:")
    let width = examples.map(\.line.count).max() ?? 0
    for example in examples {
      let gap = String(repeating: " ", count: width - example.line.count)
      lines.append("    \(example.line)\(gap)   \(example.shows)")
    }
    lines.append("")
    lines.append(
      "Exit status: 0 OK; 64 + the gRPC status code when the call failed; 2 wrong usage."
    )
    return lines.joined(separator: "\n")
  }

  private static func describe(_ option: Option) -> String {
    var head = option.name
    if let value = option.value { head += option.isValueOptional ? "[=\(value)]" : " \(value)" }
    let gap = String(repeating: " ", count: max(1, 26 - head.count))
    return head + gap + option.help + (option.isRepeatable ? " (repeatable)" : "")
  }
}

/// This end could not start: a port is taken, a file is missing.
///
/// The process ends with status 1.
public struct StartupError: Error, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  /// Makes an error with this text.
  public init(_ description: String) {
    self.description = description
  }
}
