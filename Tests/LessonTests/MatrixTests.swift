import Matrix
import Processes
import Testing

/// Every lesson's servers and clients in Swift, Python and Go against each other.
///
/// Lessons run one
/// after the other: their cases hold deadlines, which a busy machine would upset.
@Suite("The matrix of servers and clients in Swift, Python and Go", .serialized)
struct MatrixTests {
  @Test(
    "All cells agree",
    .timeLimit(.minutes(5)),
    arguments: Lesson.all
  )
  func agrees(_ lesson: Lesson) async throws {
    let programs = Programs(package: Products.package, products: Products.folder)
    let result = try await offThePool { try MatrixRun.run(lesson, with: programs) }
    for difference in result.differences {
      Issue.record("\(lesson): \(difference)")
    }
    for language in result.missing {
      guard language != .swift || programs.declares(lesson: lesson.name) else {
        print("\(lesson): left out Swift, in which it is not written yet")
        continue
      }
      let remedy = programs.remedy(for: language)
      let left = "\(lesson): left out \(language); this brings it: \(remedy)"
      if Here.requiresPeers {
        Issue.record("\(left)")
      } else {
        print(left)
      }
    }
  }

  @Test("A cell that prints or exits differently is told apart, line and words")
  func tellsDifferences() throws {
    let lesson = Lesson(
      name: "01-unary",
      cases: [
        Case("a name", client: ["--name", "Ada"]).with { $0.output = .exactly("Bye, Ada!\n") },
        Case("an empty name", client: ["--name", ""]).with { $0.exit = 0 },
      ]
    )
    // A stand-in for both ends: what matters is what the matrix makes of the differences.
    let folder = try Files.makeScratchFolder("stand-in")
    defer { Files.removeScratchFolder(folder) }
    try Files.write(
      """
      #!/bin/sh
      if [ "$1" = server ]; then echo "listening on 127.0.0.1:1"; exec sleep 60; fi
      [ -n "$3" ] || exit 67
      echo "Hello, $3!"

      """,
      to: "\(folder)/01-unary"
    )
    _ = try run(Command(["chmod", "+x", "\(folder)/01-unary"]))
    let programs = Programs(package: folder, products: folder)
    let result = try MatrixRun.run(lesson, with: programs, only: [.swift])
    #expect(
      result.differences == [
        "Swift server, Swift client: a name: line 1 is “Hello, Ada!” instead of “Bye, Ada!”",
        "Swift server, Swift client: an empty name: exit 67 instead of exit 0",
      ]
    )
  }
}
