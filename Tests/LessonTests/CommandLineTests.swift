import Matrix
import Processes
import Testing

/// The command line that all lessons share, in every language that is there.
@Suite("The command line of every lesson", .serialized)
struct CommandLineTests {
  struct Program: CustomStringConvertible, Sendable {
    let lesson: String
    let language: Language
    var description: String { "\(lesson) in \(language)" }

    func command(_ side: Side, _ arguments: [String]) -> Command {
      CommandLineTests.programs.command(lesson, language, side, arguments)
    }
  }

  static let programs = Programs(package: Products.package, products: Products.folder)
  static let present = Lesson.all.flatMap { lesson in
    Language.allCases.filter { programs.has($0, lesson: lesson.name) }
      .map { Program(lesson: lesson.name, language: $0) }
  }

  @Test("A server stops with status 0 on Ctrl-C and on SIGTERM", arguments: present)
  func stops(_ program: Program) async throws {
    try await offThePool {
      for signal: Int32 in [2, 15] {
        let server = try Child(program.command(.server, ["--port", "0"]))
        defer { server.end() }
        let line = try server.line(startingWith: "listening on 127.0.0.1:", within: .seconds(30))
        server.signal(signal)
        let outcome = try server.wait(atMost: .seconds(10))
        #expect(outcome.status == .exited(0), "signal \(signal): \(outcome.errorText)")
        #expect(outcome.text == line + "\n", "nothing else goes to standard output")
      }
    }
  }

  @Test("A port that is taken is one clear line and status 1", arguments: present)
  func portTaken(_ program: Program) async throws {
    try await offThePool {
      let first = try Child(program.command(.server, ["--port", "0"]))
      defer { first.end() }
      let line = try first.line(startingWith: "listening on ", within: .seconds(30))
      let port = String(line.split(separator: ":").last ?? "")
      let second = try run(
        program.command(.server, ["--port", port]),
        atMost: .seconds(20)
      )
      #expect(second.status == .exited(1))
      #expect(second.text.isEmpty)
      #expect(second.errorText.contains("cannot listen on 127.0.0.1:\(port)"))
      #expect(second.errorText.split(separator: "\n").count == 1, "\(second.errorText)")
    }
  }

  @Test("Wrong usage is one line and status 2, help is status 0", arguments: present)
  func usage(_ program: Program) async throws {
    try await offThePool {
      for side in [Side.server, .client] {
        let own = side == .server ? ["--port", "1"] : ["--target", "127.0.0.1:1"]
        for wrong in [
          ["--no-such-option"], ["-x"], ["--target", "x", "--port", "y"], ["--target", "x"],
          own + own,
        ] {
          // A server knows no --target, a client's needs a port, and nothing is said twice.
          let outcome = try run(program.command(side, wrong), atMost: .seconds(20))
          #expect(outcome.status == .exited(2), "\(side) \(wrong)")
          #expect(outcome.errorText.split(separator: "\n").count == 1, "\(outcome.errorText)")
          #expect(outcome.text.isEmpty)
        }
        let help = try run(program.command(side, ["--help"]), atMost: .seconds(20))
        #expect(help.status == .exited(0))
        #expect(help.text.contains("--"), "options are listed on standard output")
      }
    }
  }

  @Test(
    "Ctrl-C in a client cancels the call: status 65",
    arguments: present.filter { $0.lesson.hasPrefix("01") || $0.lesson.hasPrefix("04") }
  )
  func interrupts(_ program: Program) async throws {
    try await offThePool {
      let isUnary = program.lesson.hasPrefix("01")
      let delay = isUnary ? ["--delay", "5m"] : []
      let server = try Child(program.command(.server, ["--port", "0", "--grace", "0s"] + delay))
      defer { server.end() }
      let ready = "listening on "
      let address = try server.line(startingWith: ready, within: .seconds(30)).dropFirst(
        ready.count
      )
      var arguments =
        isUnary ? ["--timeout", "5m"] : ["--as", "ada", "--say", "x", "--stay", "5m"]
      arguments += ["--target", String(address)]
      // There is nothing to see of a unary call that waits: on a busy machine the client may need longer to make it.
      var patience = 1
      var outcome: Outcome
      repeat {
        let client = try Child(program.command(.client, arguments))
        defer { client.end() }
        if isUnary {
          _ = client.awaitOutput(within: .seconds(patience)) { _ in false }
        } else {
          _ = try client.line(startingWith: "[1] you: x", within: .seconds(30))
        }
        client.signal(2)
        outcome = try client.wait(atMost: .seconds(30))
        patience *= 5
      } while outcome.status != .exited(65) && isUnary && patience < 30
      #expect(outcome.status == .exited(65))
      #expect(outcome.errorText.contains("CANCELLED: interrupted by Ctrl-C"))
    }
  }
}
