internal import GRPC
internal import Lesson

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The command line of gRPC's interop programs: `--flag=value` or `--flag value`, booleans as `true` and
/// `false`, the last one wins where a flag is repeated.
package struct InteropFlags: Sendable {
  private let arguments: Arguments

  /// Takes the command line apart.
  ///
  /// - Throws: `UsageError` for what is unknown, and for what this implementation leaves out.
  package init(_ words: [String], known: [Flag]) throws {
    // Go's programs write one dash, everybody else's two.
    let words = words.map { word in
      word.hasPrefix("-") && !word.hasPrefix("--") && word.count > 2 ? "-" + word : word
    }
    arguments = try Arguments(words, options: known.map(\.option), positionalLimit: 0)
    for flag in known {
      guard let reason = flag.reasonToRefuse else { continue }
      let isAsked = try flag.isBoolean ? boolean(flag.name) == true : string(flag.name) != nil
      guard isAsked else { continue }
      throw UsageError("\(flag.name)=\(string(flag.name) ?? "") is out of scope: \(reason)")
    }
  }

  /// Runs an interop program, and ends the process: status 0 when all is well, 1 after a line that says what is not,
  /// 2 for wrong usage and for what is out of scope.
  ///
  /// - Parameters:
  ///   - title: The program's name, and what it is.
  ///   - known: Its flags.
  ///   - more: What its help says beside them.
  ///   - body: What it does.
  package static func run(
    _ title: (name: String, summary: String),
    known: [Flag],
    more: [String] = [],
    _ body: (InteropFlags) async throws -> Void
  ) async -> Never {
    let words = Array(CommandLine.arguments.dropFirst())
    if words.contains("--help") {
      let lines = ["\(title.name) – \(title.summary)", ""] + known.map(\.line) + more
      Terminal.result(lines.joined(separator: "\n"))
      exit(0)
    }
    do {
      try await body(InteropFlags(words, known: known))
      exit(0)
    } catch {
      Terminal.narrate("\(title.name): \(error)")
      exit(error is UsageError ? 2 : 1)
    }
  }

  /// One flag.
  package struct Flag: Sendable {
    /// With its dashes.
    package let name: String
    fileprivate let help: String
    /// Why the flag may be given only with the value that means "no".
    fileprivate let reasonToRefuse: String?
    fileprivate let isBoolean: Bool

    /// A flag that is obeyed, or that has no meaning in a test case that we have.
    package init(_ name: String, _ help: String) {
      self.name = name
      self.help = help
      reasonToRefuse = nil
      isBoolean = false
    }

    /// A flag that asks for something that is left out: only its "no" is accepted.
    package init(_ name: String, outOfScope reason: String, isBoolean: Bool = true) {
      self.name = name
      help = "only \(isBoolean ? "false" : "empty"): \(reason)"
      reasonToRefuse = reason
      self.isBoolean = isBoolean
    }

    fileprivate var option: Option { Option(name, "VALUE", help: help, isRepeatable: true) }
    /// For the help text.
    fileprivate var line: String { "  \(name)=VALUE".padded(to: 56) + help }
  }

  /// A flag's value; nil when it is not given, or empty.
  package func string(_ name: String) -> String? {
    arguments.string(name).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A whole number.
  package func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    try arguments.integer(name, in: range)
  }

  /// A truth value.
  package func boolean(_ name: String) throws -> Bool? {
    switch string(name) {
    case nil: nil
    case "true": true
    case "false": false
    case let text?: throw UsageError("\(name) takes true or false, not '\(text)'")
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
