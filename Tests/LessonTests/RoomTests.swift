import Matrix
import Processes
import Testing

/// Lesson 04's room with members of every language that is there.
@Suite("One chat room for all languages", .serialized)
struct RoomTests {
  static let lesson = "04-bidi"
  static let programs = Programs(package: Products.package, products: Products.folder)
  static let languages = Language.allCases.filter { programs.has($0, lesson: lesson) }

  @Test("Members in every language hear each other, in one order", arguments: languages)
  func share(_ server: Language) async throws {
    try await offThePool { try Self.meet(at: server) }
  }

  private static func meet(at server: Language) throws {
    let room = try Child(programs.command(lesson, server, .server, ["--port", "0"]))
    defer { room.end() }
    let ready = "listening on "
    let address = try room.line(startingWith: ready, within: .seconds(30)).dropFirst(ready.count)
    var members: [Member] = []
    defer { for member in members { member.child.end() } }

    // They come in one after the other, with each server another language first; who is there sees it.
    let first = languages.firstIndex(of: server) ?? 0
    for (language, name) in zip(languages[first...] + languages[..<first], ["ada", "bob", "eve"]) {
      var command = programs.command(
        lesson,
        language,
        .client,
        ["--as", name, "--target", String(address)]
      )
      command.input = .open
      members.append(Member(name: name, child: try Child(command)))
      for member in members { try member.sees("* \(name) joined") }
    }
    // Each says a line; all hear it before the next one speaks.
    for (index, speaker) in members.enumerated() {
      speaker.child.send(Array("hello from \(speaker.name)\n".utf8))
      for member in members {
        let name = member.name == speaker.name ? "you" : speaker.name
        try member.sees("[\(index + 1)] \(name): hello from \(speaker.name)")
      }
    }
    // They leave in the order in which they came.
    while !members.isEmpty {
      let leaver = members.removeFirst()
      leaver.child.closeInput()
      #expect(try leaver.child.wait(atMost: .seconds(20)).status == .exited(0), "\(leaver.name)")
      for member in members { try member.sees("* \(leaver.name) left") }
    }
  }
}

private struct Member {
  let name: String
  let child: Child

  func sees(_ line: String) throws {
    _ = try child.line(startingWith: line, within: .seconds(20))
  }
}
