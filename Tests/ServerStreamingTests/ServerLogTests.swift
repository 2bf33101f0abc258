import Lesson
import Testing

@Suite("What a lesson's server notes about its callers")
struct ServerLogTests {
  @Test("Of a text that somebody sent, the first hundred characters are told")
  func excerpt() {
    #expect(ServerLog.excerpt("needle") == "needle")
    let exact = String(repeating: "x", count: 100)
    #expect(ServerLog.excerpt(exact) == exact)
    #expect(ServerLog.excerpt(exact + "y") == exact + "…")
    // Code points, since one character may be a million of them.
    let piled = "e" + String(repeating: "\u{301}", count: 10_000)
    #expect(ServerLog.excerpt(piled).unicodeScalars.count == 101)
  }
}
