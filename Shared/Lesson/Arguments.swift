/// One option of a lesson's command: `--delay D`.
public struct Option: Sendable {
  /// The name with its dashes: `--delay`.
  public let name: String
  /// What stands for the value in the help text; nil for an option without a value.
  public let value: String?
  /// What it does, in a few words, with its default.
  public let help: String
  /// Whether it may be given several times.
  public let isRepeatable: Bool
  /// Whether the value is optional and, when given, follows a `=` (`--wire`, `--wire=hex`).
  public let isValueOptional: Bool

  /// Describes an option.
  public init(
    _ name: String,
    _ value: String? = nil,
    help: String,
    isRepeatable: Bool = false,
    isValueOptional: Bool = false
  ) {
    self.name = name
    self.value = value
    self.help = help
    self.isRepeatable = isRepeatable
    self.isValueOptional = isValueOptional
  }
}

/// A wrong command line: one line that says what to change.
///
/// The process ends with status 2.
public struct UsageError: Error, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  /// Makes an error with this text.
  public init(_ description: String) {
    self.description = description
  }
}

/// A command line, taken apart after the rules of one command.
public struct Arguments: Sendable {
  /// What stands for itself, in order.
  public let positional: [String]
  private let values: [String: [String]]

  /// Takes words apart: `--name value`, `--name=value`, switches, and words that stand for
  /// themselves, such as `-`; `--` ends the options.
  ///
  /// - Throws: `UsageError` for an unknown option, a missing or surplus value, an option repeated.
  public init(_ words: [String], options: [Option], positionalLimit: Int) throws {
    var values: [String: [String]] = [:]
    var positional: [String] = []
    var index = 0
    var optionsEnded = false
    while index < words.count {
      let word = words[index]
      index += 1
      guard !optionsEnded, word.hasPrefix("-"), word != "-" else {
        positional.append(word)
        continue
      }
      if word == "--" {
        optionsEnded = true
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let option = options.first(where: { $0.name == name }) else {
        throw UsageError("unknown option \(name); --help lists them")
      }
      if values[name] != nil && !option.isRepeatable {
        throw UsageError("\(name) is given twice")
      }
      let value: String
      if parts.count == 2 {
        guard option.value != nil else { throw UsageError("\(name) takes no value") }
        value = String(parts[1])
      } else if option.value == nil || option.isValueOptional {
        value = ""
      } else {
        guard index < words.count else {
          throw UsageError("\(name) needs a value: \(name) \(option.value ?? "VALUE")")
        }
        value = words[index]
        index += 1
      }
      values[name, default: []].append(value)
    }
    guard positional.count <= positionalLimit else {
      throw UsageError(
        "unexpected argument '\(positional[positionalLimit])'; --help shows the usage"
      )
    }
    self.values = values
    self.positional = positional
  }

  /// Whether an option was given.
  public func has(_ name: String) -> Bool { values[name] != nil }

  /// An option's value; nil when it was not given.
  public func string(_ name: String) -> String? { values[name]?.last }

  /// All values of a repeatable option, in order.
  public func strings(_ name: String) -> [String] { values[name] ?? [] }

  /// A whole number within bounds.
  ///
  /// - Throws: `UsageError` when the value is not one.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = string(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
      )
    }
    return number
  }

  /// A duration such as `500ms`, `2s` or `1m`.
  ///
  /// - Throws: `UsageError` when the value is not one.
  public func duration(_ name: String) throws -> Duration? {
    guard let text = string(name) else { return nil }
    guard let duration = Quantity.duration(text) else {
      throw UsageError("\(name) takes a duration such as 500ms, 2s or 1m, not '\(text)'")
    }
    return duration
  }

  /// A size in bytes such as `65536`, `64KiB` or `100MB`.
  ///
  /// - Throws: `UsageError` when the value is not one.
  public func byteCount(_ name: String) throws -> Int? {
    guard let text = string(name) else { return nil }
    guard let size = Quantity.byteCount(text) else {
      throw UsageError("\(name) takes a size such as 65536, 64KiB or 100MB, not '\(text)'")
    }
    return size
  }
}
