/// The matrix of a lesson as text: a row for each server, a column for each client.
package struct MatrixTable {
  private let result: MatrixResult
  private let programs: Programs

  package init(_ result: MatrixResult, programs: Programs) {
    self.result = result
    self.programs = programs
  }

  package var text: String {
    let languages = Language.allCases.filter { language in
      result.missing.contains(language) || result.cells.contains { $0.server == language }
    }
    var lines = ["\(result.lesson.name)   \(result.lesson.cases.count) cases a cell"]
    lines.append(row("server \\ client", languages.map { "\($0)" }))
    for server in languages {
      lines.append(
        row("\(server)", languages.map { cellText(server, $0) })
      )
    }
    lines += result.differences.map { "  ✗ \($0)" }
    lines += result.missing.map {
      "  – \($0) is missing here; this brings it: \(programs.remedy(for: $0))"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func cellText(_ server: Language, _ client: Language) -> String {
    guard let cell = result.cells.first(where: { $0.server == server && $0.client == client })
    else { return "–" }
    let mark = cell.differences.isEmpty ? "✓" : "✗ \(cell.differences.count)"
    return "\(mark) \(seconds(cell.duration)) s"
  }

  private func row(_ head: String, _ cells: [String]) -> String {
    "  " + ([head] + cells).map { padded($0, to: 17) }.joined().trimmingEnd()
  }
}

/// A duration in seconds with one decimal.
func seconds(_ duration: Duration) -> String {
  let tenths = Int((duration / .milliseconds(100)).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}

func padded(_ text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}

extension String {
  func trimmingEnd() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
