#if os(Linux)
import Matrix
import Processes
import Testing

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Lesson 04's client on a terminal, which `script` (util-linux) makes for it.
@Suite("Typing into the chat room")
struct TypingTests {
  private static let programs = Programs(package: Products.package, products: Products.folder)

  @Test("A line that is being typed survives one that arrives, and the terminal is given back")
  func typing() async throws {
    try await offThePool { try Self.converse(leaveBy: "\u{04}", saying: "status 0") }
  }

  @Test("Ctrl-C within a line leaves, and the terminal is given back")
  func interrupt() async throws {
    try await offThePool { try Self.converse(leaveBy: "half a line\u{03}", saying: "status 65") }
  }

  private static func converse(leaveBy keys: String, saying status: String) throws {
    let room = try Child(programs.command("04-bidi", .swift, .server, ["--port", "0"]))
    defer { room.end() }
    let ready = "listening on "
    let address = try room.line(startingWith: ready, within: .seconds(30)).dropFirst(ready.count)

    // `stty` tells before and after whether the terminal edits lines by itself, as terminals do.
    let shell = """
      stty -a | grep -o ' .\\?icanon'
      sh -c 'echo "process $$"; exec "$0" client --as ada --target \(address)' '\(Products.folder)/04-bidi'
      echo "status $?"
      stty -a | grep -o ' .\\?icanon'
      """
    var command = Command(["script", "-q", "-e", "-c", shell, "/dev/null"])
    command.input = .open
    command.environment = ["TERM": "xterm", "NO_COLOR": "1", "SHELL": "/bin/bash"]
    let terminal = try Child(command)
    defer { terminal.end() }
    func shows(_ text: String) -> Bool {
      terminal.awaitOutput(within: .seconds(30)) {
        String(decoding: $0, as: UTF8.self).contains(text)
      }
    }
    func type(_ keys: String) { terminal.send(Array(keys.utf8)) }

    #expect(shows("* ada joined"))
    // Types a word, goes back and mends it.
    type("hllo wörld" + String(repeating: "\u{1B}[D", count: 9) + "e")
    #expect(shows("> hello wörld\r\u{1B}[4C"))
    // The terminal is made larger, and the client goes on after Ctrl-Z: neither ends its stay.
    let number = terminal.output.firstMatch(of: /process ([0-9]+)/)
    let process = try #require(number.flatMap { pid_t($0.1) })
    for signal in [SIGWINCH, SIGCONT] { kill(process, signal) }
    let bob = programs.command(
      "04-bidi",
      .swift,
      .client,
      ["--as", "bob", "--say", "interrupting", "--target", String(address)]
    )
    #expect(try run(bob).status == .exited(0))
    // Below what bob says stands the line again, with the cursor where it was.
    #expect(shows("[1] bob: interrupting\r\n> hello wörld\r\u{1B}[4C"))
    type("\r")
    #expect(shows("[2] you: hello wörld"))
    type(keys)
    #expect(shows(status))
    _ = try terminal.wait(atMost: .seconds(30))
    let settings = terminal.output.split(whereSeparator: \.isNewline).filter {
      $0.hasSuffix("icanon")
    }
    #expect(settings == [" icanon", " icanon"])
  }
}
#endif
