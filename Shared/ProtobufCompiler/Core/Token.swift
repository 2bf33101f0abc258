/// A token of a `.proto` file.
struct Token: Sendable, Equatable {
  enum Kind: Sendable {
    case identifier, integer, float, string, symbol, end
  }

  var kind: Kind
  /// The token as written; strings with their quotes and escapes.
  var text: String
  /// Offset of the first byte.
  var start: Int
  /// Offset behind the last byte.
  var end: Int
  var line: Int32
  var column: Int32
  /// Column behind the last byte; no token crosses a line.
  var endColumn: Int32

  /// What stands in front of the first token.
  static let start = Token(
    kind: .symbol,
    text: "",
    start: 0,
    end: 0,
    line: 0,
    column: 0,
    endColumn: 0
  )

  var position: SourcePosition { SourcePosition(line: line, column: column) }
}

/// What the language's grammar calls letters, digits and space.
enum CharacterClass {
  static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  static func isOctalDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x37 }

  static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
  }

  /// Space, tab, carriage return, vertical tab, form feed.
  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte >= 0x0B && byte <= 0x0D
  }

  /// The value of a digit in any base up to 36; 36 for everything else.
  static func digitValue(_ byte: UInt8) -> UInt64 {
    if isDigit(byte) { return UInt64(byte - 0x30) }
    let lower = byte | 0x20
    return lower >= 0x61 && lower <= 0x7A ? UInt64(lower - 0x61 + 10) : 36
  }
}
