import Processes

/// The servers of one lesson while its matrix runs, started when first needed.
final class Servers {
  private let programs: Programs
  private let lesson: Lesson
  private let root: String
  private var running: [Key: (child: Child, address: String)] = [:]
  private var fresh: [Child] = []

  private struct Key: Hashable {
    let language: Language
    let options: [String]
  }

  init(_ programs: Programs, _ lesson: Lesson, root: String) {
    self.programs = programs
    self.lesson = lesson
    self.root = root
  }

  /// The address of a server with these options.
  func address(of language: Language, options: [String], fresh isFresh: Bool) throws -> String {
    let options = options.map { $0.replacing("{root}", with: root) }
    let key = Key(language: language, options: options)
    if !isFresh, let server = running[key], server.child.status == nil { return server.address }
    let command = programs.command(
      lesson.name,
      language,
      .server,
      ["--port", "0"] + options
    )
    let child = try Child(command)
    do {
      let ready = "listening on "
      let line = try child.line(startingWith: ready, within: .seconds(30))
      let address = String(line.dropFirst(ready.count))
      if isFresh { fresh.append(child) } else { running[key] = (child, address) }
      return address
    } catch {
      child.end()
      throw error
    }
  }

  /// Ends the servers that only one case needed.
  func endFresh() {
    for child in fresh { child.end() }
    fresh = []
  }

  func endAll() {
    endFresh()
    for server in running.values { server.child.end() }
    running = [:]
  }
}
