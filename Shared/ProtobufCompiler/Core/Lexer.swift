/// Cuts a `.proto` file into tokens.
///
/// Comments are no tokens: they stay in the gaps between two tokens, where `CommentCollector`
/// finds them once the parser knows to which declaration a gap belongs. An error does not end the
/// file; the offending bytes are skipped or taken for what they were meant to be.
struct Lexer {
  let source: [UInt8]
  private(set) var tokens: [Token] = []
  private(set) var errors: [(position: SourcePosition, message: String)] = []

  private var offset = 0
  private var line: Int32 = 0
  private var column: Int32 = 0

  init(_ source: [UInt8]) {
    self.source = source
    tokens.reserveCapacity(source.count / 5 + 1)
  }

  /// The byte at the cursor, 0 at the end.
  private var byte: UInt8 { offset < source.count ? source[offset] : 0 }

  private var nextByte: UInt8 { offset + 1 < source.count ? source[offset + 1] : 0 }

  /// Lexes the whole file; the last token is always `.end`.
  mutating func run() {
    if source.starts(with: [0xEF, 0xBB, 0xBF]) {
      offset = 3
      column = 3
    }
    while offset < source.count {
      let byte = source[offset]
      if CharacterClass.isBlank(byte) || byte == 0x0A {
        advance()
      } else if byte == 0x2F, nextByte == 0x2F {
        while offset < source.count, source[offset] != 0x0A { advance() }
      } else if byte == 0x2F, nextByte == 0x2A {
        skipBlockComment()
      } else if byte < 0x20 || byte == 0x7F {
        fail("Invalid control characters encountered in text.")
        while offset < source.count, isControl(self.byte) { advance() }
      } else {
        lexToken(byte)
      }
    }
    add(.end, from: (offset, line, column))
  }

  private func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x0A && !CharacterClass.isBlank(byte) || byte == 0x7F
  }

  private mutating func lexToken(_ byte: UInt8) {
    let start = (offset, line, column)
    if CharacterClass.isLetter(byte) {
      advance(while: { CharacterClass.isLetter($0) || CharacterClass.isDigit($0) })
      add(.identifier, from: start)
    } else if CharacterClass.isDigit(byte) {
      add(lexNumber(), from: start)
    } else if byte == 0x2E, CharacterClass.isDigit(nextByte) {
      if let last = tokens.last, last.kind == .identifier, last.end == offset {
        fail("Need space between identifier and decimal point.")
      }
      add(lexNumber(), from: start)
    } else if byte == 0x22 || byte == 0x27 {
      lexString(byte)
      add(.string, from: start)
    } else {
      if byte >= 0x80 { fail("Interpreting non ascii codepoint \(byte).") }
      advance()
      add(.symbol, from: start)
    }
  }

  private mutating func lexNumber() -> Token.Kind {
    var kind = Token.Kind.integer
    if byte == 0x30, nextByte | 0x20 == 0x78 {
      advance(by: 2)
      if !CharacterClass.isHexDigit(byte) { fail("\"0x\" must be followed by hex digits.") }
      advance(while: CharacterClass.isHexDigit)
    } else if byte == 0x30, CharacterClass.isDigit(nextByte) {
      advance(while: CharacterClass.isOctalDigit)
      if CharacterClass.isDigit(byte) {
        fail("Numbers starting with leading zero must be in octal.")
        advance(while: CharacterClass.isDigit)
      }
    } else {
      kind = lexDecimal()
    }
    if CharacterClass.isLetter(byte) {
      fail("Need space between number and identifier.")
    } else if byte == 0x2E {
      fail(
        kind == .float
          ? "Already saw decimal point or exponent; can't have another one."
          : "Hex and octal numbers must be integers."
      )
    }
    return kind
  }

  private mutating func lexDecimal() -> Token.Kind {
    var kind = Token.Kind.integer
    advance(while: CharacterClass.isDigit)
    if byte == 0x2E {
      kind = .float
      advance()
      advance(while: CharacterClass.isDigit)
    }
    if byte | 0x20 == 0x65 {
      kind = .float
      advance()
      if byte == 0x2B || byte == 0x2D { advance() }
      if !CharacterClass.isDigit(byte) { fail("\"e\" must be followed by exponent.") }
      advance(while: CharacterClass.isDigit)
    }
    return kind
  }

  private mutating func lexString(_ quote: UInt8) {
    advance()
    while true {
      guard offset < source.count else { return fail("Unexpected end of string.") }
      switch byte {
      case quote: return advance()
      case 0x0A: return fail("String literals cannot cross line boundaries.")
      case 0x5C: lexEscape()
      default: advance()
      }
    }
  }

  private mutating func lexEscape() {
    advance()
    switch byte {
    case 0x61, 0x62, 0x66, 0x6E, 0x72, 0x74, 0x76, 0x5C, 0x3F, 0x27, 0x22, 0x30...0x37: advance()
    case 0x78, 0x58:
      advance()
      if !CharacterClass.isHexDigit(byte) { fail("Expected hex digits for escape sequence.") }
    case 0x75: lexUnicodeEscape(4, "Expected four hex digits for \\u escape sequence.")
    case 0x55:
      lexUnicodeEscape(8, "Expected eight hex digits up to 10ffff for \\U escape sequence")
    default: fail("Invalid escape sequence in string literal.")
    }
  }

  private mutating func lexUnicodeEscape(_ count: Int, _ message: String) {
    advance()
    var value: UInt64 = 0
    for _ in 0..<count {
      guard CharacterClass.isHexDigit(byte) else { return fail(message) }
      value = value << 4 | CharacterClass.digitValue(byte)
      advance()
    }
    if value > 0x1FFFFF { fail(message) }
  }

  private mutating func skipBlockComment() {
    let start = SourcePosition(line: line, column: column)
    advance(by: 2)
    while offset < source.count {
      if byte == 0x2A, nextByte == 0x2F { return advance(by: 2) }
      if byte == 0x2F, nextByte == 0x2A {
        advance()
        fail("\"/*\" inside block comment.  Block comments cannot be nested.")
      } else {
        advance()
      }
    }
    fail("End-of-file inside block comment.")
    errors.append((start, "  Comment started here."))
  }

  private mutating func fail(_ message: String) {
    errors.append((SourcePosition(line: line, column: column), message))
  }

  private mutating func add(_ kind: Token.Kind, from start: (Int, Int32, Int32)) {
    tokens.append(
      Token(
        kind: kind,
        text: String(decoding: source[start.0..<offset], as: UTF8.self),
        start: start.0,
        end: offset,
        line: start.1,
        column: start.2,
        endColumn: column
      )
    )
  }

  private mutating func advance(by count: Int = 1) {
    for _ in 0..<count where offset < source.count {
      switch source[offset] {
      case 0x0A:
        line &+= 1
        column = 0
      case 0x09: column = (column &+ 8) & ~7
      default: column &+= 1
      }
      offset += 1
    }
  }

  private mutating func advance(while condition: (UInt8) -> Bool) {
    while offset < source.count, condition(source[offset]) { advance() }
  }
}
