internal import HTTP2

/// The RFC's names for frames and their flags, and where it says so.
enum FrameNames {
  static func name(_ type: UInt8) -> String {
    switch FrameType(rawValue: type) {
    case .data: "DATA"
    case .headers: "HEADERS"
    case .priority: "PRIORITY"
    case .resetStream: "RST_STREAM"
    case .settings: "SETTINGS"
    case .pushPromise: "PUSH_PROMISE"
    case .ping: "PING"
    case .goAway: "GOAWAY"
    case .windowUpdate: "WINDOW_UPDATE"
    case .continuation: "CONTINUATION"
    case nil: "type \(type)"
    }
  }

  /// The section that describes the frame.
  static func rule(_ type: UInt8) -> String {
    type <= 9 ? "RFC 9113 §6.\(type + 1)" : "RFC 9113 §5.5"
  }

  static func flags(_ header: FrameHeader) -> [String] {
    var flags: [String] = []
    switch FrameType(rawValue: header.type) {
    case .data:
      if header.has(FrameFlags.endStream) { flags.append("END_STREAM") }
      if header.has(FrameFlags.padded) { flags.append("PADDED") }
    case .headers:
      if header.has(FrameFlags.endStream) { flags.append("END_STREAM") }
      if header.has(FrameFlags.endHeaders) { flags.append("END_HEADERS") }
      if header.has(FrameFlags.padded) { flags.append("PADDED") }
      if header.has(FrameFlags.priority) { flags.append("PRIORITY") }
    case .continuation:
      if header.has(FrameFlags.endHeaders) { flags.append("END_HEADERS") }
    case .settings, .ping:
      if header.has(FrameFlags.acknowledgement) { flags.append("ACK") }
    case .priority, .resetStream, .pushPromise, .goAway, .windowUpdate, nil: break
    }
    return flags
  }

  /// The nine bytes before the payload (RFC 9113 §4.1).
  static func headerNode(_ header: FrameHeader) -> WireNode {
    let flags = flags(header)
    return WireNode(
      bytes: 0..<9,
      text: "frame header",
      rule: "RFC 9113 §4.1",
      children: [
        WireNode(bytes: 0..<3, text: "length \(header.length)", isLayout: true),
        WireNode(bytes: 3..<4, text: "type \(header.type): \(name(header.type))", isLayout: true),
        WireNode(
          bytes: 4..<5,
          text: "flags: \(flags.isEmpty ? "none" : flags.joined(separator: ", "))",
          isLayout: true
        ),
        WireNode(bytes: 5..<9, text: "stream \(header.stream)", isLayout: true),
      ],
      isLayout: true
    )
  }
}
