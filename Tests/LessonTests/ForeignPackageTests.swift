import Processes
import Testing

/// What somebody needs who wants to use this package from their own.
@Suite("A package that depends on this one")
struct ForeignPackageTests {
  /// Lesson 01 needs the same: the plugin, a server and a channel.
  static let hasLesson =
    Files.text("\(Products.package)/Package.swift")?.contains("\"01-unary\"") == true

  static let output = """
    Bonjour, Ada! 2026-11-24T10:50:00.500Z
    INVALID_ARGUMENT: name is empty ["name"]

    """

  @Test(
    "Its .proto, the plugin, a service and a client build and run in a folder elsewhere",
    .enabled(if: Here.requiresPeers, "builds the whole stack once more; Tests/run includes it"),
    .enabled(if: hasLesson, "lesson 01 is not written yet"),
    .timeLimit(.minutes(15))
  )
  func buildsAndRuns() async throws {
    // A blank in the path, since people have them.
    let scratch = try Files.makeScratchFolder("foreign")
    defer { Files.removeScratchFolder(scratch) }
    let folder = "\(scratch)/some body's package"
    let source = "\(Products.package)/Tests/ForeignPackage"
    try await offThePool {
      _ = try run(Command(["cp", "-R", source, folder]))
      let manifest = try #require(Files.text("\(folder)/Package.swift"))
      try Files.write(
        manifest.replacing("PATH-OF-THE-PACKAGE", with: Products.package),
        to: "\(folder)/Package.swift"
      )
      let command = Command(
        ["swift", "run", "--scratch-path", "\(scratch)/build", "--quiet", "Greeting"],
        directory: folder
      )
      let outcome = try run(command, atMost: .seconds(840))
      #expect(outcome.status == .exited(0), "\(outcome.errorText)")
      #expect(outcome.text == Self.output)
    }
  }
}
