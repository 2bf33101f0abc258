import Exercises
import Processes
import Testing

/// Every exercise can be solved, and is not solved before.
@Suite("The exercises")
struct ExerciseTests {
  /// Worked out by hand.
  static let solutions = [
    "01": """
    varint: 0a ac 02
    frame: 00000e 00 01 00000001 00 00000009 0a 07 47 72 c3bc c39f 65
    huffman: 1c 83
    """,
    "02": """
    match: 0a 03 61 2e 63 10 ac 02 1a 01 78
    window: 19000
    cancel: 00 00 04 03 00 00 00 00 01 00 00 00 08
    """,
    "03": """
    header: 0a 06 0a 01 61 10 e8 07
    frames: 7
    fixed: 25 4d 3c 2b 1a
    """,
    "04": """
    streams: 9
    half-close: 00 00 00 00 01 00 00 00 09
    ping: 00 00 08 06 01 00 00 00 00 01 02 03 04 05 06 07 08
    """,
    "05": """
    timeout: 1234568m
    binary: AAH+/w
    message: 100%25 na%C3%AFve
    """,
  ]

  @Test("Each lesson has three to five, each with a hint and an explanation", arguments: 1...5)
  func count(_ lesson: Int) {
    let questions = Exercise.all.filter { $0.lesson == "0\(lesson)" }
    let programs = CodeExercise.all.filter { $0.lesson == "0\(lesson)" }
    let names = questions.map(\.name) + programs.map(\.name)
    #expect((3...5).contains(names.count) && !programs.isEmpty && !questions.isEmpty)
    #expect(Set(names).count == names.count)
    let texts = questions.flatMap { [$0.hint, $0.explanation] }
    for text in texts + programs.flatMap({ [$0.hint, $0.explanation] }) { #expect(!text.isEmpty) }
  }

  @Test("The reference solution solves it, nothing and a part of it do not")
  func solutions() {
    for exercise in Exercise.all {
      let answer = AnswerSheet(Self.solutions[exercise.lesson] ?? "")[exercise.name]
      #expect(exercise.check(answer) == .solved, "\(exercise.lesson) \(exercise.name)")
      #expect(exercise.check("") == .open)
      for wrong in [answer + "00", "ff", String(answer.dropLast(2)) + "xx"] {
        let verdict = exercise.check(wrong)
        #expect(verdict != .solved && verdict != .open, "\(exercise.name): \(wrong)")
      }
    }
  }

  @Test("A wrong answer is told by its first wrong byte, without the right one")
  func firstWrongByte() throws {
    let varint = try #require(Exercise.all.first { $0.name == "varint" })
    #expect(varint.check("0a 2c 02") == .wrong("byte 2 is wrong first: 2c"))
    #expect(varint.check("0a ac") == .wrong("the first 2 bytes are right, but it is too short"))
    #expect(
      varint.check("0a ac 02 00") == .wrong("the first 3 bytes are right, but it is too long")
    )
    #expect(varint.check("zz") != .open)
  }

  @Test("A program to write has its beginnings, what checks it, and a solution of the same files")
  func programFiles() {
    for exercise in CodeExercise.all {
      let source = "\(Products.package)/Tests/Exercises/Code/\(exercise.lesson)-\(exercise.name)"
      for name in ["Check.swift", "expected.txt"] {
        #expect(Files.exists("\(source)/\(name)"), "\(exercise.name): \(name)")
      }
      for (name, beginning) in zip(exercise.fileNames, exercise.beginnings) {
        let start = Files.text("\(Products.package)/\(beginning)")
        let isOfLesson = !beginning.hasPrefix("Tests/")
        // A copy of a lesson's file would stay behind when the lesson changes: its solution is a patch.
        let solution =
          isOfLesson
          ? Self.patched(start, by: Files.text("\(source)/solution/\(name).patch"))
          : Files.text("\(source)/solution/\(name)")
        #expect(start != nil && solution != nil && start != solution, "\(exercise.name): \(name)")
      }
    }
  }

  /// A text with the changes of a unified diff, wherever its lines are; nil when the text has not what they change.
  private static func patched(_ text: String?, by patch: String?) -> String? {
    guard var text, let patch else { return nil }
    let hunks = patch.split(separator: /(^|\n)@@.*\n/).dropFirst()
    for hunk in hunks {
      let lines = hunk.split(separator: "\n", omittingEmptySubsequences: false)
      func without(_ mark: Character) -> String {
        lines.filter { $0.first != mark }.map { $0.dropFirst() }.joined(separator: "\n")
      }
      guard text.ranges(of: without("+")).count == 1 else { return nil }
      text = text.replacing(without("+"), with: without("-"))
    }
    return hunks.isEmpty ? nil : text
  }

  @Test(
    "A program that prints something else is told by its first wrong line, without the right one"
  )
  func firstWrongLine() {
    func verdict(_ printed: String) -> Exercise.Verdict {
      CodeExercise.verdict(printed: printed, expected: "one\ntwo\n")
    }
    #expect(verdict("one\ntwo\n") == .solved)
    #expect(verdict("one\nthree\n") == .wrong("line 2 is wrong first: three"))
    #expect(verdict("one\n") == .wrong("1 lines are right, but there should be more"))
    #expect(verdict("") == .wrong("0 lines are right, but there should be more"))
    #expect(verdict("one\ntwo\nthree\n") == .wrong("line 3 is more than should be: three"))
  }

  @Test("Answers and programs stand in files of the learner's own, which the first run makes")
  func program() async throws {
    try await offThePool {
      let folder = try Files.makeScratchFolder("check")
      defer { Files.removeScratchFolder(folder) }
      let command = Command(["\(Products.folder)/check", "01"], directory: folder)
      let first = try run(command, atMost: .seconds(30))
      #expect(first.status == .exited(1))
      #expect(Files.text("\(folder)/exercises/01.txt")?.contains("\nvarint:\n") == true)
      let copy = Files.text("\(folder)/exercises/01/evolution/Server.swift")
      #expect(copy == Files.text("\(Products.package)/01-unary/Server.swift"))
      let unsolved = try run(command, atMost: .seconds(30))
      #expect(unsolved.text.contains("– encode: not begun yet"))
      #expect(unsolved.text.contains("01: 0 of 5 solved"))
      #expect(!unsolved.text.contains("44 + 2·128"), "explained too early")
      try Files.write(Self.solutions["01"] ?? "", to: "\(folder)/exercises/01.txt")
      let solved = try run(command, atMost: .seconds(30))
      #expect(solved.status == .exited(1))
      #expect(solved.text.contains("✓ varint: 0a is field 1 with a length. 300 = 44 + 2·128"))
      #expect(solved.text.contains("01: 3 of 5 solved"))
    }
  }
}
