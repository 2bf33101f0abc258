import HPACK

@testable import HTTP2

/// An end that has just seen its peer's preface and empty SETTINGS, fed raw frames.
struct RawPeer: ~Copyable {
  /// The end under test.
  var end: End
  /// The clock that the end is told.
  var now: UInt64 = 0

  init(
    _ role: HTTP2Connection.Role = .server,
    bytewise: Bool = false,
    _ configuration: HTTP2Configuration = HTTP2Configuration(),
    settings: [UInt8] = [],
    acknowledges: Bool = true,
    handshakes: Bool = true
  ) {
    end = End(role, configuration)
    end.bytewise = bytewise
    if role == .client { end.connection.output.consume(HTTP2Connection.prefaceBytes.count) }
    guard handshakes else { return }
    if role == .server { end.feed(HTTP2Connection.prefaceBytes) }
    send(.settings, 0, 0, settings)
    if acknowledges { send(.settings, FrameFlags.acknowledgement, 0) }
    _ = end.takeOutput()
    _ = end.takeEvents()
  }

  /// `:method: GET, :scheme: http, :path: /`, all from the static table.
  static let get: [UInt8] = [0x82, 0x86, 0x84]
  /// `:status: 200`.
  static let ok: [UInt8] = [0x88]

  static func frame(
    _ type: FrameType,
    _ flags: UInt8,
    _ stream: UInt32,
    _ payload: [UInt8]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendFrameHeader(length: payload.count, type, flags: flags, StreamID(stream))
    return bytes + payload
  }

  mutating func send(
    _ type: FrameType,
    _ flags: UInt8 = 0,
    _ stream: UInt32,
    _ payload: [UInt8] = []
  ) {
    end.feed(Self.frame(type, flags, stream, payload), now: now)
  }

  /// Opens a stream at a server.
  mutating func open(_ stream: UInt32, end: Bool = false) {
    send(.headers, FrameFlags.endHeaders | (end ? FrameFlags.endStream : 0), stream, Self.get)
  }

  /// Lets the client under test open a stream.
  mutating func request(endStream: Bool = true) -> StreamID {
    guard let id = end.connection.openStream() else { preconditionFailure("no stream is free") }
    end.connection.sendHeaders(HTTP2Tests.request, on: id, endStream: endStream)
    return id
  }

  /// What the end has sent: one short line for each frame.
  mutating func sent() -> [String] { FrameText.lines(end.takeOutput()) }
}

/// Frames in words, so that a test reads as a conversation.
enum FrameText {
  static func lines(_ bytes: [UInt8]) -> [String] {
    var lines: [String] = []
    bytes.withUnsafeBytes { bytes in
      var offset = 0
      while offset + FrameHeader.size <= bytes.count {
        let header = FrameHeader(bytes, at: offset)
        let start = offset + FrameHeader.size
        offset = start + header.length
        lines.append(line(header, UnsafeRawBufferPointer(rebasing: bytes[start..<offset])))
      }
    }
    return lines
  }

  private static func line(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) -> String {
    let end = header.has(FrameFlags.endStream) ? " end" : ""
    let answer = header.has(FrameFlags.acknowledgement) ? " ack" : ""
    switch FrameType(rawValue: header.type) {
    case .data: return "DATA \(header.stream) \(payload.count)\(end)"
    case .headers: return "HEADERS \(header.stream)\(end)"
    case .continuation: return "CONTINUATION \(header.stream)"
    case .resetStream: return "RST_STREAM \(header.stream) \(code(payload, at: 0))"
    case .goAway: return "GOAWAY \(payload.bigEndian32(at: 0)) \(code(payload, at: 4))"
    case .settings: return "SETTINGS\(answer)"
    case .ping: return "PING\(answer)"
    case .windowUpdate: return "WINDOW_UPDATE \(header.stream) \(payload.bigEndian32(at: 0))"
    case .priority, .pushPromise, nil: return "type \(header.type)"
    }
  }

  private static func code(_ payload: UnsafeRawBufferPointer, at offset: Int) -> ErrorCode {
    ErrorCode(rawValue: payload.bigEndian32(at: offset))
  }
}
