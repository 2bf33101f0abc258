import Testing

@testable import HTTP2

@Suite("RFC 9113 §6.9 and §6.10, WINDOW_UPDATE and CONTINUATION")
struct WindowRules {
  static let largest: UInt32 = 0x7FFF_FFFF
  /// Sixteen bytes more than a window of 65,535 takes.
  static let tooMuch = Step.repeated(4, .frame(.data, 0, 1, zeros(16_384)))
  /// Streams have a larger window than the connection.
  static let wide: HTTP2Configuration = {
    var configuration = ConductRules.narrow
    configuration.streamWindow = 1 << 20
    configuration.maxStreamWindow = 1 << 20
    return configuration
  }()

  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("6.9", "An increment of zero is a stream error, and on the connection a connection error")
    {
      Case([.open(), .windowUpdate(1, 0)], .streamError(1, .protocolError))
      Case([.open(1, end: true), .windowUpdate(1, 0)], .streamError(1, .protocolError))
      Case([.windowUpdate(0, 0)], .connectionError(.protocolError))
      Case([.windowUpdate(0, 0x8000_0000)], .connectionError(.protocolError))
    }
    Rule("6.9", "WINDOW_UPDATE on a stream that is half-closed (remote) or closed is no error") {
      Case([.open(1, end: true), .windowUpdate(1, 1)], .goesOn(["initial 1 end"]))
      Case([.open(1, end: true), .finish(), .windowUpdate(1, 1)], .goesOn(["initial 1 end"]))
      Case([.open(), .reset(1), .windowUpdate(1, 1)], .goesOn(["initial 1", "reset 1 CANCEL"]))
    }
    Rule("6.9", "WINDOW_UPDATE of other than four bytes is a connection error") {
      Case([.frame(.windowUpdate, 0, 0, [0, 0, 1])], .connectionError(.frameSizeError))
      Case([.open(), .frame(.windowUpdate, 0, 1, zeros(5))], .connectionError(.frameSizeError))
    }
    Rule("6.9", "DATA counts for the connection's window whatever becomes of it") {
      // On a stream that we have reset: what the connection loses is given back.
      Case(
        with: ConductRules.narrow,
        [.open(), .cancel(), .repeated(3, .frame(.data, 0, 1, zeros(16_384)))],
        .goesOn(["initial 1"], sends: ["RST_STREAM 1 CANCEL", "WINDOW_UPDATE 0 32768"])
      )
      // Above the last stream of our GOAWAY, once more than the whole window.
      Case(
        .server,
        with: ConductRules.narrow,
        [
          .act { $0.goAway(.noError, debug: "") }, .headers(4, 1),
          .repeated(9, .frame(.data, 0, 1, zeros(16_384))),
        ],
        .goesOn([])
      )
      // In error: behind END_STREAM, once more than the whole window.
      Case(
        with: ConductRules.narrow,
        [.open(1, end: true), .repeated(9, .frame(.data, 0, 1, zeros(16_384)))],
        .streamError(1, .streamClosed)
      )
    }
    Rule("6.9.1", "More data than a window is FLOW_CONTROL_ERROR, padding included") {
      Case(with: ConductRules.narrow, [.open(), tooMuch], .connectionError(.flowControlError))
      Case([.open(), tooMuch, .frame(.data, 0, 1, [1])], .streamError(1, .flowControlError))
      Case(
        with: wide,
        [ConductRules.full, .frame(.data, 8, 1, [0])],
        .connectionError(.flowControlError)
      )
      Case([.open(), tooMuch, .frame(.data, 8, 1, [0])], .streamError(1, .flowControlError))
    }
    Rule("6.9.1", "A window above 2^31-1 ends the stream, or the connection") {
      Case([.windowUpdate(0, largest)], .connectionError(.flowControlError))
      Case(
        [.windowUpdate(0, largest - 65_535), .windowUpdate(0, 1)],
        .connectionError(.flowControlError)
      )
      Case([.windowUpdate(0, largest - 65_535)], .goesOn([]))
      Case([.open(), .windowUpdate(1, largest)], .streamError(1, .flowControlError))
      Case([.open(), .windowUpdate(1, largest - 65_535)], .goesOn(["initial 1"]))
    }
    Rule("6.9.1", "An empty frame with END_STREAM needs no window") {
      Case(
        .server,
        [
          .settings((4, 0)), .open(), .act { $0.answer(with: []) },
          .act { $0.sendData([], on: StreamID(1), endStream: true) },
        ],
        .goesOn(["initial 1"], sends: ["SETTINGS ack", "HEADERS 1", "DATA 1 0 end"])
      )
    }
    Rule(
      "6.9.2",
      "A change of INITIAL_WINDOW_SIZE moves the windows of open streams, below zero too"
    ) {
      Case(
        .server,
        [
          .open(), .act { $0.answer(with: [1, 2, 3]) }, .settings((4, 2)),
          .act { $0.sendData([4, 5], on: StreamID(1)) }, .windowUpdate(1, 1), .windowUpdate(1, 1),
          .settings((4, 3)),
        ],
        .goesOn(
          ["initial 1"],
          sends: ["HEADERS 1", "DATA 1 3", "SETTINGS ack", "DATA 1 1", "SETTINGS ack", "DATA 1 1"]
        )
      )
      Case(
        .client,
        [
          .requested(), .act { $0.sendData([1, 2, 3], on: StreamID(1)) }, .settings((4, 2)),
          .act { $0.sendData([4, 5], on: StreamID(1)) }, .windowUpdate(1, 1), .windowUpdate(1, 1),
          .settings((4, 3)),
        ],
        .goesOn(
          [],
          sends: ["HEADERS 1", "DATA 1 3", "SETTINGS ack", "DATA 1 1", "SETTINGS ack", "DATA 1 1"]
        )
      )
    }
    Rule("6.9.2", "SETTINGS leave the connection's window alone") {
      Case(
        .client,
        [
          .requested(), .settings((4, largest)),
          .act { $0.sendData(zeros(65_536), on: StreamID(1)) }, .windowUpdate(0, 1),
        ],
        .goesOn(
          [],
          sends: [
            "HEADERS 1", "SETTINGS ack", "DATA 1 16384", "DATA 1 16384", "DATA 1 16384",
            "DATA 1 16383", "DATA 1 1",
          ]
        )
      )
    }
    Rule("6.9.2", "A change that makes a window larger than 2^31-1 is a connection error") {
      Case(
        [.open(), .windowUpdate(1, largest - 65_535), .settings((4, 65_536))],
        .connectionError(.flowControlError)
      )
    }
    Rule("6.9.3", "Data that is sent before the peer knows of a smaller window is taken") {
      Case(
        fresh: true,
        with: smaller,
        [.preface, .frame(.settings), .open(), .repeated(3, .frame(.data, 0, 1, zeros(16_384)))],
        .goesOn(["initial 1", "data 1 16384", "data 1 16384", "data 1 16384"])
      )
    }
    Rule("6.10", "A field block may come in many frames") {
      Case(
        [
          .requested(), .headers(1), .frame(.continuation, 0, 1, [0]), .frame(.continuation, 0, 1),
          .frame(.continuation, 4, 1, Array(field("x", "y").dropFirst())),
        ],
        .goesOn(["initial 1 end"])
      )
    }
    Rule("6.10", "CONTINUATION on stream 0 is a connection error") {
      Case([.requested(), .headers(1), .frame(.continuation, 4)], .connectionError(.protocolError))
      Case([.frame(.continuation, 4)], .connectionError(.protocolError))
    }
    Rule("6.10", "CONTINUATION that follows no open field block is a connection error") {
      Case([.frame(.continuation, 4, 1)], .connectionError(.protocolError))
      Case([.open(), .frame(.continuation, 4, 1)], .connectionError(.protocolError))
      Case(
        [.open(), .frame(.data, 0, 1, [1]), .frame(.continuation, 4, 1)],
        .connectionError(.protocolError)
      )
      Case(
        [.requested(), .headers(1), .frame(.continuation, 4, 1), .frame(.continuation, 4, 1)],
        .connectionError(.protocolError)
      )
    }
    Rule("6.10", "Without END_HEADERS, another CONTINUATION of the same stream follows") {
      Case(
        [.requested(), .headers(1), .frame(.continuation, 0, 1), .frame(.data, 0, 1, [1])],
        .connectionError(.protocolError)
      )
      Case(
        [.requested(), .headers(1), .frame(.continuation, 0, 1), .frame(.continuation, 4, 3)],
        .connectionError(.protocolError)
      )
      Case(
        [.requested(), .headers(1), .frame(.continuation, 0, 1), .reset(1)],
        .connectionError(.protocolError)
      )
    }
  }

  /// An end whose streams take 1,000 bytes, once the peer knows.
  static let smaller: HTTP2Configuration = {
    var configuration = HTTP2Configuration()
    configuration.streamWindow = 1_000
    return configuration
  }()

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}
