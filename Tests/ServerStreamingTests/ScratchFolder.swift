import Lesson
import Processes

/// A folder for one test, removed with it.
final class ScratchFolder: Sendable {
  let path: String

  init() throws { path = try Files.makeScratchFolder("finder") }

  deinit { Files.removeScratchFolder(path) }

  /// A folder below it, as a server's root.
  func root(_ name: String = "root") throws -> RootFolder {
    Files.makeFolder("\(path)/\(name)")
    return try RootFolder("\(path)/\(name)")
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    Files.makeFolder(Files.folder(of: "\(path)/\(name)"))
    try Files.write(bytes, to: "\(path)/\(name)")
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  /// Runs commands of a shell in the folder.
  func shell(_ commands: String) throws {
    _ = try run(Command(["sh", "-ec", commands], directory: path))
  }
}
