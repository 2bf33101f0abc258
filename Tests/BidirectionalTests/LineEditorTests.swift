import Testing

@testable import Bidirectional

@Suite("The line editor")
struct LineEditorTests {
  /// Types bytes as a terminal sends them; gives the lines entered, and ∎ for the end.
  private func type(_ text: String, into editor: inout LineEditor) -> [String] {
    var decoder = KeyDecoder()
    var lines: [String] = []
    for byte in text.utf8 {
      guard let key = decoder.decode(byte) else { continue }
      switch editor.press(key) {
      case .edited: break
      case .entered(let line): lines.append(line)
      case .ended: lines.append("∎")
      }
    }
    return lines
  }

  private static let left = "\u{1B}[D"
  private static let right = "\u{1B}[C"

  static let edits: [(String, typed: String, line: String)] = [
    ("plain text", "hello", "hello"),
    ("UTF-8 of every length", "aé龍🙂", "aé龍🙂"),
    ("backspace", "hellp\u{7F}o", "hello"),
    ("backspace at the start", "\u{7F}\u{7F}a", "a"),
    ("backspace takes a whole character", "ae\u{301}\u{7F}", "a"),
    ("backspace takes a whole emoji", "x👩‍🚀\u{7F}y", "xy"),
    ("left and insert", "hllo\(left)\(left)\(left)e", "hello"),
    ("left beyond the start", "b\(left)\(left)\(left)a", "ab"),
    ("right beyond the end", "a\(right)\(right)b", "ab"),
    ("arrows in application mode", "bc\u{1B}OD\u{1B}ODa", "abc"),
    ("home and end", "b\u{1B}[Ha\u{1B}[Fc", "abc"),
    ("home and end of other terminals", "b\u{1B}[1~a\u{1B}[4~c", "abc"),
    ("Ctrl-A and Ctrl-E", "b\u{01}a\u{05}c", "abc"),
    ("delete", "aXb\(left)\(left)\u{1B}[3~", "ab"),
    ("Ctrl-D within a line deletes", "aXb\(left)\(left)\u{04}", "ab"),
    ("Ctrl-D at the end of a line does nothing", "ab\u{04}", "ab"),
    ("Ctrl-U", "abc\(left)\u{15}", "c"),
    ("Ctrl-K", "abc\(left)\u{0B}", "ab"),
    ("Ctrl-W", "one two  \u{17}", "one "),
    ("an arrow with a modifier", "ac\u{1B}[1;5Db", "abc"),
    ("a key that means nothing here", "a\u{1B}[15~b", "ab"),
    ("Alt and a key", "a\u{1B}xb", "ab"),
    ("Esc and then Ctrl-U", "ab\u{1B}\u{15}c", "c"),
    ("Esc twice and an arrow", "b\u{1B}\u{1B}[Da", "ab"),
    ("a sequence that Ctrl-A cuts off", "b\u{1B}[1\u{01}a", "ab"),
    ("control characters", "a\u{07}\u{00}b", "ab"),
    ("a flag of two code points", "🇨🇭\u{7F}a", "a"),
  ]

  @Test("Edits as terminals send it", arguments: edits)
  func edit(_ what: String, _ typed: String, _ line: String) {
    var editor = LineEditor()
    #expect(type(typed, into: &editor).isEmpty)
    #expect(editor.text == line)
    #expect(type("\r", into: &editor) == [line])
    #expect(editor.text.isEmpty && editor.cursor == 0)
  }

  @Test("Several lines may come at once, and Ctrl-D on an empty line ends")
  func severalLines() {
    var editor = LineEditor()
    #expect(type("one\ntwo\rthr\u{04}", into: &editor) == ["one", "two"])
    #expect(type("ee\n\u{04}", into: &editor) == ["three", "∎"])
  }

  @Test("Broken UTF-8 is passed over, and what follows it is not")
  func brokenUTF8() {
    var editor = LineEditor()
    var decoder = KeyDecoder()
    let bytes: [UInt8] = [
      0xFF, 0x61, 0xC3, 0x62, 0xE9, 0xBE, 0x63, 0xED, 0xA0, 0x80, 0x64, 0xC2, 0x9B,
    ]
    for key in bytes.compactMap({ decoder.decode($0) }) { _ = editor.press(key) }
    #expect(editor.text == "abcd")
  }

  @Test("A sequence that never ends does not swallow all that follows")
  func endlessSequence() {
    var editor = LineEditor()
    _ = type("\u{1B}[" + String(repeating: "1", count: 40) + "ab", into: &editor)
    #expect(editor.text.hasSuffix("ab"))
  }

  @Test("A line stops growing at its limit of bytes")
  func limit() {
    var editor = LineEditor(limit: 5)
    _ = type("ab龍cd", into: &editor)
    #expect(editor.text == "ab龍")
  }

  static let displays: [(text: String, back: Int, columns: Int, shown: String, cursor: Int)] = [
    ("hello", 0, 80, "hello", 7),
    ("hello", 2, 80, "hello", 5),
    ("龍a", 0, 80, "龍a", 5),
    ("龍a", 1, 80, "龍a", 4),
    ("e\u{301}x", 0, 80, "e\u{301}x", 4),
    // Ten columns: two for the prompt, one kept free; the text moves so that the cursor is seen.
    ("0123456789", 0, 10, "456789", 8),
    ("0123456789", 10, 10, "0123456", 2),
    ("0123456789", 5, 10, "0123456", 7),
    ("龍龍龍龍龍", 0, 10, "龍龍龍", 8),
  ]

  @Test("Shows the part around the cursor that fits a row", arguments: displays)
  func display(_ text: String, _ back: Int, _ columns: Int, _ shown: String, _ cursor: Int) {
    var editor = LineEditor()
    _ = type(text + String(repeating: Self.left, count: back), into: &editor)
    #expect(editor.display(prompt: "> ", columns: columns) == "> \(shown)\r\u{1B}[\(cursor)C")
  }
}
