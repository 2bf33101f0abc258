import Testing

@testable import Transport

@Suite("Log lines")
struct PrintableTests {
  @Test(
    "What stands on the port is named",
    arguments: [
      ("\u{16}\u{3}\u{1}", "TLS"), ("GET / HTTP/1.1", "HTTP/1.1"), ("hello\n", "hello\\x0a"),
    ]
  )
  func guess(bytes: String, expected: String) {
    let text = Array(bytes.utf8).withUnsafeBytes { Printable.guess($0) }
    #expect(text.contains(expected))
  }
}
