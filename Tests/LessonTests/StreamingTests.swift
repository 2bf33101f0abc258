import Matrix
import Processes
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How the calls of lessons 02 and 03 end when something is cut off, in every language that is there.
@Suite("Streams that are stopped, slowed down or cut off", .serialized)
struct StreamingTests {
  static let programs = Programs(package: Products.package, products: Products.folder)
  static let finders = Language.allCases.filter {
    programs.has($0, lesson: "02-server-streaming")
  }
  static let uploaders = Language.allCases.filter {
    programs.has($0, lesson: "03-client-streaming")
  }

  // MARK: Lesson 02

  @Test("A reader that stops early stops the server's work", arguments: finders)
  func limit(_ language: Language) async throws {
    try await offThePool {
      try Self.withFolder { folder in
        try Files.write("needle\n", to: "\(folder)/first")
        // A hole that would take minutes to read.
        _ = try run(
          Command([
            "dd", "if=/dev/zero", "of=\(folder)/second", "bs=1", "count=0", "seek=68719476736",
          ])
        )
        let server = try Server("02-server-streaming", language, ["--root", folder])
        defer { server.child.end() }
        let outcome = try server.client("02-server-streaming", ["needle", "--limit", "1"])
        #expect(outcome.text == "first:1:needle\n")
        #expect(outcome.status == .exited(0), "\(outcome.errorText)")
        let note = try server.child.line(startingWith: "find 'needle'", within: .seconds(30))
        #expect(note.hasSuffix(" files read, 1 matches, cancelled"))
      }
    }
  }

  @Test("A slow reader holds the search still", arguments: finders)
  func slowReader(_ language: Language) async throws {
    try await offThePool {
      try Self.withFolder { folder in
        let lines = String(repeating: "a line that holds the needle\n", count: 500_000)
        try Files.write(lines, to: "\(folder)/lines")
        let server = try Server("02-server-streaming", language, ["--root", folder])
        defer { server.child.end() }
        let slowly = ["needle", "--limit", "3", "--delay", "100ms"]
        let outcome = try server.client("02-server-streaming", slowly)
        #expect(outcome.text.split(separator: "\n").count == 3)
        let note = try server.child.line(
          startingWith: "find 'needle': 1 files",
          within: .seconds(30)
        )
        let found = Int(note.split(separator: " ")[5]) ?? .max
        #expect(found < 100_000, "\(note)")
      }
    }
  }

  @Test("Ctrl-C ends a client that follows, with status 65", arguments: finders)
  func interrupted(_ language: Language) async throws {
    try await offThePool {
      try Self.withFolder { folder in
        try Files.write("one\n", to: "\(folder)/log")
        let server = try Server("02-server-streaming", .swift, ["--root", folder])
        defer { server.child.end() }
        let follow = ["follow", "log", "--target", server.address]
        let client = try Child(
          Self.programs.command("02-server-streaming", language, .client, follow)
        )
        defer { client.end() }
        _ = try client.line(startingWith: "one", within: .seconds(30))
        client.signal(2)
        let outcome = try client.wait(atMost: .seconds(30))
        #expect(outcome.status == .exited(65))
        #expect(outcome.errorText.contains("CANCELLED: interrupted by Ctrl-C"))
      }
    }
  }

  // MARK: Lesson 03

  @Test("An upload whose client is killed leaves nothing behind", arguments: uploaders)
  func killedClient(_ language: Language) async throws {
    try await offThePool {
      try Self.withUpload(to: language, ["--delay", "50ms"]) { server, client, folder in
        client.signal(9)
        _ = try client.wait(atMost: .seconds(30))
        #expect(Self.becomesEmpty(folder))
      }
    }
  }

  @Test(
    "A server that is stopped in mid-upload leaves nothing, and ends its client",
    arguments: uploaders
  )
  func stoppedServer(_ language: Language) async throws {
    try await offThePool {
      try Self.withUpload(to: language, ["--delay", "50ms", "--grace", "0s"]) {
        server,
        client,
        folder in
        server.child.signal(15)
        let outcome = try client.wait(atMost: .seconds(30))
        #expect(outcome.status == .exited(64 + 14), "\(outcome.errorText)")
        let stopped = try server.child.wait(atMost: .seconds(30))
        #expect(stopped.status == .exited(0))
        #expect(Self.becomesEmpty(folder))
      }
    }
  }

