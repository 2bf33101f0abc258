import Testing

/// One thing that RFC 9113 says a receiver must do, with the bytes that show whether it does.
///
/// The rules of a section stand in one suite, and `ChecklistTests` holds the list of the sections against them: a rule
/// without a test cannot be written down, because a rule is its test.
struct Rule: Sendable, CustomTestStringConvertible {
  /// The section that states it.
  let section: String
  /// What it says, in short.
  let text: String
  /// What shows it, for each end that it binds.
  let cases: [Case]

  init(_ section: String, _ text: String, @ListBuilder<Case> _ cases: () -> [Case]) {
    self.section = section
    self.text = text
    self.cases = cases()
  }

  var testDescription: String { "§\(section) \(text)" }

  /// Plays every case at every end that it is for, fed in every way.
  func check() {
    for one in cases {
      for role in one.roles { one.check(as: role, testDescription) }
    }
  }
}

/// Lets a list be written a line each: the compiler looks at each line alone, which takes it far less time.
@resultBuilder
enum ListBuilder<Element> {
  static func buildBlock(_ elements: Element...) -> [Element] { elements }
}
