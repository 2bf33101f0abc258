/// A peer's bytes, made fit for a log.
package enum Printable {
  /// At most 100 bytes, with everything but visible ASCII escaped.
  static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    var text = ""
    for byte in bytes.prefix(100) {
      if (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\\") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return text
  }

  /// A text on one line: what would move a terminal's cursor is escaped.
  package static func line(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        line += "\\u{" + String(scalar.value, radix: 16) + "}"
      default:
        line.unicodeScalars.append(scalar)
      }
    }
    return line
  }

  /// What the first bytes of a peer that speaks no HTTP/2 may be.
  static func guess(_ opening: [UInt8]) -> String {
    let methods = [
      "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ",
    ]
    if opening.isEmpty { return "nothing had come" }
    if opening.count >= 2, opening[0] == 0x16, opening[1] == 0x03 {
      return "this looks like a TLS handshake; this port speaks plaintext HTTP/2"
    }
    if methods.contains(where: { opening.starts(with: $0.utf8) }) {
      return "this looks like an HTTP/1.1 request; this port speaks HTTP/2 with prior knowledge"
    }
    let start = opening.withUnsafeBytes { bytes in text(bytes) }
    if "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8.starts(with: opening) {
      return opening.count == 24
        ? "no SETTINGS came behind the preface" : "the preface ended after \"\(start)\""
    }
    return "it began with \"\(start)\""
  }

  /// What a server that speaks no HTTP/2 may be; nil when its first bytes may be HTTP/2, or are too few to tell.
  static func guessServer(_ opening: [UInt8]) -> String? {
    if opening.starts(with: "HTTP/1.".utf8) {
      return "this looks like HTTP/1.1, and gRPC needs HTTP/2 with prior knowledge"
    }
    if opening.count >= 2, opening[0] == 0x15 || opening[0] == 0x16, opening[1] == 0x03 {
      return "this looks like TLS, and this client speaks plaintext"
    }
    // A frame begins with its length: with text it would have two million bytes.
    guard opening.count >= 4, opening.prefix(4).allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return nil
    }
    return "it begins with \"\(opening.withUnsafeBytes { text($0) })\""
  }
}
