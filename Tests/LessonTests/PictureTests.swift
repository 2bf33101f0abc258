import Processes
import Testing

/// The README's pictures are drawn from the package.
@Suite("The pictures")
struct PictureTests {
  static let hasPython =
    (try? run(Command(["python3", "--version"])))?.status == .exited(0) || Here.requiresPeers

  @Test("They show the package as it is", .enabled(if: hasPython, "needs python3"))
  func areCurrent() async throws {
    let outcome = try await offThePool {
      try run(Command(["\(Products.package)/Docs/pictures/draw", "--check"]), atMost: .seconds(30))
    }
    #expect(outcome.status == .exited(0), "\(outcome.text)\(outcome.errorText)")
  }
}
