/// What a key press means to a line that is being edited.
enum Key: Equatable {
  case text(Unicode.Scalar)
  case enter
  case backspace, delete
  case left, right, home, end
  /// Ctrl-D: deletes, or ends the input when the line is empty.
  case endOfInput
  case eraseToStart, eraseToEnd, eraseWord
}

/// Makes keys of what a terminal sends: UTF-8, control characters, and the escape sequences of ECMA-48 and xterm.
///
/// A sequence or a character may be cut anywhere between two reads.
struct KeyDecoder {
  private enum State {
    case ground
    /// Behind ESC.
    case escape
    /// Within ESC `[` …, with the parameters so far.
    case control([UInt8])
    /// Behind ESC `O`, which some terminals send for arrows.
    case single
    /// Within a character of UTF-8, with its bytes so far.
    case character([UInt8], length: Int)
  }

  private var state = State.ground

  /// The key that a byte completes; nil for none, also for keys that mean nothing here.
  mutating func decode(_ byte: UInt8) -> Key? {
    // A control character is itself, wherever it comes: Esc and then Enter is Enter.
    if byte < 0x20 { state = .ground }
    switch state {
    case .ground: return begin(byte)
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .control([])
      case UInt8(ascii: "O"): state = .single
      default: state = .ground  // Alt and a key
      }
      return nil
    case .control(let parameters):
      guard (0x40...0x7E).contains(byte) else {
        // No sequence is this long: what comes is not one.
        state = parameters.count < 16 ? .control(parameters + [byte]) : .ground
        return nil
      }
      state = .ground
      return Self.key(final: byte, parameters: parameters)
    case .single:
      state = .ground
      return Self.key(final: byte, parameters: [])
    case .character(let bytes, let length):
      guard byte & 0xC0 == 0x80 else {
        // The character is broken; this byte begins something else.
        state = .ground
        return begin(byte)
      }
      return complete(bytes + [byte], length: length)
    }
  }

  private mutating func begin(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x01: return .home
    case 0x02: return .left
    case 0x04: return .endOfInput
    case 0x05: return .end
    case 0x06: return .right
    case 0x08, 0x7F: return .backspace
    case 0x0A, 0x0D: return .enter
    case 0x0B: return .eraseToEnd
    case 0x15: return .eraseToStart
    case 0x17: return .eraseWord
    case 0x1B:
      state = .escape
      return nil
    case 0x20...0x7E: return .text(Unicode.Scalar(byte))
    case 0xC2...0xDF: return complete([byte], length: 2)
    case 0xE0...0xEF: return complete([byte], length: 3)
    case 0xF0...0xF4: return complete([byte], length: 4)
    default: return nil
    }
  }

  private mutating func complete(_ bytes: [UInt8], length: Int) -> Key? {
    guard bytes.count == length else {
      state = .character(bytes, length: length)
      return nil
    }
    state = .ground
    let scalars = String(validating: bytes, as: UTF8.self)?.unicodeScalars
    guard let scalar = scalars?.first, scalar.properties.generalCategory != .control else {
      return nil
    }
    return .text(scalar)
  }

  private static func key(final: UInt8, parameters: [UInt8]) -> Key? {
    switch (Unicode.Scalar(final), String(decoding: parameters, as: UTF8.self)) {
    case ("C", _): .right
    case ("D", _): .left
    case ("H", _), ("~", "1"), ("~", "7"): .home
    case ("F", _), ("~", "4"), ("~", "8"): .end
    case ("~", "3"): .delete
    default: nil
    }
  }
}
