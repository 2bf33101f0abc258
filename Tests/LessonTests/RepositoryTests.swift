import Processes
import Testing

/// Rules of the repository that no compiler checks.
@Suite("The repository")
struct RepositoryTests {
  /// Every file that git tracks, relative to the package; empty in a copy without git.
  private func trackedFiles() throws -> [String] {
    try run(Command(["git", "ls-files"], directory: Products.package)).text
      .split(separator: "\n").map(String.init)
  }

  @Test("A file that begins with #! can be executed, and nothing else can")
  func executableBits() throws {
    for file in try trackedFiles() {
      let path = "\(Products.package)/\(file)"
      guard let start = Files.read(path)?.prefix(2) else { continue }
      let isScript = start.elementsEqual("#!".utf8)
      #expect(Files.isExecutable(path) == isScript, "\(file)")
    }
  }

  @Test("A link within a Markdown page leads to a file that is there")
  func links() throws {
    for file in try trackedFiles() where file.hasSuffix(".md") {
      let folder = Files.folder(of: "\(Products.package)/\(file)")
      // What stands in backquotes is an example, not a link.
      let page = (Files.text("\(Products.package)/\(file)") ?? "").replacing(/`[^`\n]*`/, with: "")
      for match in page.matches(of: /\]\(([^)#\s]+)(?:#[^)\s]*)?\)/)
      where !match.output.1.contains("://") && !match.output.1.hasPrefix("mailto:") {
        #expect(Files.exists("\(folder)/\(match.output.1)"), "\(file): \(match.output.1)")
      }
    }
  }

  @Test("The README's table of lines has not drifted from the layers")
  func linesPerLayer() throws {
    let result = try run(Command(["Docs/lines", "--check"], directory: Products.package))
    #expect(result.status == .exited(0), "\(String(decoding: result.errors, as: UTF8.self))")
  }
}
