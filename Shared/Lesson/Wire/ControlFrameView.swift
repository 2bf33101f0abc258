internal import HTTP2

/// What the frames say that carry neither header fields nor messages (RFC 9113 §6.3 to §6.9).
enum ControlFrameView {
  /// Meaning and nodes of a frame's payload, which begins behind the nine bytes of its header.
  static func read(
    _ type: FrameType,
    _ payload: [UInt8],
    isAcknowledgement: Bool,
    isFromClient: Bool
  ) -> (meaning: [String], nodes: [WireNode]) {
    switch type {
    case .settings: isAcknowledgement ? (["your settings hold now"], []) : settings(payload)
    case .windowUpdate: number(payload, "window", "may send \(grouped(payload, 0)) bytes more")
    case .resetStream: reset(payload, isFromClient)
    case .goAway: goAway(payload, isFromClient)
    case .ping: ping(payload, isAcknowledgement)
    case .priority: (["advice on the order of streams; long out of use"], [rest(payload)])
    case .pushPromise: (["a response that nobody asked for is on its way"], [rest(payload)])
    case .data, .headers, .continuation: ([], [])
    }
  }

  private static let start = FrameHeader.size

  private static func grouped(_ payload: [UInt8], _ offset: Int) -> String {
    Quantity.grouped(Hex.number(payload.dropFirst(offset).prefix(4)) & 0x7FFF_FFFF)
  }

  private static func rest(_ payload: [UInt8]) -> WireNode {
    WireNode(bytes: start..<(start + payload.count), text: "\(payload.count) bytes", isLayout: true)
  }

  private static func number(
    _ payload: [UInt8],
    _ name: String,
    _ meaning: String
  ) -> (meaning: [String], nodes: [WireNode]) {
    ([meaning], [WireNode(bytes: start..<(start + payload.count), text: meaning, isLayout: true)])
  }

  // MARK: SETTINGS

  /// Name, and what it means to the end that receives it.
  static func setting(_ identifier: Int, _ value: Int) -> (text: String, note: String) {
    let size = Quantity.grouped(value)
    return switch identifier {
    case 1: ("HEADER_TABLE_SIZE \(size)", "bytes in the table for my header blocks")
    case 2: ("ENABLE_PUSH \(value)", value == 0 ? "no pushed responses" : "push if you like")
    case 3: ("MAX_CONCURRENT_STREAMS \(size)", "calls at the same time")
    case 4: ("INITIAL_WINDOW_SIZE \(size)", "bytes that each stream may send me at first")
    case 5: ("MAX_FRAME_SIZE \(size)", "bytes in one frame")
    case 6: ("MAX_HEADER_LIST_SIZE \(size)", "bytes in one header list")
    case 8:
      ("ENABLE_CONNECT_PROTOCOL \(value)", "CONNECT for others than TCP; gRPC has no use for it")
    case 9: ("NO_RFC7540_PRIORITIES \(value)", "PRIORITY frames are not heeded")
    case 0xFE03: ("GRPC_ALLOW_TRUE_BINARY_METADATA \(value)", "grpcio's own; others ignore it")
    case 0xFE04: ("GRPC_PREFERRED_RECEIVE_FRAME_SIZE \(size)", "grpcio's own; others ignore it")
    case 0xFE05: ("GRPC_ALLOW_SECURITY_FRAME \(value)", "grpcio's own; others ignore it")
    default: ("setting \(identifier) = \(value)", "unknown settings are ignored")
    }
  }

  private static func rule(ofSetting identifier: Int) -> String {
    switch identifier {
    case 1...6: "RFC 9113 §6.5.2"
    case 8: "RFC 8441 §3"
    case 9: "RFC 9218 §2.1.1"
    default: "RFC 9113 §6.5.3"
    }
  }

