import Processes

/// `Docs/concepts.md`: every statement of the founding notes with the command that shows it and the
/// lines that cause it, held against the package.
///
/// A row is `| S1 | statement | commands | lines |`. Commands are in backquotes and stand, each, as
/// `$ COMMAND` in a console block, where they are executed. Lines are links such as
/// `[func sayHello](../01-unary/Server.swift#L12)`: the named text stands in that line. A row that
/// nothing shows yet says `not yet` in both places.
package struct ConceptTable {
  package struct Row {
    package let number: String
    package let statement: String
    package let commands: [String]
    package let links: [Link]
    package let isNotYet: Bool
    let line: Int
  }

  package struct Link {
    package let text: String
    package let path: String
    package let line: Int
  }

  /// How far, in lines, a text may have moved before its link counts as wrong.
  private static let drift = 100

  package let rows: [Row]
  private let text: String
  private let path: String
  private let package: String

  package init?(_ path: String, package: String) {
    guard let text = Files.text("\(package)/\(path)") else { return nil }
    self.path = path
    self.package = package
    self.text = text
    rows = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
      Self.row(String($0.element), line: $0.offset + 1)
    }
  }

  private static func row(_ line: String, line number: Int) -> Row? {
    // A bar within a cell is written `\|`, as Markdown wants it.
    let cells = line.replacing("\\|", with: "\u{1}")
      .split(separator: "|", omittingEmptySubsequences: false)
      .map { $0.trimmed.replacing("\u{1}", with: "|") }
    guard cells.count == 6, cells[1].wholeMatch(of: /S[0-9]+/) != nil else { return nil }
    let links = cells[4].matches(of: /\[([^\]]+)\]\(([^)#]+)#L([0-9]+)(?:-L[0-9]+)?\)/)
    return Row(
      number: cells[1],
      statement: cells[2],
      commands: cells[3].matches(of: /`([^`]+)`/).map { String($0.output.1) },
      links: links.map {
        Link(
          text: String($0.output.1).replacing("`", with: ""),
          path: String($0.output.2),
          line: Int($0.output.3) ?? 0
        )
      },
      isNotYet: cells[3] == "not yet" && cells[4] == "not yet",
      line: number
    )
  }

  /// What is wrong, with file and line; `commands` are those of all console blocks.
  package func mistakes(commands: Set<String>) -> [String] {
    var mistakes: [String] = []
    for row in rows where !row.isNotYet {
      let place = "\(path):\(row.line): \(row.number)"
      if row.commands.isEmpty { mistakes.append("\(place) names no command") }
      if row.links.isEmpty { mistakes.append("\(place) names no lines") }
      for command in row.commands where !commands.contains(command) {
        mistakes.append("\(place): no console block runs “\(command)”")
      }
      for link in row.links {
        if let mistake = mistake(in: link) { mistakes.append("\(place): \(mistake)") }
      }
    }
    return mistakes
  }

  private func mistake(in link: Link) -> String? {
    let file = "\(package)/\(Files.folder(of: path))/\(link.path)"
    guard let text = Files.text(file) else { return "there is no \(link.path)" }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let hits = lines.indices.filter { lines[$0].contains(link.text) }
    guard let found = hits.first else {
      return "\(link.path) has no line with “\(link.text)”"
    }
    // Lines move with every change above them; `--update` follows. Far away, it is perhaps another line.
    if hits.contains(where: { abs($0 + 1 - link.line) <= Self.drift }) { return nil }
    return "“\(link.text)” stands in line \(found + 1) of \(link.path), not \(link.line)"
  }

  /// Puts right the line numbers of links whose text has moved.
  package func update() throws {
    var text = text
    for link in rows.flatMap(\.links) {
      let file = "\(package)/\(Files.folder(of: path))/\(link.path)"
      let lines = (Files.text(file) ?? "").split(
        separator: "\n",
        omittingEmptySubsequences: false
      )
      let hits = lines.indices.filter { lines[$0].contains(link.text) }
      guard !hits.contains(link.line - 1), let found = hits.first else { continue }
      for name in [link.text, "`\(link.text)`"] {
        text = text.replacing(
          "[\(name)](\(link.path)#L\(link.line)",
          with: "[\(name)](\(link.path)#L\(found + 1)"
        )
      }
    }
    try Files.write(text, to: "\(package)/\(path)")
  }
}
