import Testing

@testable import HTTP2

@Suite("RFC 9113 §6.1 to §6.4, DATA, HEADERS, PRIORITY, RST_STREAM")
struct StreamFrameRules {
  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("6.1", "DATA on stream 0 is a connection error") {
      Case([.open(), .frame(.data, 1, 0, [1])], .connectionError(.protocolError))
    }
    Rule("6.1", "DATA on a stream that is neither open nor half-closed (local) is STREAM_CLOSED") {
      Case([.open(1, end: true), .frame(.data, 1, 1, [1])], .streamError(1, .streamClosed))
      Case([.open(), .reset(1), .frame(.data, 1, 1, [1])], .streamError(1, .streamClosed))
      Case(
        [.open(1, end: true), .finish(), .frame(.data, 1, 1, [1])],
        .connectionError(.streamClosed)
      )
    }
    Rule("6.1", "Padding is taken off, and may be all that there is") {
      Case(
        [.open(), .frame(.data, 9, 1, [2, 7, 7, 0, 0])],
        .goesOn(["initial 1", "data 1 2 end"])
      )
      Case([.open(), .frame(.data, 9, 1, [0, 7])], .goesOn(["initial 1", "data 1 1 end"]))
      Case([.open(), .frame(.data, 9, 1, [3, 0, 0, 0])], .goesOn(["initial 1", "data 1 0 end"]))
      Case(
        [.open(), .frame(.data, 9, 1, [255] + zeros(255))],
        .goesOn(["initial 1", "data 1 0 end"])
      )
    }
    Rule("6.1", "Padding as long as the payload or longer is a connection error") {
      Case([.open(), .frame(.data, 8, 1, [1])], .connectionError(.protocolError))
      Case([.open(), .frame(.data, 8, 1, [6, 0, 0, 0, 0, 0])], .connectionError(.protocolError))
      Case([.open(), .frame(.data, 8, 1, [255, 0])], .connectionError(.protocolError))
      Case([.open(), .frame(.data, 8, 1)], .connectionError(.frameSizeError))
    }
    Rule("6.2", "HEADERS may hold padding and a priority") {
      Case(
        [.requested(), .headers(0x0D, 1, before: [2], behind: [0, 0])],
        .goesOn(["initial 1 end"])
      )
      Case([.requested(), .headers(0x25, 1, before: [0, 0, 0, 0, 1])], .goesOn(["initial 1 end"]))
      Case(
        [.requested(), .headers(0x2D, 1, before: [2, 0, 0, 0, 0, 1], behind: [0, 0])],
        .goesOn(["initial 1 end"])
      )
    }
    Rule("6.2", "HEADERS on stream 0 is a connection error") {
      Case([.headers(5, 0)], .connectionError(.protocolError))
    }
    Rule("6.2", "Padding longer than what there is room for is a connection error") {
      Case([.requested(), .frame(.headers, 0x0C, 1, [1])], .connectionError(.protocolError))
      Case([.requested(), .headers(0x0C, 1, before: [200])], .connectionError(.protocolError))
      // The padding would lie over the priority.
      Case(
        [.requested(), .frame(.headers, 0x2C, 1, [3, 0, 0, 0, 0, 1, 0])],
        .connectionError(.protocolError)
      )
    }
    Rule("6.2", "Without END_HEADERS, a CONTINUATION of the same stream follows") {
      Case(
        [.requested(), .headers(1), .frame(.continuation, 4, 1, field("x", "y"))],
        .goesOn(["initial 1 end"])
      )
      Case(
        [.requested(), .headers(1), .frame(.continuation, 4, 3)],
        .connectionError(.protocolError)
      )
      Case([.requested(), .headers(1), .headers(5)], .connectionError(.protocolError))
      Case([.requested(), .headers(1), .windowUpdate(1, 1)], .connectionError(.protocolError))
      Case([.requested(), .headers(1), .goAway(0)], .connectionError(.protocolError))
    }
    Rule("6.3", "PRIORITY on stream 0 is a connection error") {
      Case([.priority(0)], .connectionError(.protocolError))
    }
    Rule("6.3", "PRIORITY of other than five bytes is a stream error") {
      Case([.open(), .frame(.priority, 0, 1, [0, 0, 0, 0])], .streamError(1, .frameSizeError))
      Case([.open(), .frame(.priority, 0, 1, zeros(6))], .streamError(1, .frameSizeError))
      Case([.open(), .frame(.priority, 0, 1)], .streamError(1, .frameSizeError))
    }
    Rule("6.3", "PRIORITY does not change the state of a stream") {
      Case(.server, [.priority(9), .headers(5, 1)], .goesOn(["initial 1 end"], sends: []))
      Case([.priority(1), .frame(.data, 0, 1)], .connectionError(.protocolError))
    }
    Rule("6.4", "RST_STREAM on stream 0 is a connection error") {
      Case([.reset(0)], .connectionError(.protocolError))
    }
    Rule("6.4", "RST_STREAM on an idle stream is a connection error") {
      Case([.reset(1)], .connectionError(.protocolError))
      Case([.reset(2)], .connectionError(.protocolError))
      Case([.open(), .reset(3)], .connectionError(.protocolError))
    }
    Rule("6.4", "RST_STREAM of other than four bytes is a connection error") {
      Case([.open(), .frame(.resetStream, 0, 1, [0, 0, 0])], .connectionError(.frameSizeError))
      Case([.open(), .frame(.resetStream, 0, 1, zeros(5))], .connectionError(.frameSizeError))
    }
    Rule("6.4", "After RST_STREAM nothing more is sent on the stream, what was queued included") {
      Case(
        .server,
        [
          .settings((4, 0)), .open(), .act { $0.answer(with: [1]) }, .reset(1), .windowUpdate(1, 9),
          .act { $0.answer(with: [1]) },
        ],
        .goesOn(["initial 1", "reset 1 CANCEL"], sends: ["SETTINGS ack", "HEADERS 1"])
      )
      Case(
        .client,
        [
          .requested(), .headers(), .reset(1), .act { $0.sendData([1], on: StreamID(1)) },
          .finish(),
        ],
        .goesOn(["initial 1", "reset 1 CANCEL"], sends: ["HEADERS 1"])
      )
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}

@Suite("RFC 9113 §6.5 to §6.8, SETTINGS, PUSH_PROMISE, PING, GOAWAY")
struct ConnectionFrameRules {
  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("6.5", "An acknowledgement with a payload is a connection error") {
      Case([.frame(.settings, 1, 0, zeros(6))], .connectionError(.frameSizeError))
      Case([.frame(.settings, 1, 0, [0])], .connectionError(.frameSizeError))
    }
    Rule("6.5", "SETTINGS on a stream is a connection error") {
      Case([.frame(.settings, 0, 1)], .connectionError(.protocolError))
      Case([.frame(.settings, 1, 1)], .connectionError(.protocolError))
    }
    Rule("6.5", "SETTINGS whose length is no multiple of six is a connection error") {
      Case([.frame(.settings, 0, 0, zeros(5))], .connectionError(.frameSizeError))
      Case([.frame(.settings, 0, 0, zeros(7))], .connectionError(.frameSizeError))
    }
    Rule("6.5.2", "ENABLE_PUSH is 0 or 1, and 0 from a server") {
      Case([.settings((2, 0))], .goesOn([], sends: ["SETTINGS ack"]))
      Case(.server, [.settings((2, 1))], .goesOn([], sends: ["SETTINGS ack"]))
      Case(.client, [.settings((2, 1))], .connectionError(.protocolError))
      Case([.settings((2, 2))], .connectionError(.protocolError))
      Case([.settings((2, .max))], .connectionError(.protocolError))
    }
    Rule("6.5.2", "INITIAL_WINDOW_SIZE is at most 2^31-1") {
      Case([.settings((4, 0x7FFF_FFFF))], .goesOn([], sends: ["SETTINGS ack"]))
      Case([.settings((4, 0x8000_0000))], .connectionError(.flowControlError))
    }
    Rule("6.5.2", "MAX_FRAME_SIZE is from 2^14 to 2^24-1") {
      Case([.settings((5, 16_384), (5, 16_777_215))], .goesOn([], sends: ["SETTINGS ack"]))
      Case([.settings((5, 16_383))], .connectionError(.protocolError))
      Case([.settings((5, 16_777_216))], .connectionError(.protocolError))
    }
    Rule("6.5.2", "Every other value is taken, and an unknown setting is ignored") {
      Case(
        [.settings((1, .max), (1, 0), (3, .max), (6, .max), (6, 0), (7, 1), (0xFFFF, .max))],
        .goesOn([], sends: ["SETTINGS ack"])
      )
    }
    Rule(
      "6.5.3",
      "Values hold in the order in which they stand, before anything else is done, and are acknowledged at once"
    ) {
      Case(
        .server,
        [
          .settings((4, 1)), .open(), .act { $0.answer(with: [1, 2, 3, 4]) },
          .settings((4, 9), (4, 2)), .settings((4, 9)),
        ],
        .goesOn(
          ["initial 1"],
          sends: [
            "SETTINGS ack", "HEADERS 1", "DATA 1 1", "SETTINGS ack", "DATA 1 1", "SETTINGS ack",
            "DATA 1 2",
          ]
        )
      )
    }
    Rule("6.5.3", "An acknowledgement that nobody waits for changes nothing") {
      Case([.frame(.settings, 1), .frame(.settings, 1)], .goesOn([], sends: []))
    }
    Rule(
      "6.6",
      "PUSH_PROMISE is a connection error: a client never pushes, and ours has said that it takes none"
    ) {
      Case(
        [.open(), .frame(.pushPromise, 4, 1, [0, 0, 0, 2] + RawPeer.get)],
        .connectionError(.protocolError)
      )
      Case(
        [.open(1, end: true), .frame(.pushPromise, 4, 1, [0, 0, 0, 2] + RawPeer.get)],
        .connectionError(.protocolError)
      )
      Case(
        [.frame(.pushPromise, 4, 0, [0, 0, 0, 2] + RawPeer.get)],
        .connectionError(.protocolError)
      )
      Case(
        [.frame(.pushPromise, 4, 3, [0, 0, 0, 2] + RawPeer.get)],
        .connectionError(.protocolError)
      )
      Case([.open(), .frame(.pushPromise, 0, 1, [0, 0, 0, 2])], .connectionError(.protocolError))
      Case([.open(), .frame(.pushPromise, 12, 1, [9])], .connectionError(.protocolError))
    }
    Rule("6.7", "PING is answered, an answer is not") {
      Case([.ping, .ping], .goesOn([], sends: ["PING ack", "PING ack"]))
      Case([.frame(.ping, 1, 0, [0, 0, 0, 0, 0, 0, 0, 7])], .goesOn(["pong 7"], sends: []))
    }
    Rule("6.7", "PING on a stream is a connection error") {
      Case([.frame(.ping, 0, 1, zeros(8))], .connectionError(.protocolError))
      Case([.open(), .frame(.ping, 1, 1, zeros(8))], .connectionError(.protocolError))
    }
    Rule("6.7", "PING of other than eight bytes is a connection error") {
      Case([.frame(.ping, 0, 0, zeros(7))], .connectionError(.frameSizeError))
      Case([.frame(.ping, 1, 0, zeros(9))], .connectionError(.frameSizeError))
      Case([.frame(.ping)], .connectionError(.frameSizeError))
    }
    Rule("6.8", "GOAWAY on a stream, or too short for its fields, is a connection error") {
      Case([.frame(.goAway, 0, 1, zeros(8))], .connectionError(.protocolError))
      Case([.frame(.goAway, 0, 0, zeros(7))], .connectionError(.frameSizeError))
    }
    Rule("6.8", "After GOAWAY no stream is opened, and those up to the last one go on") {
      Case(
        .client,
        [.requested(1), .requested(3), .goAway(1, debug: [1, 2]), .requested(5), .headers(5, 1)],
        .goesOn(
          ["goaway 1 NO_ERROR", "unprocessed 3", "initial 1 end"],
          sends: ["HEADERS 1", "HEADERS 3"]
        )
      )
      Case(
        .server,
        [.headers(4, 1), .goAway(0), .frame(.data, 1, 1, [1])],
        .goesOn(["initial 1", "goaway 0 NO_ERROR", "data 1 1 end"])
      )
    }
    Rule("6.8", "A second GOAWAY names no more streams than the first, whoever sends it") {
      Case(
        .client,
        [.requested(1), .requested(3), .goAway(1), .goAway(3)],
        .goesOn(["goaway 1 NO_ERROR", "unprocessed 3", "goaway 3 NO_ERROR"])
      )
      Case(
        .server,
        [
          .headers(4, 1), .act { $0.goAway(.noError, debug: "") }, .headers(4, 3),
          .act { $0.goAway(.noError, debug: "") },
        ],
        .goesOn(["initial 1"], sends: ["GOAWAY 1 NO_ERROR", "GOAWAY 1 NO_ERROR"])
      )
    }
    Rule("6.8", "After our GOAWAY the peer's new streams are ignored, with all that comes on them")
    {
      Case(
        .server,
        [
          .headers(4, 1), .act { $0.goAway(.noError, debug: "") }, .headers(4, 3),
          .frame(.data, 0, 3, [1]), .windowUpdate(3, 1), .reset(3), .frame(.data, 1, 1, [1]),
        ],
        .goesOn(["initial 1", "data 1 1 end"], sends: ["GOAWAY 1 NO_ERROR"])
      )
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}
