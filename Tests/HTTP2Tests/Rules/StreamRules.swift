import Testing

@testable import HTTP2

@Suite("RFC 9113 §5.1, the states of a stream")
struct StreamStateRules {
  static let bothEnded = Step.all([.open(1, end: true), .finish()])
  static let resetByPeer = Step.all([.open(), .reset(1)])
  static let resetByUs = Step.all([.open(), .cancel()])
  static let halfClosedRemote = Step.open(1, end: true)
  static let control = Step.all([.windowUpdate(1, 1), .priority(1), .reset(1)])

  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("5.1", "Idle: anything but HEADERS and PRIORITY is a connection error") {
      Case([.frame(.data, 1, 1, [1])], .connectionError(.protocolError))
      Case([.reset(1)], .connectionError(.protocolError))
      Case([.windowUpdate(1, 1)], .connectionError(.protocolError))
      Case([.windowUpdate(2, 1)], .connectionError(.protocolError))
      Case([.frame(.continuation, 4, 1)], .connectionError(.protocolError))
      Case([.frame(.pushPromise, 4, 1, [0, 0, 0, 2])], .connectionError(.protocolError))
      Case([.priority(1), .priority(2)], .goesOn([]))
    }
    Rule(
      "5.1",
      "Idle: HEADERS on a stream of the server's, or on one that the client has not opened, is a connection error"
    ) {
      Case([.headers(4, 2)], .connectionError(.protocolError))
      Case(.client, [.headers(4, 1)], .connectionError(.protocolError))
    }
    Rule("5.1", "Half-closed (local): every frame is taken") {
      Case(
        .server,
        [
          .open(), .act { $0.sendHeaders(response, on: StreamID(1), endStream: true) },
          .windowUpdate(1, 1), .priority(1), .frame(.data, 0, 1, [1]),
          .frame(.headers, 5, 1, field("x", "y")),
        ],
        .goesOn(["initial 1", "data 1 1", "trailers 1 end"], sends: ["HEADERS 1 end"])
      )
      Case(
        .client,
        [
          .requested(), .finish(), .windowUpdate(1, 1), .priority(1), .headers(),
          .frame(.data, 0, 1, [1]), .frame(.headers, 5, 1, field("x", "y")),
        ],
        .goesOn(["initial 1", "data 1 1", "trailers 1 end"])
      )
      Case([.open(), .finish(), .reset(1)], .goesOn(["initial 1", "reset 1 CANCEL"]))
    }
    Rule(
      "5.1",
      "Half-closed (remote): anything but WINDOW_UPDATE, PRIORITY and RST_STREAM is a stream error"
    ) {
      Case([halfClosedRemote, .frame(.data, 0, 1, [1])], .streamError(1, .streamClosed))
      Case([halfClosedRemote, .frame(.data, 1, 1)], .streamError(1, .streamClosed))
      Case(
        [halfClosedRemote, .frame(.headers, 5, 1, field("x", "y"))],
        .streamError(1, .streamClosed)
      )
      Case(
        [halfClosedRemote, .headers(0), .frame(.continuation, 4, 1)],
        .streamError(1, .streamClosed)
      )
      Case([halfClosedRemote, control], .goesOn(["initial 1 end", "reset 1 CANCEL"], sends: []))
    }
    Rule(
      "5.1",
      "Closed by both: DATA and HEADERS are errors of type STREAM_CLOSED, control frames are none"
    ) {
      Case([bothEnded, .frame(.data, 1, 1, [1])], .connectionError(.streamClosed))
      Case([bothEnded, .headers(5)], .connectionError(.streamClosed))
      Case([bothEnded, control], .goesOn(["initial 1 end"]))
    }
    Rule(
      "5.1",
      "Closed by the peer's RST_STREAM: DATA and HEADERS are stream errors, control frames are none"
    ) {
      Case([resetByPeer, .frame(.data, 1, 1, [1])], .streamError(1, .streamClosed))
      Case([resetByPeer, .frame(.headers, 5, 1, field("x", "y"))], .streamError(1, .streamClosed))
      Case([resetByPeer, .frame(.continuation, 4, 1)], .connectionError(.protocolError))
      Case([resetByPeer, control], .goesOn(["initial 1", "reset 1 CANCEL"], sends: []))
    }
    Rule("5.1", "Closed by our RST_STREAM: what was on its way is discarded") {
      Case(
        [
          resetByUs, .frame(.data, 0, 1, [1, 2]), .frame(.headers, 5, 1, field("x", "y")), control,
        ],
        .goesOn(["initial 1"], sends: ["RST_STREAM 1 CANCEL"])
      )
      Case(
        .client,
        [.requested(), .cancel(), .headers(), .frame(.data, 1, 1, [1, 2])],
        .goesOn([], sends: ["HEADERS 1", "RST_STREAM 1 CANCEL"])
      )
    }
    Rule("5.1.1", "A client's streams have odd numbers, and 0 is none") {
      Case([.headers(5, 0)], .connectionError(.protocolError))
      Case([.headers(5, 2)], .connectionError(.protocolError))
      Case([.open(1, end: true), .headers(5, 4)], .connectionError(.protocolError))
    }
    Rule("5.1.1", "The number of a new stream is greater than all before it") {
      Case(.server, [.headers(5, 5), .headers(5, 3)], .connectionError(.protocolError))
      Case(.server, [.headers(4, 5), .reset(5), .headers(5, 1)], .connectionError(.protocolError))
    }
    Rule("5.1.1", "Streams that were passed over are closed") {
      Case(.server, [.headers(4, 5), .frame(.data, 1, 3, [1])], .streamError(3, .streamClosed))
      Case(
        .server,
        [.headers(4, 5), .windowUpdate(3, 1), .reset(3), .priority(3)],
        .goesOn(["initial 5"], sends: [])
      )
    }
    Rule("5.1.2", "A stream above the limit is refused, and the others go on") {
      Case(
        .server,
        with: FrameRules.limited,
        [.headers(4, 1), .headers(4, 3)],
        .streamError(3, .refusedStream)
      )
      Case(
        .server,
        with: FrameRules.limited,
        [
          .headers(4, 1), .headers(4, 3), .frame(.data, 1, 3, [1]), .windowUpdate(3, 1), .reset(3),
          .frame(.data, 1, 1, [1]),
        ],
        .goesOn(["initial 1", "data 1 1 end"], sends: ["RST_STREAM 3 REFUSED_STREAM"])
      )
    }
    Rule("5.1.2", "Half-closed streams count, closed ones do not") {
      Case(
        .server,
        with: FrameRules.limited,
        [.headers(5, 1), .headers(5, 3)],
        .streamError(3, .refusedStream)
      )
      Case(
        .server,
        with: FrameRules.limited,
        [.headers(5, 1), .finish(1), .headers(5, 3)],
        .goesOn(["initial 1 end", "initial 3 end"])
      )
      Case(
        .server,
        with: FrameRules.limited,
        [.headers(4, 1), .reset(1), .headers(5, 3)],
        .goesOn(["initial 1", "reset 1 CANCEL", "initial 3 end"])
      )
    }
    Rule("5.1.2", "A client opens no more streams than the server allows, none included") {
      Case(
        .client,
        [.settings((3, 1)), .requested(1), .requested(3)],
        .goesOn([], sends: ["SETTINGS ack", "HEADERS 1"])
      )
      Case(.client, [.settings((3, 0)), .requested(1)], .goesOn([], sends: ["SETTINGS ack"]))
      Case(
        .client,
        [.settings((3, 0)), .requested(1), .settings((3, 1)), .requested(1)],
        .goesOn([], sends: ["SETTINGS ack", "SETTINGS ack", "HEADERS 1"])
      )
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

@Suite("RFC 9113 §5.2 to §5.5, flow control, priorities, errors, extensions")
struct ConductRules {
  /// An end whose windows are as small as they may be.
  static let narrow: HTTP2Configuration = {
    var configuration = HTTP2Configuration()
    configuration.connectionWindow = 65_535
    configuration.streamWindow = 65_535
    configuration.maxConnectionWindow = 65_535
    configuration.maxStreamWindow = 65_535
    return configuration
  }()
  /// Fills the windows of stream 1 and of the connection, and nobody consumes.
  static let full = Step.all([
    .open(), .repeated(3, .frame(.data, 0, 1, zeros(16_384))), .frame(.data, 0, 1, zeros(16_383)),
  ])
  static let fullEvents = [
    "initial 1", "data 1 16384", "data 1 16384", "data 1 16384", "data 1 16383",
  ]

  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("5.2.1", "Only DATA is subject to flow control") {
      Case(
        with: narrow,
        [full, .ping, .windowUpdate(0, 1), .settings((3, 9))],
        .goesOn(fullEvents, sends: ["PING ack", "SETTINGS ack"])
      )
      Case(
        with: narrow,
        [full, .open(3, field("x", "y"), end: true)],
        .goesOn(fullEvents + ["initial 3 end"])
      )
      Case(
        with: narrow,
        [full, .frame(.headers, 5, 1, field("x", "y"))],
        .goesOn(fullEvents + ["trailers 1 end"])
      )
      Case(with: narrow, [full, .frame(.data, 1, 1)], .goesOn(fullEvents + ["data 1 0 end"]))
    }
    Rule("5.2.1", "A sender respects the windows of its peer") {
      Case(
        .server,
        [.settings((4, 2)), .open(), .act { $0.answer(with: [1, 2, 3]) }],
        .goesOn(["initial 1"], sends: ["SETTINGS ack", "HEADERS 1", "DATA 1 2"])
      )
      Case(
        .client,
        [.settings((4, 2)), .requested(), .act { $0.sendData([1, 2, 3], on: StreamID(1)) }],
        .goesOn([], sends: ["SETTINGS ack", "HEADERS 1", "DATA 1 2"])
      )
    }
    Rule("5.2.2", "Frames are read and obeyed while the consumer of a stream stands still") {
      Case(
        .server,
        with: narrow,
        [.settings((4, 0)), full, .act { $0.answer(with: [1, 2, 3]) }, .windowUpdate(1, 3)],
        .goesOn(fullEvents, sends: ["SETTINGS ack", "HEADERS 1", "DATA 1 3"])
      )
    }
    Rule("5.3.2", "Priorities are taken in every state of a stream, and change nothing") {
      Case(
        [.requested(), .headers(0x25, 1, before: [0x80, 0, 0, 0, 255])],
        .goesOn(["initial 1 end"])
      )
      Case(
        [.requested(), .headers(0x25, 1, before: [0, 0, 0, 99, 0])],
        .goesOn(["initial 1 end"])
      )
      Case([.priority(7), .open(), .priority(1), .priority(1)], .goesOn(["initial 1"]))
      Case(
        [.open(1, end: true), .priority(1), .finish(), .priority(1)],
        .goesOn(["initial 1 end"])
      )
    }
    Rule("5.3.1", "A stream that depends on itself is a stream error (RFC 7540)") {
      Case(
        [.requested(), .headers(0x24, 1, before: [0, 0, 0, 1, 0])],
        .streamError(1, .protocolError)
      )
      Case(
        [
          .requested(), .headers(0x20, 1, before: [0x80, 0, 0, 1, 0]), .frame(.continuation, 4, 1),
        ],
        .streamError(1, .protocolError)
      )
      Case([.open(), .frame(.priority, 0, 1, [0, 0, 0, 1, 0])], .streamError(1, .protocolError))
    }
    Rule(
      "5.4.1",
      "A connection error is GOAWAY with the last stream that was taken, and the end of all reading"
    ) {
      Case(
        .server,
        [.headers(4, 1), .headers(4, 5), .frame(.data, 0, 0, [1])],
        .connectionError(.protocolError)
      )
      Case(
        [.frame(.settings, 0, 1), .ping, .frame(.goAway, 0, 3)],
        .connectionError(.protocolError)
      )
    }
    Rule("5.4.2", "A stream error is one RST_STREAM; what follows on the stream is ignored") {
      Case(
        [
          .requested(), .headers(4, 1, [0x84, 0x84]), .frame(.data, 0, 1, [1]),
          .frame(.headers, 5, 1, field("x", "y")), StreamStateRules.control,
        ],
        .streamError(1, .protocolError)
      )
    }
    Rule("5.4.2", "RST_STREAM is never answered with RST_STREAM") {
      Case([.open(), .reset(1), .reset(1), .reset(1)], .goesOn(["initial 1", "reset 1 CANCEL"]))
      Case([.open(), .cancel(), .reset(1)], .goesOn(["initial 1"]))
      Case(
        .server,
        with: FrameRules.limited,
        [.headers(4, 1), .headers(4, 3), .reset(3)],
        .streamError(3, .refusedStream)
      )
    }
    Rule("5.5", "Unknown frames, settings and error codes are ignored") {
      Case(
        [.open(), .raw(0xF0, 0xFF, 1, zeros(100)), .settings((0xF0F0, .max), (0, 1))],
        .goesOn(["initial 1"])
      )
      Case([.open(), .reset(1, 0xFFFF_FFFF)], .goesOn(["initial 1", "reset 1 error 4294967295"]))
    }
    Rule("5.5", "An unknown frame within a field block is a connection error") {
      Case([.requested(), .headers(0), .raw(0x16, 0, 0, [1])], .connectionError(.protocolError))
      Case([.requested(), .headers(0), .raw(0x16, 0, 1, [1])], .connectionError(.protocolError))
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

extension HTTP2Connection {
  /// A server answers stream 1, and has more to say.
  func answer(with body: [UInt8]) {
    sendHeaders(response, on: StreamID(1), endStream: false)
    sendData(body, on: StreamID(1))
  }
}
