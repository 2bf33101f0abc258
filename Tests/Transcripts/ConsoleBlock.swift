/// One fenced block of a Markdown file whose language is `console`.
struct ConsoleBlock: Sendable {
  /// The number of its first line within the file, counted from 1, after the fence.
  let firstLine: Int
  /// The words behind `console`: `peers`, `nightly`, `terminal=NAME`, `timeout=SECONDS`.
  let attributes: [String: String]
  let lines: [String]

  var terminal: String { attributes["terminal"] ?? "" }
  var timeout: Duration { .seconds(attributes["timeout"].flatMap { Int($0) } ?? 60) }

  /// The blocks of a file, in order.
  static func all(in markdown: String) -> [ConsoleBlock] {
    var blocks: [ConsoleBlock] = []
    let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var index = 0
    while index < lines.count {
      guard let fence = fence(lines[index]) else {
        index += 1
        continue
      }
      let start = index + 1
      index = start
      while index < lines.count && lines[index].trimmed != fence.marks { index += 1 }
      let words = fence.information.split(separator: " ").map(String.init)
      if words.first == "console" {
        let pairs = words.dropFirst().map { word -> (String, String) in
          let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
          return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        blocks.append(
          ConsoleBlock(
            firstLine: start + 1,
            attributes: Dictionary(pairs, uniquingKeysWith: { $1 }),
            lines: Array(lines[start..<min(index, lines.count)])
          )
        )
      }
      index += 1
    }
    return blocks
  }

  private static func fence(_ line: String) -> (marks: String, information: String)? {
    let text = line.trimmed
    let marks = text.prefix { $0 == "`" }
    return marks.count < 3 ? nil : (String(marks), text.dropFirst(marks.count).trimmed)
  }

  /// What is done, and what is claimed to be seen then.
  struct Step {
    enum Action: Equatable {
      /// Nothing: the block begins with what a running program goes on to print.
      case goOn
      case command(String)
      case type(String)
      case interrupt
      case endOfInput
    }
    let action: Action
    /// The lines claimed, as indices into the block's lines.
    var claimed: Range<Int>
  }

  /// The block as steps.
  var steps: [Step] {
    var steps: [Step] = []
    var index = 0
    if let first = lines.first, action(first) == nil {
      steps.append(Step(action: .goOn, claimed: 0..<0))
    }
    while index < lines.count {
      if var action = action(lines[index]) {
        // A command goes on behind a backslash; bash's own "> " may stand before the rest.
        while case .command(let text) = action, text.hasSuffix("\\"), index + 1 < lines.count {
          index += 1
          let next = lines[index].hasPrefix("> ") ? lines[index].dropFirst(2) : lines[index][...]
          action = .command(text + "\n" + next)
        }
        steps.append(Step(action: action, claimed: (index + 1)..<(index + 1)))
      } else if let last = steps.indices.last {
        steps[last].claimed = steps[last].claimed.lowerBound..<(index + 1)
      }
      index += 1
    }
    return steps
  }

  private func action(_ line: String) -> Step.Action? {
    if line.hasPrefix("$ ") { return .command(String(line.dropFirst(2))) }
    if line.hasPrefix("» ") { return .type(String(line.dropFirst(2))) }
    switch line {
    case "^C": return .interrupt
    case "^D": return .endOfInput
    default: return nil
    }
  }
}
