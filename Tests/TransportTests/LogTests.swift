import Testing

@testable import Transport

@Suite("Log lines")
struct LogTests {
  @Test(
    "What stands on the port is named",
    arguments: [
      ("\u{16}\u{3}\u{1}", "TLS"), ("GET / HTTP/1.1", "HTTP/1.1"), ("hello\n", "hello\\x0a"),
      ("PRI * HT", "the preface ended after \"PRI * HT\""), ("", "nothing had come"),
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "no SETTINGS"),
    ]
  )
  func guess(bytes: String, expected: String) {
    #expect(Printable.guess(Array(bytes.utf8)).contains(expected))
  }

  @Test("A line stays one line, whatever a peer has put into it")
  func escaped() {
    #expect(Printable.line("a\nb\u{1B}[2J\u{7F}é\u{202E}") == "a\\u{a}b\\u{1b}[2J\\u{7f}é\\u{202e}")
  }

  @Test("Lines above ten a second are counted, not written")
  func limited() {
    let limiter = LogLimiter()
    let admitted = (0..<1_000).compactMap { limiter.admit("line \($0)", now: 5) }
    #expect(admitted.count == 10)
    #expect(limiter.admit("next", now: 900_000_000) == nil)
    let next = limiter.admit("next", now: 1_000_000_006)
    #expect(next == "next (991 lines left out before this one)")
    #expect(limiter.admit("later", now: 1_000_000_007) == "later")
  }
}
