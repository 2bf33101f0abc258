// gRPC's doc/PROTOCOL-HTTP2.md, "Responses": Status-Message.

/// How `grpc-message` carries any text in a header field: UTF-8, with all but printable ASCII, and
/// `%` itself, written as `%XX`.
enum PercentEncoding {
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%")
  }

  /// The text as it goes into the field.
  ///
  /// A blank at either end is encoded, too: RFC 9113 §8.2.1 allows none there, and the field would
  /// take the whole response with it.
  static func encode(_ text: String) -> String {
    let blank = UInt8(ascii: " ")
    let hasBlankEnd = text.utf8.first == blank || text.utf8.last == blank
    guard hasBlankEnd || !text.utf8.allSatisfy(isPlain) else { return text }
    let hexadecimal = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    let last = text.utf8.count - 1
    for (index, byte) in text.utf8.enumerated() {
      let isBlankEnd = byte == blank && (index == 0 || index == last)
      if isPlain(byte), !isBlankEnd {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(hexadecimal[Int(byte >> 4)])
        encoded.append(hexadecimal[Int(byte & 15)])
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// The text that a field means.
  ///
  /// Never fails: a `%` without two digits stays as it is, bytes that are not UTF-8 are replaced.
  static func decode(_ field: UnsafeRawBufferPointer) -> String {
    guard field.contains(UInt8(ascii: "%")) else { return String(decoding: field, as: UTF8.self) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(field.count)
    var index = 0
    while index < field.count {
      if field[index] == UInt8(ascii: "%"), index + 2 < field.count,
        let high = digit(field[index + 1]), let low = digit(field[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(field[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
