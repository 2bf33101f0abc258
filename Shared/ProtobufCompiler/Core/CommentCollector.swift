/// Sorts the comments between two tokens, as protoc does.
///
/// A comment that begins on the line of the previous token, or directly below it and parted from
/// what follows by an empty line, trails the previous declaration; the one directly above the next
/// token leads the next one; all others are detached.
struct CommentCollector {
  private(set) var trailing: String?
  private(set) var detached: [String] = []
  private(set) var leading: String?

  private let source: [UInt8]
  private let end: Int
  private var offset: Int
  private var pending: String?
  private var pendingIsLine = false
  private var canTrail: Bool

  /// Reads the gap in front of `next`, which follows a declaration unless it begins the file.
  init(source: [UInt8], gap: Range<Int>, next: String, beginsFile: Bool) {
    self.source = source
    offset = gap.lowerBound
    end = gap.upperBound
    canTrail = !beginsFile
    guard beginsFile || readRestOfLine() else { return }
    readLines(next: next)
    leading = pending
  }

  /// Reads what follows the previous token on its own line; false if the next token is there too.
  private mutating func readRestOfLine() -> Bool {
    skipBlanks()
    switch commentStart() {
    case 0x2F:
      readLineComment()
      flush()
      return true
    case 0x2A:
      readBlockComment()
      skipBlanks()
      guard skipNewline() else { return false }
      flush()
      return true
    default: return skipNewline()
    }
  }

  private mutating func readLines(next: String) {
    while true {
      skipBlanks()
      switch commentStart() {
      case 0x2F: readLineComment()
      case 0x2A:
        readBlockComment()
        skipBlanks()
        _ = skipNewline()
      default:
        guard skipNewline() else {
          if next == "}" || next == "]" || next == ")" { flush() }
          return
        }
        flush()
        canTrail = false
      }
    }
  }

  private func commentStart() -> UInt8? {
    offset + 1 < end && source[offset] == 0x2F ? source[offset + 1] : nil
  }

  private mutating func readLineComment() {
    if pending != nil, !pendingIsLine { flush() }
    offset += 2
    let start = offset
    while offset < end, source[offset] != 0x0A { offset += 1 }
    if offset < end { offset += 1 }
    append(source[start..<offset])
    pendingIsLine = true
  }

  private mutating func readBlockComment() {
    if pending != nil { flush() }
    offset += 2
    var start = offset
    pending = ""
    pendingIsLine = false
    while offset < end {
      if source[offset] == 0x0A {
        offset += 1
        append(source[start..<offset])
        skipBlanks()
        if offset < end, source[offset] == 0x2A {
          offset += 1
          if offset < end, source[offset] == 0x2F {
            offset += 1
            return
          }
        }
        start = offset
      } else if source[offset] == 0x2A, offset + 1 < end, source[offset + 1] == 0x2F {
        append(source[start..<offset])
        offset += 2
        return
      } else {
        offset += 1
      }
    }
  }

  private mutating func append(_ bytes: ArraySlice<UInt8>) {
    pending = (pending ?? "") + String(decoding: bytes, as: UTF8.self)
  }

  /// The pending comment is complete and does not lead the next token.
  private mutating func flush() {
    guard let comment = pending else { return }
    if canTrail {
      trailing = (trailing ?? "") + comment
      canTrail = false
    } else {
      detached.append(comment)
    }
    pending = nil
  }

  private mutating func skipBlanks() {
    while offset < end, CharacterClass.isBlank(source[offset]) { offset += 1 }
  }

  private mutating func skipNewline() -> Bool {
    guard offset < end, source[offset] == 0x0A else { return false }
    offset += 1
    return true
  }
}
