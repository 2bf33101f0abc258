import Processes
import Testing
import Transcripts

/// What a page shows is what happens: every console block is executed.
@Suite("The console blocks of the READMEs and of Docs", .serialized)
struct TranscriptTests {
  static let pages = Transcript.all(package: Products.package, products: Products.folder)

  @Test(
    "Every console block prints what its page claims",
    .timeLimit(.minutes(20)),
    arguments: pages
  )
  func prints(_ page: Transcript) async throws {
    let check = Command(["\(Products.package)/Tests/Peers/run", "--check"])
    let hasPeers = ["python", "go"].allSatisfy { language in
      var check = check
      check.arguments.append(language)
      return (try? run(check))?.status == .exited(0)
    }
    let tier = Transcript.Tier(
      hasPeers: hasPeers || Here.requiresPeers,
      isNightly: Here.isNightly
    )
    let result = try await offThePool { try page.play(tier) }
    for block in result.leftOut { print("left out \(block)") }
    if Here.updates {
      try page.update(with: result)
    } else {
      for difference in result.differences { Issue.record("\(difference)") }
    }
  }

  /// Plays a page that consists of the given blocks only.
  private func play(_ page: String) throws -> Transcript.Result {
    let folder = try Files.makeScratchFolder("page")
    defer { Files.removeScratchFolder(folder) }
    try Files.write(page, to: "\(folder)/README.md")
    let transcript = try #require(
      Transcript("README.md", package: folder, products: Products.folder)
    )
    return try transcript.play(.init(hasPeers: false, isNightly: false))
  }

  @Test("A line that differs is told with its place, what was claimed and what was printed")
  func tellsDifferences() throws {
    let result = try play("# Page\n\n```console\n$ echo one; echo two\none\nthree\n```\n")
    #expect(
      result.differences == [
        """
        README.md:5: $ echo one; echo two: printed something else
        claimed:
          | one
          | three
        printed:
          | one
          | two
        """
      ]
    )
  }

  @Test(
    "Marks stand for what differs from run to run",
    arguments: [
      ("⟨time⟩", "1.25 ms", true), ("⟨1 s⟩", "12 µs", true), ("⟨1 s⟩", "12", false),
      ("⟨≈1.0 s⟩", "0.5 s", true), ("⟨≈1.0 s⟩", "100 ms", false), ("a … z", "a b c z", true),
      ("port ⟨50123⟩.", "port 4.", true), ("port ⟨port⟩", "port x", false),
      ("a  ⟨time⟩   b", "a    1 ms b", true), ("id ⟨hex⟩", "id 0badcafe", true),
      ("same", "same ", false), ("…", "", true),
    ]
  )
  func marks(_ claimed: String, _ printed: String, fits: Bool) throws {
    let result = try play("```console\n$ echo '\(printed)'\n\(claimed)\n```\n")
    #expect(result.differences.isEmpty == fits)
  }

  @Test("A program in a terminal of its own goes on, can be typed to, interrupted and ended")
  func terminals() throws {
    let result = try play(
      """
      ```console terminal=server
      $ trap 'echo stopped' INT; echo ready; sleep 30; trap : INT
      ready
      ```
      ```console
      $ cat > file
      » hello
      ^D
      $ cat file
      hello
      $ false; echo $?
      1
      $ false
      $ echo $?
      1
      ```
      ```console terminal=server
      ^C
      stopped
      $ echo more
      more
      ```
      """
    )
    #expect(result.differences == [])
  }

  @Test("A program in the background is awaited until it has printed what is claimed")
  func background() throws {
    let result = try play(
      """
      ```console
      $ (sleep 0.2; echo ready; sleep 30) &
      ready
      $ kill %1
      ```
      """
    )
    #expect(result.differences == [])
  }

  @Test("Blocks that need more than is there are left out, and say so")
  func leavesOut() throws {
    let result = try play("```console nightly\n$ false\nno\n```\n```console peers\n$ x\n```\n")
    #expect(result.differences == [])
    #expect(
      result.leftOut == [
        "README.md:2: rebuilds or installs; Tests/nightly runs it",
        "README.md:6: needs the Python and Go peers; Tests/setup brings them",
      ]
    )
  }

  @Test("An update rewrites what was wrong, and nothing else")
  func updates() throws {
    let folder = try Files.makeScratchFolder("page")
    defer { Files.removeScratchFolder(folder) }
    let page = "text\n```console\n$ echo 5 ms\nold\nolder\n$ echo 7\n⟨number⟩\n```\nmore\n"
    try Files.write(page, to: "\(folder)/README.md")
    let transcript = try #require(
      Transcript("README.md", package: folder, products: Products.folder)
    )
    try transcript.update(with: transcript.play(.init(hasPeers: false, isNightly: false)))
    #expect(
      Files.text("\(folder)/README.md")
        == "text\n```console\n$ echo 5 ms\n⟨5 ms⟩\n$ echo 7\n⟨number⟩\n```\nmore\n"
    )
  }
}