  @Test(
    "A disk that is full is RESOURCE_EXHAUSTED (statuscodes.md) with the reason, and leaves nothing",
    arguments: uploaders
  )
  func fullDisk(_ language: Language) async throws {
    try await offThePool {
      try Self.withFolder { folder in
        Files.makeFolder("\(folder)/into")
        try Files.write([UInt8](repeating: 65, count: 300_000), to: "\(folder)/large")
        // No file may be larger than 64 blocks of 512 or 1,024 bytes.
        let server = try Server(
          "03-client-streaming",
          language,
          ["--into", "\(folder)/into"],
          below: ["sh", "-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""]
        )
        defer { server.child.end() }
        let outcome = try server.client("03-client-streaming", ["\(folder)/large"])
        #expect(outcome.status == .exited(64 + 8))
        #expect(outcome.errorText == "RESOURCE_EXHAUSTED: large cannot be kept: file too large\n")
        #expect(Self.becomesEmpty("\(folder)/into"))
      }
    }
  }

  @Test("A client that waits for its input hears of a rejection all the same", arguments: uploaders)
  func rejectedWhileWaiting(_ language: Language) async throws {
    try await offThePool {
      let server = try Server("03-client-streaming", .swift, ["--max-size", "1024"])
      defer { server.child.end() }
      let arguments = ["-", "--chunk", "100", "--target", server.address]
      var command = Self.programs.command("03-client-streaming", language, .client, arguments)
      command.input = .open
      let client = try Child(command)
      defer { client.end() }
      client.send([UInt8](repeating: 65, count: 2000))  // and then nothing, but not the end
      let outcome = try client.wait(atMost: .seconds(30))
      #expect(outcome.status == .exited(64 + 8))
      #expect(
        outcome.errorText
          == "RESOURCE_EXHAUSTED: standard-input holds more than the 1024 bytes that this server "
          + "takes (server --max-size)\n"
      )
    }
  }

  // MARK: Both ends

  /// A running server and its address.
  private struct Server {
    let child: Child
    let address: String

    init(
      _ lesson: String,
      _ language: Language,
      _ options: [String],
      below shell: [String] = []
    )
      throws
    {
      var command = programs.command(lesson, language, .server, ["--port", "0"] + options)
      command.arguments = shell + command.arguments
      command.mergesErrors = true
      child = try Child(command)
      let ready = "listening on "
      do {
        address = String(
          try child.line(startingWith: ready, within: .seconds(30)).dropFirst(ready.count)
        )
      } catch {
        child.end()
        throw error
      }
    }

    func client(_ lesson: String, _ arguments: [String]) throws -> Outcome {
      try run(programs.command(lesson, .swift, .client, arguments + ["--target", address]))
    }
  }

  private static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = try Files.makeScratchFolder("streaming")
    defer { Files.removeScratchFolder(folder) }
    try body(folder)
  }

  /// Begins an upload, and goes on when the server has begun to write.
  private static func withUpload(
    to language: Language,
    _ options: [String],
    _ body: (Server, Child, String) throws -> Void
  ) throws {
    try withFolder { folder in
      let into = "\(folder)/into"
      Files.makeFolder(into)
      try Files.write([UInt8](repeating: 65, count: 50_000_000), to: "\(folder)/large")
      let server = try Server("03-client-streaming", language, ["--into", into] + options)
      defer { server.child.end() }
      let upload = ["\(folder)/large", "--target", server.address]
      let client = try Child(programs.command("03-client-streaming", .swift, .client, upload))
      defer { client.end() }
      #expect(holds(within: .seconds(30)) { !Files.names(in: into).isEmpty })
      try body(server, client, into)
    }
  }

  private static func becomesEmpty(_ folder: String) -> Bool {
    holds(within: .seconds(30)) { Files.names(in: folder).isEmpty }
  }

  /// Whether a condition becomes true in time.
  private static func holds(within timeout: Duration, _ condition: () -> Bool) -> Bool {
    let start = ContinuousClock.now
    while !condition() {
      guard ContinuousClock.now - start < timeout else { return false }
      usleep(10_000)
    }
    return true
  }
}
