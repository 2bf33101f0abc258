import GRPC
import HPACK
import HTTP2
import Protobuf

extension Exercise {
  /// All exercises that `check` knows, lesson by lesson.
  package static let all: [Exercise] = [
    unary, serverStreaming, clientStreaming, bidi, deadlines,
  ].flatMap(\.self)

  private static let unary: [Exercise] = [
    bytes(
      "01",
      "varint",
      "A name has 300 bytes. Which bytes stand before it in HelloRequest?",
      hint:
        "A tag, then the length. A varint has seven bits a byte, the lowest first; the top bit says: more.",
      explanation:
        "0a is field 1 with a length. 300 = 44 + 2·128: ac is 44 with the top bit, 02 ends it."
    ) {
      Array(message { $0.writeString(String(repeating: "a", count: 300), field: 1) }.prefix(3))
    },
    bytes(
      "01",
      "frame",
      "Write down the whole DATA frame that greets Grüße: a call's only request, on stream 1.",
      hint:
        "Nine bytes of frame header, five of gRPC's prefix, then the message. ü and ß take two bytes each.",
      explanation:
        "Length 14, type 0, END_STREAM, stream 1; not compressed, 9 bytes; field 1, 7 bytes of UTF-8."
    ) {
      let bytes = message { $0.writeString("Grüße", field: 1) }
      let prefix: [UInt8] = [0, 0, 0, 0, UInt8(bytes.count)]
      return frame(.data, flags: FrameFlags.endStream, stream: 1, prefix + bytes)
    },
    bytes(
      "01",
      "huffman",
      "What is the Huffman code of the header value ada (RFC 7541, Appendix B)?",
      hint:
        "Shared/HPACK/HuffmanCode.swift is the RFC's table: a has 5 bits, d has 6. Fill up with ones.",
      explanation:
        "00011 100100 00011 are 16 bits exactly: no filling, and a byte less than the text."
    ) {
      var block: [UInt8] = []
      var encoder = HPACKEncoder()
      encoder.encode(["x": "ada"], into: &block)
      return Array(block.suffix(2))
    },
  ]

  private static let serverStreaming: [Exercise] = [
    bytes(
      "02",
      "match",
      "Write down the Match for file a.c, line 300, text x (file = 1, line = 2, text = 3, binary unset).",
      hint:
        "Strings have tag, length, bytes. A number has tag and varint. What has its zero value is left out.",
      explanation: "Tags 0a, 10 and 1a: the number times 8, plus 2 for a length, 0 for a varint."
    ) {
      message {
        $0.writeString("x", field: 3)
        $0.writeUInt64(300, field: 2)
        $0.writeString("a.c", field: 1)
      }
    },
    text(
      "02",
      "window",
      """
      A stream's window is 65535. The server sends DATA of 16384, 16384 and 1000 bytes; the client answers
      with WINDOW_UPDATE of 20000, then with SETTINGS that lower INITIAL_WINDOW_SIZE to 32768.
      How many bytes may the server send now?
      """,
      hint:
        "RFC 9113 §6.9.2: a new initial size changes every open stream's window by the difference.",
      explanation: "65535 − 33768 + 20000 = 51767, and 65535 − 32768 = 32767 less."
    ) { "\(windowLeft)" },
    bytes(
      "02",
      "cancel",
      "With --limit the client has seen enough. Write down its RST_STREAM with CANCEL on stream 1.",
      hint: "RFC 9113 §6.4: four bytes of error code; §7: CANCEL is 8.",
      explanation:
        "Length 4, type 3, no flags, stream 1, code 8. The server's method is cancelled by it."
    ) { frame(.resetStream, flags: 0, stream: 1, big(ErrorCode.cancel.rawValue)) },
  ]

