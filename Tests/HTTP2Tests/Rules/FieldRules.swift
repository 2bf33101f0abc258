import Testing

@testable import HTTP2

@Suite("RFC 9113 §7, error codes")
struct ErrorCodeRules {
  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("7", "An unknown error code is one like any other") {
      Case([.open(), .reset(1, 0x1234_5678)], .goesOn(["initial 1", "reset 1 error 305419896"]))
      Case([.goAway(0, 0xFF)], .goesOn(["goaway 0 error 255"]))
      Case([.open(), .reset(1, 0)], .goesOn(["initial 1", "reset 1 NO_ERROR"]))
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

@Suite("RFC 9113 §8.1, the frames of a message")
struct MessageFramingRules {
  static let trailers = Step.frame(.headers, 5, 1, field("x", "y"))

  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("8.1", "A message is a header block, data, and perhaps trailers") {
      Case([.open(1, end: true)], .goesOn(["initial 1 end"]))
      Case([.open(), .frame(.data, 1, 1, [1])], .goesOn(["initial 1", "data 1 1 end"]))
      Case(
        [.open(), .frame(.data, 0, 1, [1]), trailers],
        .goesOn(["initial 1", "data 1 1", "trailers 1 end"])
      )
      Case([.open(), trailers], .goesOn(["initial 1", "trailers 1 end"]))
      Case(
        [.open(), .frame(.headers, 1, 1, field("x", "y")), .frame(.continuation, 4, 1)],
        .goesOn(["initial 1", "trailers 1 end"])
      )
    }
    Rule("8.1", "A second header block without END_STREAM is malformed") {
      Case([.open(), .frame(.headers, 4, 1, field("x", "y"))], .streamError(1, .protocolError))
      Case([.open(), .frame(.data, 0, 1, [1]), .headers(4)], .streamError(1, .protocolError))
    }
    Rule("8.1", "A pseudo-header in trailers is malformed") {
      Case([.open(), .headers(5)], .streamError(1, .protocolError))
      Case(
        [.open(), .frame(.headers, 5, 1, field("x", "y") + [0x84])],
        .streamError(1, .protocolError)
      )
      Case([.open(), .frame(.headers, 5, 1, field(":x", "y"))], .streamError(1, .protocolError))
    }
    Rule("8.1", "Interim responses come before the final one, and do not end the stream") {
      Case(
        .client,
        [.requested(), interim("100"), interim("103"), .headers(5)],
        .goesOn(["informational 1", "informational 1", "initial 1 end"])
      )
      Case(.client, [.requested(), interim("100", 5)], .streamError(1, .protocolError))
      Case(
        .client,
        [.requested(), interim("100"), .frame(.data, 0, 1, [1])],
        .streamError(1, .protocolError)
      )
      Case(.client, [.open(), interim("100")], .streamError(1, .protocolError))
    }
    Rule("8.1", "Data before the header block is malformed") {
      Case(.client, [.requested(), .frame(.data, 0, 1, [1])], .streamError(1, .protocolError))
    }
    Rule("8.1", "A response is kept when RST_STREAM(NO_ERROR) follows it") {
      Case(
        .client,
        [.open(1, end: true), .reset(1, 0)],
        .goesOn(["initial 1 end", "reset 1 NO_ERROR"])
      )
      Case(
        .client,
        [.open(), .frame(.data, 0, 1, [1]), trailers, .reset(1, 0)],
        .goesOn(["initial 1", "data 1 1", "trailers 1 end", "reset 1 NO_ERROR"])
      )
    }
    Rule("8.1.1", "Data that is not as long as content-length is malformed") {
      Case(
        [.open(1, length("3")), .frame(.data, 0, 1, [1]), .frame(.data, 1, 1, [2, 3])],
        .goesOn(["initial 1", "data 1 1", "data 1 2 end"])
      )
      Case([.open(1, length("0")), .frame(.data, 1, 1)], .goesOn(["initial 1", "data 1 0 end"]))
      Case([.open(1, length("1")), .frame(.data, 1, 1, [1, 2])], .streamError(1, .protocolError))
      Case(
        [.open(1, length("1")), .frame(.data, 0, 1, [1]), .frame(.data, 0, 1, [2])],
        .streamError(1, .protocolError)
      )
      Case([.open(1, length("3")), .frame(.data, 1, 1, [1, 2])], .streamError(1, .protocolError))
      Case(
        [.open(1, length("3")), .frame(.data, 0, 1, [1, 2]), trailers],
        .streamError(1, .protocolError)
      )
      Case([.message(length("1"))], .streamError(1, .protocolError))
      // Padding is no content.
      Case(
        [.open(1, length("1")), .frame(.data, 9, 1, [2, 7, 0, 0])],
        .goesOn(["initial 1", "data 1 1 end"])
      )
    }
    Rule("8.1.1", "A content-length that is no number, or says two things, is malformed") {
      Case([.open(1, length("1a"))], .streamError(1, .protocolError))
      Case([.open(1, length("-1"))], .streamError(1, .protocolError))
      Case([.open(1, length(""))], .streamError(1, .protocolError))
      Case([.open(1, length("99999999999999999999"))], .streamError(1, .protocolError))
      Case([.open(1, length("1") + length("2"))], .streamError(1, .protocolError))
      Case(
        [.open(1, length("1") + length("1")), .frame(.data, 1, 1, [1])],
        .goesOn(["initial 1", "data 1 1 end"])
      )
    }
    Rule("8.1.1", "A response that has no content may have a content-length, and no data") {
      Case(
        .client,
        [.requested(), .frame(.headers, 5, 1, field(":status", "304") + length("9"))],
        .goesOn(["initial 1 end"])
      )
      Case(
        .client,
        [.requested(1, "HEAD"), .headers(5, 1, length("9"))],
        .goesOn(["initial 1 end"])
      )
      Case(
        .client,
        [.requested(1, "HEAD"), .headers(4), .frame(.data, 1, 1)],
        .goesOn(["initial 1", "data 1 0 end"])
      )
      Case(
        .client,
        [.requested(1, "HEAD"), .headers(4), .frame(.data, 1, 1, [1])],
        .streamError(1, .protocolError)
      )
      Case(
        .client,
        [.requested(), .frame(.headers, 4, 1, field(":status", "204")), .frame(.data, 1, 1, [1])],
        .streamError(1, .protocolError)
      )
    }
  }

  static func interim(_ status: String, _ flags: UInt8 = 4) -> Step {
    .frame(.headers, flags, 1, field(":status", status))
  }

  static func length(_ value: String) -> [UInt8] { field("content-length", value) }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

@Suite("RFC 9113 §8.2, fields")
struct FieldRules {
  static let malformed = Case.Outcome.streamError(1, .protocolError)
  static let taken = Case.Outcome.goesOn(["initial 1 end"])

  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("8.2", "A name with an upper-case letter is malformed, in trailers too") {
      Case([.message(field("X", "y"))], malformed)
      Case([.message(field("content-Type", "y"))], malformed)
      Case([.open(), .frame(.headers, 5, 1, field("X", "y"))], malformed)
    }
    Rule("8.2.1", "A name holds visible ASCII, and is not empty") {
      Case([.message(field("", "y"))], malformed)
      Case([.message(field([0], [0x79]))], malformed)
      Case([.message(field("a b", "y"))], malformed)
      Case([.message(field([0x61, 0x0A], [0x79]))], malformed)
      Case([.message(field([0x7F], [0x79]))], malformed)
      Case([.message(field([0x78, 0x80], [0x79]))], malformed)
      Case([.message(field([0xFF], [0x79]))], malformed)
      Case([.message(field("!#$%&'*+-.^_`|~09az", "y"))], taken)
    }
    Rule("8.2.1", "A name that is no pseudo-header's has no colon") {
      Case([.message(field("a:b", "y"))], malformed)
      Case([.message(field("a:", "y"))], malformed)
      Case([.message(field("::", "y"))], malformed)
    }
    Rule("8.2.1", "A value has no NUL, LF or CR at any place") {
      Case([.message(field([0x78], [0]))], malformed)
      Case([.message(field("x", "a\nb"))], malformed)
      Case([.message(field("x", "a\r"))], malformed)
      Case([.message(field([0x78], [0x61, 0, 0x62]))], malformed)
      Case([.open(), .frame(.headers, 5, 1, field("x", "a\nb"))], malformed)
      Case([.message(field([0x78], [0x61, 0x09, 0x20, 0xE9, 0xFF, 0x62]))], taken)
      Case([.message(field("x", ""))], taken)
    }
    Rule("8.2.1", "A value does not begin or end with a blank") {
      Case([.message(field("x", " a"))], malformed)
      Case([.message(field("x", "a "))], malformed)
      Case([.message(field("x", "\ta"))], malformed)
      Case([.message(field("x", "a\t"))], malformed)
      Case([.message(field("x", " "))], malformed)
    }
    Rule("8.2.1", "A field from the table is held to the same rules, each time") {
      Case(
        [.requested(1), .headers(5, 1, indexed("X", "y")), .requested(3), .headers(5, 3, [0xBE])],
        .streamError(3, .protocolError)
      )
    }
    Rule("8.2.2", "Fields about a connection are malformed") {
      Case([.message(field("connection", "x"))], malformed)
      Case([.message(field("proxy-connection", "x"))], malformed)
      Case([.message(field("keep-alive", "x"))], malformed)
      Case([.message(field("transfer-encoding", "chunked"))], malformed)
      Case([.message(field("upgrade", "x"))], malformed)
      Case([.open(), .frame(.headers, 5, 1, field("connection", "x"))], malformed)
    }
    Rule("8.2.2", "te may stand in a request, and say nothing but trailers") {
      Case(.server, [.message(field("te", "trailers"))], taken)
      Case(.server, [.message(field("te", "gzip"))], malformed)
      Case(.server, [.message(field("te", "trailers, gzip"))], malformed)
      Case(.server, [.message(field("te", ""))], malformed)
      Case(.client, [.message(field("te", "trailers"))], malformed)
    }
    Rule("8.2.3", "cookie may come in several fields") {
      Case([.message(field("cookie", "a=b") + field("cookie", "c=d"))], taken)
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

@Suite("RFC 9113 §8.3 to §8.6, pseudo-headers, push, CONNECT, upgrade")
struct ControlDataRules {
  static let malformed = FieldRules.malformed
  static let taken = FieldRules.taken

  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("8.3", "Pseudo-headers that are not defined here are malformed") {
      Case([.message(field(":x", "y"))], malformed)
      Case([.message(field(":protocol", "websocket"))], malformed)
      Case([.message(field(":", "y"))], malformed)
      Case(.server, [.message([0x88])], malformed)
      Case(.client, [.message([0x82])], malformed)
      Case(.client, [.message([0x84])], malformed)
      Case(.client, [.message(field(":authority", "x"))], malformed)
    }
    Rule("8.3", "A pseudo-header behind another field is malformed") {
      Case(.server, [.frame(.headers, 5, 1, [0x82, 0x86] + field("x", "y") + [0x84])], malformed)
      Case(.client, [.requested(), .frame(.headers, 5, 1, field("x", "y") + [0x88])], malformed)
    }
    Rule("8.3", "A pseudo-header that comes twice is malformed") {
      Case(.server, [.message([0x82])], malformed)
      Case(.server, [.message([0x86])], malformed)
      Case(.server, [.message([0x84])], malformed)
      Case(.server, [.message(field(":authority", "x") + field(":authority", "x"))], malformed)
      Case(.client, [.message([0x88])], malformed)
      Case(.client, [.message([0x8D])], malformed)
    }
    Rule("8.3.1", "A request has :method, :scheme and :path, and none of them is empty") {
      Case(.server, [.frame(.headers, 5, 1, [0x86, 0x84])], malformed)
      Case(.server, [.frame(.headers, 5, 1, [0x82, 0x84])], malformed)
      Case(.server, [.frame(.headers, 5, 1, [0x82, 0x86])], malformed)
      Case(.server, [.frame(.headers, 5, 1, field(":authority", "x"))], malformed)
      Case(.server, [.frame(.headers, 5, 1, [0x82, 0x86] + field(":path", ""))], malformed)
      Case(.server, [.frame(.headers, 5, 1, field(":method", "") + [0x86, 0x84])], malformed)
      Case(.server, [.frame(.headers, 5, 1, [0x82] + field(":scheme", "") + [0x84])], malformed)
      Case(
        .server,
        [.frame(.headers, 5, 1, field(":method", "OPTIONS") + [0x86] + field(":path", "*"))],
        taken
      )
      Case(.server, [.frame(.headers, 5, 1, [0x82] + field(":scheme", "other") + [0x84])], taken)
      Case(.server, [.frame(.headers, 5, 1)], malformed)
    }
    Rule("8.3.2", "A response has :status, an interim one too") {
      Case(.client, [.requested(), .frame(.headers, 5, 1, field("x", "y"))], malformed)
      Case(.client, [.requested(), .frame(.headers, 5, 1)], malformed)
      Case(
        .client,
        [
          .requested(), .frame(.headers, 4, 1, field(":status", "100")),
          .frame(.headers, 5, 1, field("x", "y")),
        ],
        malformed
      )
      Case(.client, [.requested(), .frame(.headers, 5, 1, field(":status", "20"))], malformed)
      Case(.client, [.requested(), .frame(.headers, 5, 1, field(":status", "2000"))], malformed)
      Case(.client, [.requested(), .frame(.headers, 5, 1, field(":status", "2x0"))], malformed)
      Case(.client, [.requested(), .frame(.headers, 5, 1, field(":status", ""))], malformed)
      Case(.client, [.requested(), .frame(.headers, 5, 1, field(":status", "099"))], malformed)
      Case(.client, [.requested(), .frame(.headers, 5, 1, field(":status", "599"))], taken)
    }
    Rule(
      "8.4",
      "PUSH_PROMISE is a connection error at a server, and at a client that has refused pushes"
    ) {
      Case(
        [.open(), .frame(.pushPromise, 4, 1, [0, 0, 0, 2] + RawPeer.get)],
        .connectionError(.protocolError)
      )
      Case(
        fresh: true,
        [.preface, .frame(.settings), .open(), .frame(.pushPromise, 4, 1, [0, 0, 0, 2])],
        .connectionError(.protocolError)
      )
    }
    Rule("8.5", "CONNECT has :authority, and no :scheme or :path") {
      Case(.server, [connect(field(":authority", "x:1"))], .goesOn(["initial 1"]))
      Case(.server, [connect([])], malformed)
      Case(.server, [connect([0x84] + field(":authority", "x:1"))], malformed)
      Case(.server, [connect([0x86] + field(":authority", "x:1"))], malformed)
    }
    Rule("8.5", "Nothing but DATA and the frames that manage a stream comes on a connected stream")
    {
      Case(
        .server,
        [
          connect(field(":authority", "x:1")), accept, .frame(.data, 0, 1, [1]),
          .windowUpdate(1, 1), .priority(1), .frame(.data, 1, 1),
        ],
        .goesOn(["initial 1", "data 1 1", "data 1 0 end"])
      )
      Case(
        .server,
        [connect(field(":authority", "x:1")), accept, MessageFramingRules.trailers],
        malformed
      )
      Case(
        .client,
        [
          .requested(1, "CONNECT"), .headers(4), .frame(.data, 0, 1, [1]),
          MessageFramingRules.trailers,
        ],
        malformed
      )
      // Nothing has been connected: the answer is a response like any other.
      Case(
        .client,
        [
          .requested(1, "CONNECT"), .frame(.headers, 4, 1, field(":status", "405")),
          MessageFramingRules.trailers,
        ],
        .goesOn(["initial 1", "trailers 1 end"])
      )
    }
    Rule("8.6", "There is no status 101") {
      Case(.client, [.requested(), .frame(.headers, 4, 1, field(":status", "101"))], malformed)
    }
  }

  static func connect(_ fields: [UInt8]) -> Step {
    .frame(.headers, 4, 1, field(":method", "CONNECT") + fields)
  }

  static let accept = Step.act { $0.sendHeaders(response, on: StreamID(1), endStream: false) }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}
