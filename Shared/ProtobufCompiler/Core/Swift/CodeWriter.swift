/// Collects lines of Swift, indented.
struct CodeWriter {
  private(set) var text = ""
  private var depth = 0

  /// A line; an empty one ends a paragraph.
  mutating func line(_ content: String = "") {
    if !content.isEmpty {
      text += String(repeating: "  ", count: depth)
      text += content
    }
    text += "\n"
  }

  /// A blank line, unless one is there or a block has just begun.
  mutating func separate() {
    if !text.hasSuffix("\n\n"), !text.hasSuffix("{\n"), !text.isEmpty { text += "\n" }
  }

  /// `head {`, the lines of `body`, `}`.
  mutating func block(_ head: String, _ body: (inout CodeWriter) -> Void) {
    line("\(head) {")
    indented(body)
    line("}")
  }

  /// Lines one step further in.
  mutating func indented(_ body: (inout CodeWriter) -> Void) {
    depth += 1
    body(&self)
    depth -= 1
  }

  /// A declaration with parameters, on one line if they fit there, else on a line each.
  mutating func call(_ head: String, _ arguments: [String], _ tail: String) {
    let single = "\(head)(\(arguments.joined(separator: ", ")))\(tail)"
    guard single.count + 2 * depth > 100 else { return line(single) }
    line("\(head)(")
    indented { writer in
      for (index, argument) in arguments.enumerated() {
        writer.line(argument + (index + 1 < arguments.count ? "," : ""))
      }
    }
    line(")\(tail)")
  }

  /// A doc comment, line by line as the `.proto` has it.
  mutating func document(_ comment: String?) {
    guard let comment else { return }
    var lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map(Self.trimEnd)
    while lines.last == "" { lines.removeLast() }
    while lines.first == "" { lines.removeFirst() }
    // Comments usually begin with a space behind `//`; it is not part of the text.
    let hasSpace = lines.allSatisfy { $0.isEmpty || $0.hasPrefix(" ") }
    for content in lines {
      let content = hasSpace ? String(content.dropFirst()) : content
      line(content.isEmpty ? "///" : "/// \(content)")
    }
  }

  private static func trimEnd(_ line: Substring) -> String {
    var line = line
    while let last = line.last, last == " " || last == "\t" || last == "\r" { line.removeLast() }
    return String(line)
  }
}
