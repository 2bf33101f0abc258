extension Lesson {
  static let unary = Lesson(
    name: "01-unary",
    cases: [
      Case("a name", client: ["--name", "Ada"]).with {
        $0.output = .exactly("Hello, Ada!\n")
      },
      Case("many names", client: (1...40).flatMap { ["--name", "N\($0)"] }).with {
        $0.output = .exactly((1...40).map { "Hello, N\($0)!\n" }.joined())
      },
      Case("a name repeated", client: ["--name", "Ada", "--name", "Alan", "--repeat", "3"]).with {
        $0.output = .exactly(
          String(repeating: "Hello, Ada!\n", count: 3)
            + String(repeating: "Hello, Alan!\n", count: 3)
        )
      },
      Case("a non-ASCII name", client: ["--name", "Ægir 龍 👩‍🚀 ñandú"]).with {
        $0.output = .exactly("Hello, Ægir 龍 👩‍🚀 ñandú!\n")
      },
      Case("an empty name", client: ["--name", ""]).with {
        $0.exit = 64 + 3
        $0.output = .exactly("")
        $0.errors = "INVALID_ARGUMENT: name is empty"
      },
      Case("100,000 bytes as an argument", client: ["--name", longName]).with {
        $0.output = .exactly("Hello, \(longName)!\n")
      },
      Case("1 MiB through standard input", client: ["--name", "-"]).with {
        let name = String(repeating: "0123456789abcdé", count: (1 << 20) / 16)
        $0.input = Array(name.utf8)
        $0.output = .exactly("Hello, \(name)!\n")
      },
      Case("a deadline that passes", client: ["--timeout", "100ms"]).with {
        $0.server = ["--delay", "3s", "--grace", "0s"]
        $0.exit = 64 + 4
        $0.output = .exactly("")
        $0.errors = "DEADLINE_EXCEEDED: no reply within 100ms (set by --timeout)"
      },
      Case("an unknown method", client: ["needle"]).with {
        $0.clientOfLesson = "02-server-streaming"
        $0.exit = 64 + 12
        $0.output = .exactly("")
      },
      Case("a server that is down", client: ["--name", "Ada"]).with {
        $0.serverIsDown = true
        $0.exit = 64 + 14
        $0.output = .exactly("")
      },
      Case("wrong usage", client: ["--no-such-option"]).with {
        $0.exit = 2
        $0.output = .exactly("")
      },
    ]
  )

  private static let longName = String(repeating: "0123456789", count: 10_000)
}
