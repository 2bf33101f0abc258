import Processes
import Testing
import Transcripts

/// Docs/concepts.md holds every statement of the founding notes, each with its proof.
@Suite("The table of concepts")
struct ConceptTests {
  /// How many statements nothing shows yet.
  ///
  /// This number may only shrink.
  static let notYet = 0

  private func commands() -> Set<String> {
    Set(
      Transcript.all(package: Products.package, products: Products.folder).flatMap(\.commands)
    )
  }

  @Test("Every row's commands are executed by a page, and its lines are where it says")
  func rows() throws {
    let table = try #require(ConceptTable("Docs/concepts.md", package: Products.package))
    if Here.updates { try table.update() }
    for mistake in table.mistakes(commands: commands()) where !Here.updates {
      Issue.record("\(mistake)")
    }
    #expect(table.rows.map(\.number) == (1...26).map { "S\($0)" })
    #expect(table.rows.count { $0.isNotYet } <= Self.notYet, "a row has lost its proof")
  }

  @Test("A wrong row is told: command, file, line")
  func tellsMistakes() throws {
    let folder = try Files.makeScratchFolder("concepts")
    defer { Files.removeScratchFolder(folder) }
    Files.makeFolder("\(folder)/Docs")
    let lines = String(repeating: "\n", count: 140)
    try Files.write("one\n\(lines)func two() {}\n", to: "\(folder)/Two.swift")
    let page = """
      | # | Statement | Command | Lines |
      |---|---|---|---|
      | S1 | Right | `swift run two` | [`func two`](../Two.swift#L140) |
      | S2 | Moved | `swift run two` | [func two](../Two.swift#L1) |
      | S3 | Gone | `swift run three` | [func three](../Two.swift#L1), [x](../Three.swift#L1) |
      | S4 | Empty | | |
      | S5 | Later | not yet | not yet |
      """
    try Files.write(page, to: "\(folder)/Docs/concepts.md")
    let table = try #require(ConceptTable("Docs/concepts.md", package: folder))
    #expect(
      table.mistakes(commands: ["swift run two"]) == [
        "Docs/concepts.md:4: S2: “func two” stands in line 142 of ../Two.swift, not 1",
        "Docs/concepts.md:5: S3: no console block runs “swift run three”",
        "Docs/concepts.md:5: S3: ../Two.swift has no line with “func three”",
        "Docs/concepts.md:5: S3: there is no ../Three.swift",
        "Docs/concepts.md:6: S4 names no command",
        "Docs/concepts.md:6: S4 names no lines",
      ]
    )
    try table.update()
    #expect(
      Files.text("\(folder)/Docs/concepts.md")?.contains("[func two](../Two.swift#L142)") == true
    )
  }
}
