import Lesson

/// The names that a command line asks to greet.
enum NameList {
  /// Each `--name`, with `-` replaced by the lines of standard input, as often as `--repeat` says.
  static func read(_ arguments: Arguments) throws -> [String] {
    let count = try arguments.integer("--repeat", in: 1...1_000_000_000) ?? 1
    var names: [String] = []
    for name in arguments.strings("--name") {
      names += name == "-" ? try lines(of: StandardInput.readToEnd()) : [name]
    }
    if !arguments.has("--name") { names = ["world"] }
    return names.flatMap { repeatElement($0, count: count) }
  }

  private static func lines(of bytes: [UInt8]) throws -> [String] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UsageError("standard input is not UTF-8")
    }
    let body = text.hasSuffix("\n") ? text.dropLast() : text[...]
    return body.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
