/// Something to work out in the layers below a lesson, whose answer the stack itself knows.
package struct Exercise: Sendable {
  /// How an answer is compared.
  package enum Form: Sendable {
    /// Bytes, as hexadecimal digits with or without blanks.
    case bytes
    /// A text, blanks at its ends aside.
    case text
  }

  /// The lesson's number, `01`.
  package let lesson: String
  /// The name by which its answer stands in the file.
  package let name: String
  /// What is asked.
  package let question: String
  /// Where to look, for those who are stuck.
  package let hint: String
  /// Why it is so; shown when the answer is right.
  package let explanation: String
  package let form: Form
  /// Asks the stack.
  let answer: @Sendable () -> [UInt8]

  /// An exercise whose answer is bytes.
  static func bytes(
    _ lesson: String,
    _ name: String,
    _ question: String,
    hint: String,
    explanation: String,
    answer: @escaping @Sendable () -> [UInt8]
  ) -> Exercise {
    Exercise(
      lesson: lesson,
      name: name,
      question: question,
      hint: hint,
      explanation: explanation,
      form: .bytes,
      answer: answer
    )
  }

  /// An exercise whose answer is a text.
  static func text(
    _ lesson: String,
    _ name: String,
    _ question: String,
    hint: String,
    explanation: String,
    answer: @escaping @Sendable () -> String
  ) -> Exercise {
    Exercise(
      lesson: lesson,
      name: name,
      question: question,
      hint: hint,
      explanation: explanation,
      form: .text,
      answer: { Array(answer().utf8) }
    )
  }

  /// What an answer came to.
  package enum Verdict: Sendable, Equatable {
    case solved
    /// There is no answer yet.
    case open
    /// What is wrong first, in words that do not give the answer away.
    case wrong(String)
  }

  /// Compares an answer with what the stack says.
  package func check(_ given: String) -> Verdict {
    let text = given.trimmed
    guard !text.isEmpty else { return .open }
    let expected = answer()
    switch form {
    case .text:
      return text.utf8.elementsEqual(expected)
        ? .solved : wrong(Array(text.utf8), expected, "character")
    case .bytes:
      let digits = text.filter { $0 != " " }
      let pairs = stride(from: 0, to: digits.count, by: 2).map { start -> UInt8? in
        UInt8(digits.dropFirst(start).prefix(2), radix: 16)
      }
      guard digits.count.isMultiple(of: 2), !pairs.contains(nil) else {
        return .wrong("these are not bytes: write two hexadecimal digits for each, 0a 03 41")
      }
      let bytes = pairs.compactMap { $0 }
      return bytes == expected ? .solved : wrong(bytes, expected, "byte")
    }
  }

  private func wrong(_ given: [UInt8], _ expected: [UInt8], _ unit: String) -> Verdict {
    guard let index = zip(given, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset
    else {
      let difference = given.count < expected.count ? "it is too short" : "it is too long"
      return .wrong(
        "the first \(min(given.count, expected.count)) \(unit)s are right, but \(difference)"
      )
    }
    let shown =
      form == .bytes
      ? "\(given[index] < 16 ? "0" : "")\(String(given[index], radix: 16))"
      : String(decoding: [given[index]], as: UTF8.self)
    return .wrong("\(unit) \(index + 1) is wrong first: \(shown)")
  }
}

extension String {
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
