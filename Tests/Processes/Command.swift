/// A program to start, and with what.
package struct Command: Sendable {
  /// The program, by path or by a name to find on PATH, and its arguments.
  package var arguments: [String]
  /// Changes to this process's environment; nil removes a variable.
  package var environment: [String: String?]
  /// The folder to start in; nil keeps this process's.
  package var directory: String?
  package var input: Input
  /// Whether standard error goes where standard output goes, in order, as on a terminal.
  package var mergesErrors: Bool

  package enum Input: Sendable {
    /// An input that is at its end.
    case none
    /// These bytes, then the end.
    case bytes([UInt8])
    /// Kept open for `Child.send` until `Child.closeInput`.
    case open
  }

  package init(
    _ arguments: [String],
    environment: [String: String?] = [:],
    directory: String? = nil,
    input: Input = .none,
    mergesErrors: Bool = false
  ) {
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.input = input
    self.mergesErrors = mergesErrors
  }

  /// What one would type to run it.
  package var text: String {
    arguments.map { argument in
      let plain = argument.utf8.allSatisfy { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_./:=,+@".utf8.contains(byte)
        }
      }
      let shown = argument.utf8.count > 60 ? "\(argument.prefix(20))…" : argument
      return plain && !argument.isEmpty ? shown : "'\(shown)'"
    }.joined(separator: " ")
  }

  /// The arguments that start it in its folder: glibc's `posix_spawn` can change folders only by an
  /// extension that Swift's module leaves out, so a shell does it and then becomes the program.
  var fullArguments: [String] {
    guard let directory else { return arguments }
    return ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory] + arguments
  }

  /// The environment the child gets: this process's without proxies, which loopback must not use.
  var fullEnvironment: [String: String] {
    var result = currentEnvironment()
    for name in ["http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
      result[name] = nil
    }
    for (name, value) in environment { result[name] = value }
    return result
  }
}

/// How a program ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
  case exited(Int32)
  case killed(signal: Int32)

  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .killed(signal: signal)
  }

  package var description: String {
    switch self {
    case .exited(let code): "exit \(code)"
    case .killed(let signal): "killed by signal \(signal)"
    }
  }

  /// The number a shell would show in `$?`.
  package var shellCode: Int32 {
    switch self {
    case .exited(let code): code
    case .killed(let signal): 128 + signal
    }
  }
}

/// What a finished program left behind.
package struct Outcome: Sendable {
  package let status: ExitStatus
  package let output: [UInt8]
  package let errors: [UInt8]
  package let duration: Duration

  package var text: String { String(decoding: output, as: UTF8.self) }
  package var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// Why a program could not be run to its end.
package enum ProcessError: Error, CustomStringConvertible {
  case notStarted(String, reason: String)
  case timedOut(String, after: Duration, output: String)
  case silent(String, awaited: String, output: String)

  package var description: String {
    switch self {
    case .notStarted(let command, let reason): "\(command): \(reason)"
    case .timedOut(let command, let time, let output):
      "\(command): not finished after \(time); it printed:\n\(output)"
    case .silent(let command, let awaited, let output):
      "\(command): never printed “\(awaited)”; it printed:\n\(output)"
    }
  }
}
