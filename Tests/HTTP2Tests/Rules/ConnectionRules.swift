import Testing

@testable import HTTP2

@Suite("RFC 9113 §3.4, how a connection begins")
struct PrefaceRules {
  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("3.4", "What does not begin with the client's preface is a connection error") {
      Case(
        .server,
        fresh: true,
        [.bytes(Array("GET / HTTP/1.1\r\n\r\n".utf8))],
        .connectionError(.protocolError)
      )
      Case(.server, fresh: true, [.bytes([0x16, 3, 1, 2, 0, 1])], .connectionError(.protocolError))
      Case(
        .server,
        fresh: true,
        [.bytes(Array("PRI * HTTP/2.0\r\n\r\nXX".utf8))],
        .connectionError(.protocolError)
      )
      Case(.server, fresh: true, [.frame(.settings)], .connectionError(.protocolError))
    }
    Rule("3.4", "The first frame is SETTINGS, and not an acknowledgement") {
      Case(fresh: true, [.preface, .ping], .connectionError(.protocolError))
      Case(fresh: true, [.preface, .frame(.settings, 1)], .connectionError(.protocolError))
      Case(fresh: true, [.preface, .headers(5)], .connectionError(.protocolError))
      Case(fresh: true, [.preface, .windowUpdate(0, 1)], .connectionError(.protocolError))
      Case(fresh: true, [.preface, .raw(0x16, 0, 0, [])], .connectionError(.protocolError))
    }
    Rule("3.4", "The peer's SETTINGS are acknowledged behind our own preface") {
      Case(
        fresh: true,
        [.preface, .frame(.settings)],
        .goesOn([], sends: ["SETTINGS", "WINDOW_UPDATE 0 983041", "SETTINGS ack"])
      )
    }
    Rule("3.4", "A client may send requests before it has seen the server's SETTINGS") {
      Case(
        .server,
        fresh: true,
        [.preface, .frame(.settings), .headers(5)],
        .goesOn(["initial 1 end"])
      )
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

@Suite("RFC 9113 §4, frames")
struct FrameRules {
  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("4.1", "Frames of unknown types are ignored") {
      Case(
        [.open(), .raw(0x16, 0, 0, [1]), .raw(0xEE, 0xFF, 1, [7]), .raw(0x0A, 1, 9, [])],
        .goesOn(["initial 1"], sends: [])
      )
    }
    Rule("4.1", "Flags without a meaning are ignored") {
      Case([.requested(), .headers(0xD6)], .goesOn(["initial 1"]))
      Case([.open(), .frame(.data, 0xF6, 1, [7])], .goesOn(["initial 1", "data 1 1"]))
      Case([.requested(), .headers(0), .frame(.continuation, 0xFF, 1)], .goesOn(["initial 1"]))
      Case([.frame(.settings, 0xFE)], .goesOn([], sends: ["SETTINGS ack"]))
      Case([.frame(.ping, 0xFE, 0, [0, 0, 0, 0, 0, 0, 0, 0])], .goesOn([], sends: ["PING ack"]))
      Case([.open(), .frame(.priority, 0xFF, 1, [0, 0, 0, 0, 1])], .goesOn(["initial 1"]))
      Case([.open(), .frame(.windowUpdate, 0xFF, 1, [0, 0, 0, 1])], .goesOn(["initial 1"]))
      Case(
        [.open(), .frame(.resetStream, 0xFF, 1, [0, 0, 0, 8])],
        .goesOn(["initial 1", "reset 1 CANCEL"])
      )
      Case([.frame(.goAway, 0xFF, 0, [0, 0, 0, 0, 0, 0, 0, 0])], .goesOn(["goaway 0 NO_ERROR"]))
    }
    Rule("4.1", "The reserved bit is ignored") {
      Case([.open(), .raw(0, 0, 0x8000_0001, [7])], .goesOn(["initial 1", "data 1 1"]))
      Case([.raw(4, 0, 0x8000_0000, [])], .goesOn([], sends: ["SETTINGS ack"]))
      Case([.raw(8, 0, 0x8000_0000, bigEndian(0x8000_0001))], .goesOn([]))
      Case([.goAway(0x8000_0000)], .goesOn(["goaway 0 NO_ERROR"]))
    }
    Rule("4.2", "A frame of 16,384 bytes is taken") {
      Case([.open(), .frame(.data, 0, 1, zeros(16_384))], .goesOn(["initial 1", "data 1 16384"]))
      Case(
        [.requested(), .headers(5, 1, field("x", String(repeating: "y", count: 16_000)))],
        .goesOn(["initial 1 end"])
      )
      Case([.raw(0x16, 0, 0, zeros(16_384))], .goesOn([]))
    }
    Rule("4.2", "A larger frame is a connection error") {
      Case([.open(), .frame(.data, 0, 1, zeros(16_385))], .connectionError(.frameSizeError))
      Case([.requested(), .headers(5, 1, zeros(16_385))], .connectionError(.frameSizeError))
      Case([.frame(.settings, 0, 0, zeros(16_386))], .connectionError(.frameSizeError))
      Case([.raw(0x16, 0, 0, zeros(16_385))], .connectionError(.frameSizeError))
      // Its header is enough: nobody waits for 16 MiB.
      Case([.bytes([0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1])], .connectionError(.frameSizeError))
    }
    Rule("4.2", "A frame with a field block that is too small for its fields is a connection error")
    {
      Case(
        [.requested(), .frame(.headers, 0x24, 1, [0, 0, 0])],
        .connectionError(.frameSizeError)
      )
      Case([.requested(), .frame(.headers, 0x0C, 1)], .connectionError(.frameSizeError))
      Case(
        [.requested(), .frame(.headers, 0x2C, 1, [0, 0, 0, 0, 0])],
        .connectionError(.frameSizeError)
      )
    }
    Rule("4.3", "A field block that cannot be decoded is a connection error") {
      Case([.requested(), .frame(.headers, 4, 1, [0x80])], .connectionError(.compressionError))
      Case([.requested(), .headers(4, 1, [0x40])], .connectionError(.compressionError))
      Case([.requested(), .headers(4, 1, [0xBE])], .connectionError(.compressionError))
      Case(
        [.requested(), .headers(0, 1), .frame(.continuation, 4, 1, [0x80])],
        .connectionError(.compressionError)
      )
      Case([.open(), .frame(.headers, 5, 1, [0xBE])], .connectionError(.compressionError))
    }
    Rule("4.3", "A field block is decoded whatever becomes of its stream, so that the tables agree")
    {
      // Malformed, and the next message names the field that it brought.
      Case(
        [
          .requested(1), .requested(3), .headers(5, 1, indexed("x", "y") + [0x84, 0x84]),
          .headers(5, 3, [0xBE]),
        ],
        .streamError(1, .protocolError)
      )
      // On a stream that we have reset.
      Case(
        [
          .open(1), .cancel(), .frame(.headers, 5, 1, indexed("x", "y")), .requested(3),
          .headers(5, 3, [0xBE]),
        ],
        .goesOn(["initial 1", "initial 3 end"])
      )
      // Behind the end of a stream.
      Case(
        [
          .open(1, end: true), .frame(.headers, 5, 1, indexed("x", "y")), .requested(3),
          .headers(5, 3, [0xBE]),
        ],
        .streamError(1, .streamClosed)
      )
      // Refused.
      Case(
        .server,
        with: limited,
        [.open(1), .open(3, indexed("x", "y")), .frame(.headers, 5, 1, [0xBE])],
        .streamError(3, .refusedStream)
      )
      // Above the last stream of our GOAWAY.
      Case(
        .server,
        [
          .open(1), .act { $0.goAway(.noError, debug: "") }, .open(3, indexed("x", "y")),
          .frame(.headers, 5, 1, [0xBE]),
        ],
        .goesOn(["initial 1", "trailers 1 end"])
      )
    }
    Rule("4.3", "Nothing comes between the frames of a field block") {
      Case([.requested(), .headers(0), .ping], .connectionError(.protocolError))
      Case([.requested(), .headers(0), .frame(.data, 1, 1, [1])], .connectionError(.protocolError))
      Case(
        [.requested(1), .requested(3), .headers(0), .headers(4, 3)],
        .connectionError(.protocolError)
      )
      Case([.requested(), .headers(0), .priority(1)], .connectionError(.protocolError))
      Case(
        [.requested(), .headers(0), .frame(.continuation, 0, 1), .frame(.settings)],
        .connectionError(.protocolError)
      )
    }
    Rule("4.3.1", "A size update above our limit, or behind a field, is a connection error") {
      Case(
        [.requested(), .headers(5, 1, before: [0x3F, 0xE2, 0x1F])],
        .connectionError(.compressionError)
      )
      Case([.requested(), .headers(5, 1, [0x20])], .connectionError(.compressionError))
      Case(
        [.requested(), .headers(5, 1, before: [0x20, 0x3F, 0xE1, 0x1F])],
        .goesOn(["initial 1 end"])
      )
    }
  }

  /// An end that takes one stream at a time.
  static let limited: HTTP2Configuration = {
    var configuration = HTTP2Configuration()
    configuration.maxConcurrentStreams = 1
    return configuration
  }()

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

/// So many zeros.
func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