  private static func settings(_ payload: [UInt8]) -> (meaning: [String], nodes: [WireNode]) {
    var meaning: [String] = []
    var nodes: [WireNode] = []
    for offset in stride(from: 0, through: payload.count - 6, by: 6) {
      let identifier = Hex.number(payload[offset..<(offset + 2)])
      let (text, note) = setting(identifier, Hex.number(payload[(offset + 2)..<(offset + 6)]))
      let place = start + offset
      meaning.append(identifier >= 0xFE00 ? "\(text) (\(note))" : text)
      nodes.append(
        WireNode(
          bytes: place..<(place + 6),
          text: text,
          note: note,
          rule: rule(ofSetting: identifier),
          children: [
            WireNode(bytes: place..<(place + 2), text: "identifier \(identifier)", isLayout: true),
            WireNode(bytes: (place + 2)..<(place + 6), text: "value", isLayout: true),
          ]
        )
      )
    }
    return (nodes.isEmpty ? ["all as the RFC sets it"] : [meaning.joined(separator: ", ")], nodes)
  }

  // MARK: The end of streams and connections

  private static func reset(
    _ payload: [UInt8],
    _ isFromClient: Bool
  ) -> (meaning: [String], nodes: [WireNode]) {
    let code = ErrorCode(rawValue: UInt32(truncatingIfNeeded: Hex.number(payload.prefix(4))))
    let explanation: String =
      switch code {
      case .cancel: "the call is given up"
      case .refusedStream: "not looked at; try again"
      case .noError where isFromClient: "I need no more of the response"
      case .noError: "I have answered and need no more of the request"
      case .enhanceYourCalm: "you ask too much of me"
      case .flowControlError: "more was sent than the window allows"
      default: "the call has failed"
      }
    return number(payload, "error", "\(code): \(explanation)")
  }

  private static func goAway(
    _ payload: [UInt8],
    _ isFromClient: Bool
  ) -> (meaning: [String], nodes: [WireNode]) {
    guard payload.count >= 8 else { return (["too short"], [rest(payload)]) }
    let last = Hex.number(payload[..<4]) & 0x7FFF_FFFF
    let code = ErrorCode(rawValue: UInt32(truncatingIfNeeded: Hex.number(payload[4..<8])))
    let debug = String(decoding: payload[8...], as: UTF8.self)
    let streams =
      switch last {
      case 0x7FFF_FFFF: "no new calls, please; which was the last, I say later"
      case 0 where isFromClient: "I leave; streams of yours I have seen none"
      case 0: "I have looked at no call"
      default: "the last call that I looked at is stream \(last)"
      }
    var nodes = [
      WireNode(bytes: start..<(start + 4), text: "last stream \(last)", isLayout: true),
      WireNode(bytes: (start + 4)..<(start + 8), text: "\(code)", isLayout: true),
    ]
    if !debug.isEmpty {
      nodes.append(
        WireNode(
          bytes: (start + 8)..<(start + payload.count),
          text: "\(debug.debugDescription)",
          isLayout: true
        )
      )
    }
    let words = debug.isEmpty ? "" : " – \(debug.debugDescription)"
    return (["\(code): \(streams)\(words)"], nodes)
  }

  // MARK: PING

  /// Pings whose payload tells who sends them and why.
  private static let knownPings: [[UInt8]: String] = [
    [2, 4, 16, 16, 9, 14, 7, 7]: "grpc-go measures bandwidth: how much comes in until the answer?",
    [1, 6, 1, 8, 0, 3, 3, 9]: "grpc-go drains: the answer shows that its GOAWAY has arrived",
    Array("graceful".utf8): "draining: the answer shows that the GOAWAY has arrived",
    [UInt8](repeating: 0, count: 8): "keepalive: are you there?",
  ]

  private static func ping(
    _ payload: [UInt8],
    _ isAcknowledgement: Bool
  ) -> (meaning: [String], nodes: [WireNode]) {
    let meaning = knownPings[payload] ?? "are you there? (or a measurement: grpcio does that, too)"
    return ([isAcknowledgement ? "I am here" : meaning], [rest(payload)])
  }
}
