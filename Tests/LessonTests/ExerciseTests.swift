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
    evolution: "", no
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
    timeout: 1234567m
    binary: AAH+/w
    message: 100%25 na%C3%AFve
    """,
  ]

  @Test("Each lesson has three to five, each with a hint and an explanation", arguments: 1...5)
  func count(_ lesson: Int) {
    let exercises = Exercise.all.filter { $0.lesson == "0\(lesson)" }
    #expect((3...5).contains(exercises.count))
    #expect(Set(exercises.map(\.name)).count == exercises.count)
    for exercise in exercises {
      #expect(!exercise.hint.isEmpty && !exercise.explanation.isEmpty, "\(exercise.name)")
    }
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

  @Test("An answer stands in a file of the learner's own, which the first run makes")
  func program() async throws {
    try await offThePool {
      let folder = try Files.makeScratchFolder("check")
      defer { Files.removeScratchFolder(folder) }
      let command = Command(["\(Products.folder)/check", "01"], directory: folder)
      let first = try run(command, atMost: .seconds(30))
      #expect(first.status == .exited(1))
      #expect(Files.text("\(folder)/exercises/01.txt")?.contains("\nvarint:\n") == true)
      let unsolved = try run(command, atMost: .seconds(30))
      #expect(unsolved.text.contains("01: 0 of 4 solved"))
      #expect(!unsolved.text.contains("44 + 2·128"), "explained too early")
      try Files.write(Self.solutions["01"] ?? "", to: "\(folder)/exercises/01.txt")
      let solved = try run(command, atMost: .seconds(30))
      #expect(solved.status == .exited(0))
      #expect(solved.text.contains("✓ varint: 0a is field 1 with a length. 300 = 44 + 2·128"))
    }
  }
}
