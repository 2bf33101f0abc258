import Processes

extension Lesson {
  static let bidirectional = Lesson(
    name: "04-bidi",
    cases: [
      Case("a member alone", client: ["--as", "ada", "--say", "hello", "--say", "ñandú 龍"]).with {
        $0.freshServer = true
        $0.output = .exactly(
          "* nobody is here yet\n* ada joined\n[1] you: hello\n[2] you: ñandú 龍\n"
        )
      },
      Case("lines from standard input", client: ["--as", "bob"]).with {
        $0.freshServer = true
        $0.input = Array("one\n\ntwo\n".utf8)
        $0.output = .exactly("* nobody is here yet\n* bob joined\n[1] you: one\n[2] you: two\n")
      },
      Case("a name that is empty", client: ["--as", "", "--say", "x"]).with {
        $0.exit = 64 + 3
        // What came before a refusal arrives before it.
        $0.output = .exactly("* nobody is here yet\n")
        $0.errors = "INVALID_ARGUMENT: the first message must give a name"
      },
      Case("an echo in each mode", client: ["echo", "--count", "50"]).with {
        $0.output = .sameAfter(withoutTimes)
      },
      Case("an echo sent all at once", client: ["echo", "--mode", "sendall", "--count", "2000"])
        .with {
          $0.output = .sameAfter(withoutTimes)
        },
    ]
  )

  static let deadlinesAndMetadata = Lesson(
    name: "05-deadlines-metadata",
    cases: [
      step("metadata", ["metadata", "--request-id", "0badcafe"]).with {
        $0.output = .sameAfter(withoutReasons)
      },
      step("a wrong token", ["metadata", "--token", "wrong"]).with {
        $0.exit = 64 + 16
        $0.output = .sameAfter { _ in "" }
      },
      step("work within the deadline", ["deadline", "--timeout", "20s", "--work", "50ms"]).with {
        $0.output = .sameAfter(withoutNumbers)
      },
      step("the client's deadline", ["deadline", "--timeout", "200ms", "--work", "5s"]).with {
        $0.exit = 64 + 4
        $0.output = .sameAfter(withoutNumbers)
        $0.errors = "DEADLINE_EXCEEDED: no reply within 200ms (set by --timeout)"
      },
      step("the server's own limit", ["cap", "--timeout", "20s", "--work", "5s"]).with {
        $0.server = ["--max-time", "300ms", "--root", "{root}"]
        $0.exit = 64 + 4
        $0.output = .sameAfter(withoutNumbers)
        $0.errors =
          "DEADLINE_EXCEEDED: the server's own limit of 300ms has passed (server --max-time)"
      },
      step("cancelled in mid-work", ["cancel", "--after", "200ms", "--work", "10s"]).with {
        $0.exit = 64 + 1
        $0.output = .sameAfter(withoutNumbers)
      },
      step("two verdicts of one call", ["ledgers"]).with {
        $0.output = .sameAfter(withoutNumbers)
      },
      step("a journey through three languages", ["relay", "--via", "{via}", "tree"]).with {
        $0.hops = 3
        $0.output = .sameAfter { withoutNumbers(withoutLanguages($0)) }
        $0.verify = timeShrinks
      },
      step("a journey to a missing path", ["relay", "--via", "{via}", "missing"]).with {
        $0.hops = 3
        $0.exit = 64 + 5
        $0.output = .sameAfter { _ in "" }
      },
    ],
    prepare: { root in
      Files.makeFolder("\(root)/tree/sub")
      try Files.write("some text\n", to: "\(root)/tree/one")
      try Files.write([UInt8](repeating: 7, count: 100_000), to: "\(root)/tree/sub/two")
    }
  )

  private static func step(_ name: String, _ arguments: [String]) -> Case {
    Case(name, client: arguments).with { $0.server = ["--root", "{root}"] }
  }
}

/// Whether each hop of a waterfall had less time left than the one before it, by what that worked.
private func timeShrinks(_ waterfall: String) -> String? {
  let hops = waterfall.matches(of: /remaining ([0-9]+) ms, worked ([0-9]+) ms/).map {
    (remaining: Int($0.output.1) ?? 0, worked: Int($0.output.2) ?? 0)
  }
  if hops.count < 2 { return "a waterfall with \(hops.count) hops" }
  for (before, after) in zip(hops, hops.dropFirst()) {
    // grpcio rounds the time it sends up to three digits.
    let rounding = before.remaining / 100 + 1
    if after.remaining > before.remaining - before.worked + rounding {
      return
        "\(before.remaining) ms left, \(before.worked) worked, but then \(after.remaining) left"
    }
  }
  return nil
}

/// A text with every time in milliseconds replaced.
private func withoutTimes(_ text: String) -> String {
  text.replacing(/[0-9.]+ ms/, with: "# ms")
}

/// A text with every request id, address, number and time replaced, but not what is counted
/// or summed over a file.
private func withoutNumbers(_ text: String) -> String {
  text.replacing(/request-id [0-9a-f]{8}/, with: "request-id #")
    .replacing(/127\.0\.0\.1:[0-9]+/, with: "ADDRESS")
    .replacing(/[0-9.]+ ms/, with: "# ms")
    .replacing(/after [0-9]+ units|still [0-9]+ units/, with: "# units")
    .replacing(/[0-9]+ of 10 items|[0-9]+ items/, with: "# items")
}

private func withoutLanguages(_ text: String) -> String {
  text.replacing(/(swift|python|go) remaining/, with: "LANGUAGE remaining")
}

/// The list of refused keys with the reasons left out, which are each library's own words.
private func withoutReasons(_ text: String) -> String {
  withoutNumbers(text).replacing(/((Note|grpc-note): ).*/, with: { "\($0.output.1)" })
}