  private static let clientStreaming: [Exercise] = [
    bytes(
      "03",
      "header",
      "Write down the first Part of a file named a of 1000 bytes (Part.header = 1; name = 1, size = 2).",
      hint: "An embedded message is a field with a length, like a string. 1000 = 104 + 7·128.",
      explanation: "The six bytes of the header (0a 01 61 10 e8 07) stand in field 1 of the Part."
    ) {
      let header = message {
        $0.writeUInt64(1000, field: 2)
        $0.writeString("a", field: 1)
      }
      return message { $0.writeBytes(header, field: 1) }
    },
    text(
      "03",
      "frames",
      "A gRPC message of 100000 bytes, prefix included, goes out in DATA frames of at most 16384. How many?",
      hint: "Frames know nothing of messages: it is a matter of rounding up.",
      explanation: "Six full frames are 98304 bytes; the seventh has the rest."
    ) { "\(roundedUp(100_000, by: 16_384))" },
    bytes(
      "03",
      "fixed",
      "The Receipt's crc32 (fixed32, field 4) is 0x1a2b3c4d. Which bytes stand for the field?",
      hint: "Tag: 4 << 3 | 5. Fixed numbers are little-endian.",
      explanation:
        "A checksum is as likely large as small: a varint would take five bytes for most of them."
    ) { message { $0.writeFixed32(0x1A2B_3C4D, field: 4) } },
  ]

  private static let bidi: [Exercise] = [
    text(
      "04",
      "streams",
      "A client has made 5 calls on its connection. Which number has the stream of the fifth?",
      hint: "RFC 9113 §5.1.1: a client's streams are odd.",
      explanation: "1, 3, 5, 7, 9. Even numbers would be the server's, which gRPC does not use."
    ) { "\(StreamID(9).rawValue)" },
    bytes(
      "04",
      "half-close",
      "A client says nothing more on stream 9, and has no bytes left to send. Write down the frame.",
      hint: "A DATA frame may be empty.",
      explanation:
        "An empty DATA frame with END_STREAM: half-closed. The server may go on for hours."
    ) { frame(.data, flags: FrameFlags.endStream, stream: 9, []) },
    bytes(
      "04",
      "ping",
      "Write down the answer to a PING whose eight bytes are 01 02 03 04 05 06 07 08.",
      hint: "RFC 9113 §6.7: the same bytes, and a flag.",
      explanation:
        "ACK on stream 0. An idle room is kept open, and a dead one found, by such pings."
    ) { frame(.ping, flags: FrameFlags.acknowledgement, stream: 0, [1, 2, 3, 4, 5, 6, 7, 8]) },
  ]

  private static let deadlines: [Exercise] = [
    text(
      "05",
      "timeout",
      """
      grpc-timeout has at most eight digits and a unit (H M S m u n). What is the most exact value for
      1234.5678905 s that does not let the server give up before the client?
      """,
      hint: "Microseconds need ten digits here, so milliseconds have to do; round up.",
      explanation: "1234568m: a server that gave up first would be a fault in the client's eyes."
    ) { "1234568m" },
    text(
      "05",
      "binary",
      "trace-bin holds the bytes 00 01 fe ff. What stands on the wire as its value?",
      hint: "Base64; gRPC leaves the padding out.",
      explanation: "Header values are text: what ends in -bin is Base64, without = at the end."
    ) { base64([0x00, 0x01, 0xFE, 0xFF]) },
    text(
      "05",
      "message",
      "A call fails with the message 100% naïve. What does grpc-message hold?",
      hint: "Percent-encoding of the UTF-8 bytes; only what is not plain ASCII, and % itself.",
      explanation: "% would begin a code, so it is %25; ï is the two bytes c3 af."
    ) {
      Array("100% naïve".utf8).map { byte -> String in
        let isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "%")
        return isPlain
          ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16, uppercase: true)
      }.joined()
    },
  ]

  // MARK: Asking the stack

  private static func message(_ write: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    write(&writer)
    return writer.bytes
  }

  /// A frame with its nine bytes of header (RFC 9113 §4.1).
  private static func frame(
    _ type: FrameType,
    flags: UInt8,
    stream: UInt8,
    _ payload: [UInt8]
  ) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, UInt8(payload.count), type.rawValue, flags, 0, 0, 0, stream]
    bytes += payload
    return bytes
  }

  /// Exercise 02, step by step (RFC 9113 §6.9).
  private static var windowLeft: Int {
    var window = 65_535
    for sent in [16_384, 16_384, 1_000] { window -= sent }
    window += 20_000
    window += 32_768 - 65_535
    return window
  }

  private static func roundedUp(_ count: Int, by size: Int) -> Int {
    count / size + (count.isMultiple(of: size) ? 0 : 1)
  }

  private static func big(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    var bits = 0
    var pending = 0
    for byte in bytes {
      pending = pending << 8 | Int(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        text.append(alphabet[pending >> bits & 63])
      }
    }
    if bits > 0 { text.append(alphabet[pending << (6 - bits) & 63]) }
    return text
  }
}
