import Processes

/// All console blocks of one Markdown file, played in order and held against what they claim.
package struct Transcript: Sendable, CustomStringConvertible {
  /// The file, relative to the package.
  package let path: String
  private let package: String
  private let products: String
  private let text: String
  private let blocks: [ConsoleBlock]

  package var description: String { path }

  /// What takes part in a run.
  package struct Tier: Sendable {
    package var hasPeers: Bool
    package var isNightly: Bool

    package init(hasPeers: Bool, isNightly: Bool) {
      self.hasPeers = hasPeers
      self.isNightly = isNightly
    }
  }

  /// What a run came to.
  package struct Result {
    /// One entry for each step whose claim was wrong, with file and line.
    package var differences: [String] = []
    /// The lines of blocks that were left out, with the reason.
    package var leftOut: [String] = []
    /// Corrections: the file's lines (counted from 1) that a step claimed, and what it printed.
    fileprivate var corrections: [(lines: Range<Int>, actual: [String])] = []
  }

  package init?(_ path: String, package: String, products: String) {
    guard let text = Files.text("\(package)/\(path)") else { return nil }
    self.path = path
    self.package = package
    self.products = products
    self.text = text
    blocks = ConsoleBlock.all(in: text)
    if blocks.isEmpty { return nil }
  }

  /// Every README.md and every page of Docs that holds a console block.
  package static func all(package: String, products: String) -> [Transcript] {
    let folders =
      [""]
      + Files.names(in: package).filter { name in
        name.first?.isNumber == true || ["Tests", "Docs"].contains(name)
      }.map { "\($0)/" }
    let readMes = folders.map { "\($0)README.md" }
    let pages = Files.names(in: "\(package)/Docs").filter {
      $0.hasSuffix(".md") && $0 != "README.md"
    }
    return (readMes + pages.map { "Docs/\($0)" }).compactMap {
      Transcript($0, package: package, products: products)
    }
  }

  /// The commands of all blocks, as typed.
  package var commands: [String] {
    blocks.flatMap(\.steps).compactMap { step in
      if case .command(let text) = step.action { text } else { nil }
    }
  }

  /// Plays the file.
  package func play(_ tier: Tier) throws -> Result {
    let stage = try Stage(package: package, products: products, ports: Stage.ports(in: text))
    defer { stage.strike() }
    var result = Result()
    for block in blocks {
      if let reason = reasonToLeaveOut(block, tier) {
        result.leftOut.append("\(path):\(block.firstLine): \(reason)")
        continue
      }
      try stage.setRebuilding(block.attributes["nightly"] != nil)
      try play(block, on: stage, &result)
    }
    for lines in stage.unclaimed {
      result.differences.append("\(path): printed at the end, but not claimed: \(lines)")
    }
    return result
  }

  /// Rewrites the claims that were wrong.
  package func update(with result: Result) throws {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for correction in result.corrections.sorted(by: { $0.lines.lowerBound > $1.lines.lowerBound }) {
      let range = (correction.lines.lowerBound - 1)..<(correction.lines.upperBound - 1)
      lines.replaceSubrange(range, with: correction.actual.map(Notation.claim))
    }
    try Files.write(lines.joined(separator: "\n"), to: "\(package)/\(path)")
  }

  private func reasonToLeaveOut(_ block: ConsoleBlock, _ tier: Tier) -> String? {
    if block.attributes["nightly"] != nil && !tier.isNightly {
      return "rebuilds or installs; Tests/nightly runs it"
    }
    if block.attributes["peers"] != nil && !tier.hasPeers {
      return "needs the Python and Go peers; Tests/setup brings them"
    }
    return nil
  }

  private func play(
    _ block: ConsoleBlock,
    on stage: Stage,
    _ result: inout Result
  ) throws {
    // In a terminal with a name, the last program of a block may go on in a later one.
    let mayGoOn = !block.terminal.isEmpty
    let terminal = try stage.terminal(block.terminal)
    let steps = block.steps
    for (index, step) in steps.enumerated() {
      let claimed = Array(block.lines[step.claimed])
      switch step.action {
      case .goOn: break
      case .command(let text):
        let more = terminal.unclaimed.map(stage.claimed)
        if !more.isEmpty {
          result.differences.append(
            "\(path):\(block.firstLine): printed before “\(text)”, but not claimed: \(more)"
          )
        }
        if terminal.awaitEnd(within: block.timeout) == nil {
          result.differences.append(
            "\(path):\(block.firstLine): the command before “\(text)” has not ended"
          )
          return
        }
        try terminal.type(command: stage.real(text))
      case .type(let line): terminal.type(line: stage.real(line))
      case .interrupt: terminal.interrupt()
      case .endOfInput: terminal.endInput()
      }
      let isAwaited = mustEnd(
        step,
        before: index + 1 < steps.count ? steps[index + 1] : nil,
        mayGoOn
      )
      guard
        let actual = watch(
          terminal,
          for: claimed,
          mustEnd: isAwaited,
          within: block.timeout,
          stage
        )
      else { continue }
      let first = block.firstLine + step.claimed.lowerBound
      result.corrections.append((first..<(first + claimed.count), actual.lines))
      result.differences.append(
        """
        \(path):\(first): \(describe(step.action)): \(actual.reason)
        claimed:
        \(claimed.map { "  | \($0)" }.joined(separator: "\n"))
        printed:
        \(actual.lines.map { "  | \($0)" }.joined(separator: "\n"))
        """
      )
    }
  }

  /// Whether the program has to end before the next step.
  ///
  /// One in the background ends for the
  /// shell at once, but what it prints is still awaited.
  private func mustEnd(
    _ step: ConsoleBlock.Step,
    before next: ConsoleBlock.Step?,
    _ mayGoOn: Bool
  ) -> Bool {
    if case .command(let text) = step.action, text.trimmed.hasSuffix("&") { return false }
    guard let next else { return !mayGoOn }
    switch next.action {
    case .command: return true
    case .goOn, .type, .interrupt, .endOfInput: return false
    }
  }

  /// Waits for what a step claims; nil when it came.
  private func watch(
    _ terminal: Terminal,
    for claimed: [String],
    mustEnd: Bool,
    within timeout: Duration,
    _ stage: Stage
  ) -> (lines: [String], reason: String)? {
    if mustEnd {
      guard let lines = terminal.awaitEnd(within: timeout)?.map(stage.claimed) else {
        terminal.interrupt()
        return (terminal.pending.map(stage.claimed), "has not ended after \(timeout)")
      }
      return Notation.matches(claimed[...], lines[...]) ? nil : (lines, "printed something else")
    }
    let taken = terminal.awaitLines(within: min(timeout, .seconds(30))) { lines in
      Notation.matchesBeginning(claimed, of: lines.map(stage.claimed))
    }
    return taken ? nil : (terminal.pending.map(stage.claimed), "did not print this")
  }

  private func describe(_ action: ConsoleBlock.Step.Action) -> String {
    switch action {
    case .goOn: "what goes on"
    case .command(let text): "$ \(text)"
    case .type(let text): "» \(text)"
    case .interrupt: "^C"
    case .endOfInput: "^D"
    }
  }
}
