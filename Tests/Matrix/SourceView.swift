import Processes

/// The lines of one method in every language, side by side: who serves it, and who calls it.
package struct SourceView {
  private struct Excerpt {
    let language: Language
    let place: String
    let lines: [String]
  }

  private let programs: Programs

  package init(programs: Programs) { self.programs = programs }

  /// The excerpts of a method such as `SayHello` or `Greeter.SayHello`, in columns of a terminal
  /// that is `width` wide; nil when no lesson has it.
  package func text(for method: String, width: Int) -> String? {
    let name = String(method.split { $0 == "." || $0 == "/" }.last ?? "")
    for lesson in Lesson.all where declares(lesson, name) {
      var text = "\(lesson.name)  \(name)\n"
      for side in [Side.server, .client] {
        let excerpts = Language.allCases.compactMap { excerpt(lesson, name, $0, side) }
        text += "\n\(side.rawValue)\n" + columns(excerpts, width: width)
      }
      return text
    }
    return nil
  }

  private func declares(_ lesson: Lesson, _ method: String) -> Bool {
    let folder = "\(programs.package)/\(lesson.name)"
    return Files.names(in: folder).filter { $0.hasSuffix(".proto") }.contains { name in
      (Files.text("\(folder)/\(name)") ?? "").contains("rpc \(method)(")
    }
  }

  /// The function that serves the method, or the one that calls it.
  private func excerpt(
    _ lesson: Lesson,
    _ method: String,
    _ language: Language,
    _ side: Side
  ) -> Excerpt? {
    let lower = method.prefix(1).lowercased() + method.dropFirst()
    let marks: [String]
    switch (language, side) {
    case (.swift, .server): marks = ["func \(lower)("]
    case (.swift, .client): marks = [".\(lower)("]
    case (.python, .server): marks = ["def \(method)("]
    case (.python, .client): marks = [".\(method)(", ".\(method).future(", ".\(method).with_call("]
    case (.go, .server): marks = [") \(method)("]
    case (.go, .client): marks = [".\(method)("]
    }
    for path in sources(lesson, language, side) {
      guard let text = Files.text("\(programs.package)/\(path)") else { continue }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      guard let hit = lines.firstIndex(where: { line in marks.contains { line.contains($0) } })
      else { continue }
      let range =
        side == .server ? block(from: hit, in: lines) : call(at: hit, in: lines, language)
      return Excerpt(
        language: language,
        place: "\(path):\(range.lowerBound + 1)",
        lines: unindented(Array(lines[range]))
      )
    }
    return nil
  }

  /// The files that may hold one side, the likeliest first.
  private func sources(_ lesson: Lesson, _ language: Language, _ side: Side) -> [String] {
    let folder = lesson.name
    func files(_ folder: String, _ ending: String) -> [String] {
      Files.names(in: "\(programs.package)/\(folder)").filter { $0.hasSuffix(ending) }
        .map { "\(folder)/\($0)" }
    }
    switch language {
    case .swift:
      let first = side == .server ? "Server.swift" : "Client.swift"
      return ["\(folder)/\(first)"] + files("\(folder)/Steps", ".swift") + files(folder, ".swift")
    case .python:
      return ["\(folder)/peers/\(side.rawValue).py"] + files("\(folder)/peers", ".py")
    case .go: return files("\(folder)/peers/\(side.rawValue)", ".go")
    }
  }

  /// So many lines show a call; a function that has more does other things, too.
  private static let mostLines = 24

  /// The lines that belong to a call: the largest block around it that is short enough, and no more than its function.
  ///
  /// Where even the nearest block is too long, the paragraph of the call and what follows it there.
  private func call(at hit: Int, in lines: [String], _ language: Language) -> Range<Int> {
    var found: Range<Int>?
    var inner = hit
    while let head = head(of: inner, in: lines) {
      let range = block(from: head, in: lines)
      // `main` reads the command line, which is another matter.
      let isMain = lines[head].contains(" main(")
      guard range.contains(hit), range.count <= Self.mostLines, !isMain else { break }
      // What encloses a function is a type, or a file.
      let isFunction = lines[head].contains(language == .python ? "def " : "func")
      if !isFunction && indentation(of: lines[head]) == 0 && language == .swift { break }
      found = range
      inner = head
      if isFunction && !lines[head].trimmingStart().hasPrefix("}") { break }
    }
    if let found { return found }
    let depth = indentation(of: lines[hit])
    var start = hit
    while start > 0, !lines[start - 1].isEmpty, indentation(of: lines[start - 1]) >= depth {
      start -= 1
    }
    start = max(start, hit - 4)
    var end = hit + 1
    while end < lines.count, end < start + Self.mostLines,
      lines[end].isEmpty || indentation(of: lines[end]) >= depth
    { end += 1 }
    // A block that does not end here is not begun.
    while end > hit + 1, indentation(of: lines[end - 1]) > depth, end == start + Self.mostLines {
      end -= 1
    }
    while lines[end - 1].isEmpty { end -= 1 }
    return start..<end
  }

  /// The line that begins the block in which a line stands.
  private func head(of line: Int, in lines: [String]) -> Int? {
    let depth = indentation(of: lines[line])
    return lines[..<line].lastIndex { !$0.isEmpty && indentation(of: $0) < depth }
  }

  /// What a line begins: it and all that is indented more, with the bracket behind.
  private func block(from start: Int, in lines: [String]) -> Range<Int> {
    let depth = indentation(of: lines[start])
    var end = start + 1
    while end < lines.count {
      let line = lines[end]
      if !line.isEmpty && indentation(of: line) <= depth {
        let text = line.trimmingStart()
        // `) async throws {` and `):` go on with what `func f(` has begun.
        let goesOn =
          indentation(of: line) == depth && text.hasPrefix(")") && "{:".contains(line.last ?? " ")
        if !goesOn {
          let closes =
            indentation(of: line) == depth && (text.hasPrefix("}") || text.hasPrefix(")"))
          if closes && line.last != "{" { end += 1 }
          break
        }
      }
      end += 1
    }
    while end > start + 1 && lines[end - 1].isEmpty { end -= 1 }
    return start..<end
  }

  private func columns(_ excerpts: [Excerpt], width: Int) -> String {
    guard width >= 120, !excerpts.isEmpty else {
      return excerpts.map { excerpt in
        "── \(excerpt.language)  \(excerpt.place)\n"
          + excerpt.lines.joined(separator: "\n") + "\n"
      }.joined(separator: "\n")
    }
    let column = (width - 3 * (excerpts.count - 1)) / excerpts.count
    let blocks = excerpts.map { excerpt in
      ["\(excerpt.language)  \(excerpt.place)"].flatMap { wrapped($0, column) }
        + [String(repeating: "─", count: column)]
        + excerpt.lines.flatMap { wrapped($0, column) }
    }
    let height = blocks.map(\.count).max() ?? 0
    return (0..<height).map { row in
      blocks.map { block in
        let line = row < block.count ? block[row] : ""
        return line + String(repeating: " ", count: max(0, column - line.count))
      }.joined(separator: " │ ").trimmingEnd() + "\n"
    }.joined()
  }

  private func wrapped(_ line: String, _ width: Int) -> [String] {
    var rest = Substring(line)
    var lines: [String] = []
    while rest.count > width {
      lines.append(String(rest.prefix(width)))
      rest = "    " + rest.dropFirst(width)
    }
    return lines + [String(rest)]
  }

  private func unindented(_ lines: [String]) -> [String] {
    let lines = lines.map { $0.replacing("\t", with: "    ") }
    let depth = lines.filter { !$0.isEmpty }.map(indentation).min() ?? 0
    return lines.map { String($0.dropFirst(depth)) }
  }

  private func indentation(of line: String) -> Int { line.prefix { $0 == " " || $0 == "\t" }.count }
}

extension String {
  fileprivate func trimmingStart() -> Substring { drop { $0 == " " || $0 == "\t" } }
}
