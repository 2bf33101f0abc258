/// A peer's bytes, made fit for a log.
enum Printable {
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

  /// What something that is no HTTP/2 preface may be.
  static func guess(_ bytes: UnsafeRawBufferPointer) -> String {
    let methods = ["GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT "]
    if bytes.count >= 2, bytes[0] == 0x16, bytes[1] == 0x03 {
      return "; this looks like a TLS handshake; this port speaks plaintext HTTP/2"
    }
    if methods.contains(where: { bytes.starts(with: $0.utf8) }) {
      return "; this looks like an HTTP/1.1 request; this port speaks HTTP/2 with prior knowledge"
    }
    return "; it began with \"\(text(UnsafeRawBufferPointer(rebasing: bytes.prefix(24))))\""
  }
}
