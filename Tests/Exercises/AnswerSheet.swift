/// The file in which a learner answers the exercises of a lesson: `name: answer`, a line each.
///
/// It is a file of its own, apart from the lesson: nothing that is checked can be broken by an answer.
package struct AnswerSheet: Sendable {
  private let answers: [String: String]

  /// Reads a sheet.
  package init(_ text: String) {
    var answers: [String: String] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      answers[String(parts[0]).trimmed] = String(parts[1]).trimmed
    }
    self.answers = answers
  }

  package subscript(name: String) -> String { answers[name] ?? "" }

  /// An empty sheet for a lesson.
  package static func template(_ exercises: [Exercise], lesson: String) -> String {
    var text = """
      # Lesson \(lesson). Write each answer behind its name, then run: swift run check \(lesson)
      # Bytes are hexadecimal digits, two a byte: 0a 03 41

      """
    for exercise in exercises {
      text += "\n"
      for line in exercise.question.split(separator: "\n") { text += "# \(line)\n" }
      text += "\(exercise.name):\n"
    }
    return text
  }
}
