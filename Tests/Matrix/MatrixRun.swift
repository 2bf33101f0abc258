import Processes

/// What one cell came to: a server in one language, a client in another, all cases.
package struct Cell: Sendable {
  package let server: Language
  package let client: Language
  package var duration: Duration = .zero
  /// A line or more for each case that went differently.
  package var differences: [String] = []
}

/// What the matrix of one lesson came to.
package struct MatrixResult: Sendable {
  package let lesson: Lesson
  package var cells: [Cell] = []
  /// The languages that could not take part.
  package var missing: [Language] = []

  package var agrees: Bool { cells.allSatisfy(\.differences.isEmpty) }
  /// Every difference, with its cell.
  package var differences: [String] {
    cells.flatMap { cell in
      cell.differences.map { "\(cell.server) server, \(cell.client) client: \($0)" }
    }
  }
}

/// Runs the matrix of one lesson: every case in every cell whose languages are there.
package struct MatrixRun {
  private let programs: Programs
  private let lesson: Lesson
  private let languages: [Language]
  private let root: String
  private let servers: Servers
  /// What the first cell printed for a case, which the others have to print too.
  private var reference: [String: (cell: String, output: String)] = [:]

  /// Runs all cells, and tells of each when it is finished.
  package static func run(
    _ lesson: Lesson,
    with programs: Programs,
    only languages: [Language] = Language.allCases,
    progress: (Cell) -> Void = { _ in }
  ) throws -> MatrixResult {
    let present = languages.filter { programs.has($0, lesson: lesson.name) }
    let root = try Files.makeScratchFolder("matrix-\(lesson.number)")
    defer { Files.removeScratchFolder(root) }
    try lesson.prepare(root)
    var run = MatrixRun(
      programs: programs,
      lesson: lesson,
      languages: present,
      root: root,
      servers: Servers(programs, lesson, root: root)
    )
    defer { run.servers.endAll() }
    var result = MatrixResult(lesson: lesson)
    result.missing = languages.filter { !present.contains($0) }
    for server in present {
      for client in present {
        let cell = run.cell(server, client)
        progress(cell)
        result.cells.append(cell)
      }
    }
    return result
  }

  private mutating func cell(_ server: Language, _ client: Language) -> Cell {
    var cell = Cell(server: server, client: client)
    let start = ContinuousClock.now
    for test in lesson.cases {
      if let lesson = test.clientOfLesson, !programs.has(client, lesson: lesson) { continue }
      do {
        let outcome = try self.outcome(of: test, server, client)
        cell.differences += try differences(of: outcome, in: test, "\(server) ← \(client)").map {
          "\(test.name): \($0)"
        }
      } catch {
        cell.differences.append("\(test.name): \(error)")
      }
      servers.endFresh()
    }
    cell.duration = ContinuousClock.now - start
    return cell
  }

  private func outcome(of test: Case, _ server: Language, _ client: Language) throws -> Outcome {
    var addresses: [String] = []
    if test.serverIsDown {
      addresses = ["127.0.0.1:\(try freePort())"]
    } else {
      let first = languages.firstIndex(of: server) ?? 0
      for hop in 0..<test.hops {
        let language = languages[(first + hop) % languages.count]
        addresses.append(
          try servers.address(of: language, options: test.server, fresh: test.freshServer)
        )
      }
    }
    let via = addresses.dropFirst().joined(separator: ",")
    let arguments = test.client.map {
      $0.replacing("{root}", with: root).replacing("{via}", with: via)
        .replacing("{target}", with: addresses[0])
    }
    var command = programs.command(
      test.clientOfLesson ?? lesson.name,
      client,
      .client,
      arguments + ["--target", addresses[0]]
    )
    command.directory = root
    if let input = test.input { command.input = .bytes(input) }
    return try Processes.run(command, atMost: .seconds(60))
  }

  private mutating func differences(
    of outcome: Outcome,
    in test: Case,
    _ cell: String
  ) throws -> [String] {
    var found: [String] = []
    if outcome.status != .exited(test.exit) {
      let errors = outcome.errorText.split(separator: "\n").first.map { " (\($0))" } ?? ""
      found.append("\(outcome.status) instead of exit \(test.exit)\(errors)")
    }
    if let line = test.errors, !outcome.errorText.contains(line) {
      found.append("standard error says \(quoted(outcome.errorText)), not \(quoted(line))")
    }
    if let wrong = test.verify?(outcome.text) { found.append(wrong) }
    switch test.output {
    case .exactly(let text):
      found += firstDifference(outcome.text, from: text)
    case .oracle(let oracle):
      found += firstDifference(outcome.text, from: try oracle(root))
    case .same:
      found += differenceFromReference(outcome.text, test, cell)
    case .sameAfter(let normal):
      found += differenceFromReference(normal(outcome.text), test, cell)
    }
    return found
  }

  private mutating func differenceFromReference(
    _ output: String,
    _ test: Case,
    _ cell: String
  ) -> [String] {
    guard let reference = reference[test.name] else {
      reference[test.name] = (cell, output)
      return []
    }
    return firstDifference(output, from: reference.output).map { "\($0), as in \(reference.cell)" }
  }
}

/// The first line in which two texts differ, in words; empty when they are equal.
func firstDifference(_ text: String, from expected: String) -> [String] {
  if text.utf8.elementsEqual(expected.utf8) { return [] }
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
  for index in 0..<max(lines.count, wanted.count) {
    let line = index < lines.count ? quoted(String(lines[index])) : "nothing more"
    let want = index < wanted.count ? quoted(String(wanted[index])) : "nothing more"
    if line != want || lines.count <= index || wanted.count <= index {
      return ["line \(index + 1) is \(line) instead of \(want)"]
    }
  }
  return ["\(text.utf8.count) bytes instead of \(expected.utf8.count)"]
}

private func quoted(_ text: String) -> String {
  let line = text.replacing("\n", with: "⏎")
  return line.count > 100 ? "“\(line.prefix(90))…” (\(text.utf8.count) bytes)" : "“\(line)”"
}
