/// A line while it is typed: text and cursor.
///
/// Reads and writes nothing: keys go in, what to show comes out.
struct LineEditor {
  /// What a key has led to.
  enum Outcome: Equatable {
    case edited
    /// The line is complete; the editor is empty again.
    case entered(String)
    /// Ctrl-D on an empty line.
    case ended
  }

  /// The longest line, in bytes of UTF-8: keys beyond it do nothing.
  let limit: Int
  private var characters: [Character] = []
  /// How many characters stand before the cursor.
  private(set) var cursor = 0

  init(limit: Int = .max) { self.limit = limit }

  var text: String { String(characters) }

  /// Does what a key asks for.
  mutating func press(_ key: Key) -> Outcome {
    switch key {
    case .text(let scalar): insert(scalar)
    case .enter:
      defer { self = LineEditor(limit: limit) }
      return .entered(text)
    case .endOfInput where characters.isEmpty: return .ended
    case .endOfInput, .delete: remove(cursor..<min(cursor + 1, characters.count))
    case .backspace: remove(max(cursor - 1, 0)..<cursor)
    case .left: cursor = max(cursor - 1, 0)
    case .right: cursor = min(cursor + 1, characters.count)
    case .home: cursor = 0
    case .end: cursor = characters.count
    case .eraseToStart: remove(0..<cursor)
    case .eraseToEnd: remove(cursor..<characters.count)
    case .eraseWord: remove(startOfWord..<cursor)
    }
    return .edited
  }

  private mutating func insert(_ scalar: Unicode.Scalar) {
    guard text.utf8.count + String(scalar).utf8.count <= limit else { return }
    // An accent or the second half of a flag joins the character before the cursor.
    if cursor > 0 {
      let joined = String(characters[cursor - 1]) + String(scalar)
      if joined.count == 1 {
        characters[cursor - 1] = Character(joined)
        return
      }
    }
    characters.insert(Character(scalar), at: cursor)
    cursor += 1
  }

  private mutating func remove(_ range: Range<Int>) {
    characters.removeSubrange(range)
    cursor = range.lowerBound
  }

  private var startOfWord: Int {
    var start = cursor
    while start > 0, characters[start - 1] == " " { start -= 1 }
    while start > 0, characters[start - 1] != " " { start -= 1 }
    return start
  }

  /// The prompt and as much of the text around the cursor as fits a row, then the cursor put in its place.
  func display(prompt: String, columns: Int) -> String {
    // The last column stays free: a terminal moves on to the next row when it is filled.
    let room = max(columns - prompt.count - 1, 2)
    var start = cursor
    var width = 0
    while start > 0, width + characters[start - 1].columns < room {
      start -= 1
      width += characters[start].columns
    }
    let cursorColumn = prompt.count + width
    var end = cursor
    while end < characters.count, width + characters[end].columns <= room {
      width += characters[end].columns
      end += 1
    }
    return prompt + String(characters[start..<end]) + "\r\u{1B}[\(cursorColumn)C"
  }
}

extension Character {
  /// How many columns of a terminal a character takes: two for most of what East Asia writes and for emoji (Unicode
  /// Standard Annex 11, in broad strokes: a full table would be longer than the editor).
  var columns: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if first.properties.isEmojiPresentation || unicodeScalars.contains("\u{FE0F}") { return 2 }
    switch first.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default:
      switch first.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format: return 0
      default: return 1
      }
    }
  }
}
