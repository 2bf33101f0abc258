internal import GRPC
internal import HPACK
internal import HTTP2
internal import Protobuf

/// Takes one direction of a connection apart into frames.
struct FrameDissector {
  private var rest: [UInt8] = []
  private var expectsPreface: Bool
  private var decoder = HPACKDecoder()
  private var block: [UInt8] = []

  init(expectsPreface: Bool) { self.expectsPreface = expectsPreface }

  /// Takes bytes and returns the frames that they complete.
  mutating func take(_ bytes: [UInt8]) -> [DissectedFrame] {
    rest += bytes
    var frames: [DissectedFrame] = []
    if expectsPreface, rest.count >= 24 {
      expectsPreface = false
      rest.removeFirst(24)
      frames.append(
        DissectedFrame(name: "preface", stream: 0, detail: "PRI * HTTP/2.0 (RFC 9113 §3.4)")
      )
    }
    guard !expectsPreface else { return frames }
    var offset = 0
    while rest.count - offset >= FrameHeader.size {
      let header = rest.withUnsafeBytes { FrameHeader($0, at: offset) }
      let end = offset + FrameHeader.size + header.length
      guard end <= rest.count else { break }
      frames.append(dissect(header, Array(rest[(offset + FrameHeader.size)..<end])))
      offset = end
    }
    rest.removeSubrange(..<offset)
    return frames
  }

  private mutating func dissect(_ header: FrameHeader, _ payload: [UInt8]) -> DissectedFrame {
    var frame = DissectedFrame(
      name: FrameType(rawValue: header.type).map(Self.name) ?? "type \(header.type)",
      stream: header.stream.rawValue,
      detail: "\(payload.count) bytes"
    )
    switch FrameType(rawValue: header.type) {
    case .headers, .continuation:
      frame.endsStream =
        header.type == FrameType.headers.rawValue && header.has(FrameFlags.endStream)
      block += payload
      if header.has(FrameFlags.endHeaders) {
        frame.readFields(decode())
      }
    case .data:
      frame.endsStream = header.has(FrameFlags.endStream)
      frame.data = payload
    case .settings:
      frame.detail =
        header.has(FrameFlags.acknowledgement) ? "acknowledged" : Self.settings(payload)
    case .windowUpdate:
      frame.detail = "+\(Quantity.grouped(Self.number(payload)))"
    case .resetStream:
      frame.detail = "\(ErrorCode(rawValue: UInt32(Self.number(payload))))"
    case .goAway:
      let code = ErrorCode(rawValue: UInt32(Self.number(Array(payload.dropFirst(4)))))
      let debug = String(decoding: payload.dropFirst(8), as: UTF8.self)
      frame.detail = "last stream \(Self.number(payload)), \(code) \(debug.debugDescription)"
    case .ping:
      frame.detail = header.has(FrameFlags.acknowledgement) ? "answered" : "are you there?"
    case .priority, .pushPromise, nil:
      break
    }
    return frame
  }

  private mutating func decode() -> HeaderList {
    var list = HeaderList()
    let whole = block
    block = []
    _ = try? whole.withUnsafeBytes { try decoder.decode($0, into: &list) }
    return list
  }

  private static func number(_ bytes: [UInt8]) -> Int {
    bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
  }

  private static let settingNames = [
    1: "HEADER_TABLE_SIZE", 2: "ENABLE_PUSH", 3: "MAX_CONCURRENT_STREAMS",
    4: "INITIAL_WINDOW_SIZE", 5: "MAX_FRAME_SIZE", 6: "MAX_HEADER_LIST_SIZE",
    0xFE03: "GRPC_ALLOW_TRUE_BINARY_METADATA (grpcio's own)",
  ]

  private static func settings(_ payload: [UInt8]) -> String {
    stride(from: 0, to: payload.count - 5, by: 6).map { start in
      let identifier = Int(payload[start]) << 8 | Int(payload[start + 1])
      let value = payload[(start + 2)..<(start + 6)].reduce(0) { $0 << 8 | Int($1) }
      return "\(settingNames[identifier] ?? "setting \(identifier)")=\(value)"
    }.joined(separator: " ")
  }

  private static func name(_ type: FrameType) -> String {
    switch type {
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
    }
  }
}

/// One frame, and what it means.
struct DissectedFrame {
  let name: String
  let stream: UInt32
  var detail: String
  var endsStream = false
  /// The `:path` of a request.
  private(set) var path: String?
  var data: [UInt8]?

  init(name: String, stream: UInt32, detail: String) {
    self.name = name
    self.stream = stream
    self.detail = detail
  }

  mutating func readFields(_ list: HeaderList) {
    if let index = list.firstIndex(of: .path) { path = list.value(index) }
    detail = (0..<list.count).map { "\(list.name($0)): \(list.value($0))" }.joined(separator: ", ")
  }

  /// The frame's kind and stream, such as `HEADERS stream 1 END_STREAM`.
  var title: String {
    let place = stream == 0 ? "" : " stream \(stream)"
    return "\(name)\(place)\(endsStream ? " END_STREAM" : "")"
  }

  /// What the frame says: fields, settings, or a message with the names of its fields.
  func meaning(method: (any AnyMethodDescriptor)?, isRequest: Bool) -> String {
    guard let data else { return detail }
    guard data.count >= 5 else { return data.isEmpty ? "no bytes" : "\(data.count) bytes" }
    let length = data[1..<5].reduce(0) { $0 << 8 | Int($1) }
    guard let method, length == data.count - 5, data[0] == 0 else {
      return "\(Quantity.grouped(data.count)) bytes, part of messages"
    }
    let descriptor = isRequest ? method.requestDescriptor : method.responseDescriptor
    let name = descriptor.fullName.split(separator: ".").last ?? ""
    let text = descriptor.describe(Array(data[5...])).text
    return "5-byte prefix, then \(length) bytes: \(name) { \(text) }"
  }
}
