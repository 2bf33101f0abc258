@testable import HPACK
@testable import HTTP2

/// What happens in a case, one thing after the other.
enum Step: Sendable {
  /// The peer sends these bytes: a client to a server under test, a server to a client.
  case bytes(toServer: [UInt8], toClient: [UInt8])
  /// This end does something of its own accord.
  case act(@Sendable (inout HTTP2Connection) -> Void)
  /// One step after the other.
  indirect case all([Step])

  /// What this step feeds to an end.
  func bytes(for role: HTTP2Connection.Role) -> [UInt8] {
    switch self {
    case .bytes(let toServer, let toClient): role == .server ? toServer : toClient
    case .act: []
    case .all(let steps): steps.flatMap { $0.bytes(for: role) }
    }
  }

  /// The same bytes for both.
  static func bytes(_ bytes: [UInt8]) -> Step { .bytes(toServer: bytes, toClient: bytes) }

  /// What a client begins with; a server begins with its first frame.
  static let preface = Step.bytes(toServer: HTTP2Connection.prefaceBytes, toClient: [])

  // MARK: Frames

  /// A frame of the peer's.
  static func frame(
    _ type: FrameType,
    _ flags: UInt8 = 0,
    _ stream: UInt32 = 0,
    _ payload: [UInt8] = []
  ) -> Step {
    .bytes(RawPeer.frame(type, flags, stream, payload))
  }

  /// A frame with any type, and any bit in front of the stream's number.
  static func raw(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> Step {
    var bytes: [UInt8] = [UInt8(payload.count >> 16)]
    bytes.appendBigEndian(UInt16(payload.count & 0xFFFF))
    bytes += [type, flags]
    bytes.appendBigEndian(stream)
    return .bytes(bytes + payload)
  }

  /// A HEADERS frame whose fields begin as those of a request or a response must.
  static func headers(
    _ flags: UInt8 = FrameFlags.endHeaders,
    _ stream: UInt32 = 1,
    before: [UInt8] = [],
    _ fields: [UInt8] = [],
    behind: [UInt8] = []
  ) -> Step {
    func frame(_ head: [UInt8]) -> [UInt8] {
      RawPeer.frame(.headers, flags, stream, before + head + fields + behind)
    }
    return .bytes(toServer: frame(RawPeer.get), toClient: frame(RawPeer.ok))
  }

  /// SETTINGS with these values.
  static func settings(_ values: (UInt16, UInt32)...) -> Step {
    var payload: [UInt8] = []
    for (identifier, value) in values {
      payload.appendBigEndian(identifier)
      payload.appendBigEndian(value)
    }
    return .frame(.settings, 0, 0, payload)
  }

  /// WINDOW_UPDATE.
  static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> Step {
    .frame(.windowUpdate, 0, stream, bigEndian(increment))
  }

  /// RST_STREAM.
  static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> Step {
    .frame(.resetStream, 0, stream, bigEndian(code))
  }

  /// GOAWAY.
  static func goAway(_ last: UInt32, _ code: UInt32 = 0, debug: [UInt8] = []) -> Step {
    .frame(.goAway, 0, 0, bigEndian(last) + bigEndian(code) + debug)
  }

  /// PRIORITY: depends on stream 0.
  static func priority(_ stream: UInt32) -> Step {
    .frame(.priority, 0, stream, [0, 0, 0, 0, 15])
  }

  static let ping = Step.frame(.ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])

  // MARK: What this end does

  /// A client sends a request, which must be out before a server can answer; a server waits for one.
  static func requested(_ stream: UInt32 = 1, _ method: String = "POST") -> Step {
    .act { end in
      guard end.role == .client else { return }
      while let id = end.openStream(), id.rawValue < stream {}
      let list: HeaderList = [
        ":method": method, ":scheme": "http", ":path": "/a", ":authority": "localhost",
      ]
      end.sendHeaders(list, on: StreamID(stream), endStream: false)
    }
  }

  /// This end says END_STREAM: a server with its response, a client behind its request.
  static func finish(_ stream: UInt32 = 1) -> Step {
    .act { end in
      if end.role == .server {
        end.sendHeaders(response, on: StreamID(stream), endStream: true)
      } else {
        end.sendData([], on: StreamID(stream), endStream: true)
      }
    }
  }

  /// This end resets a stream.
  static func cancel(_ stream: UInt32 = 1) -> Step {
    .act { $0.reset(StreamID(stream), .cancel) }
  }
}

extension Step {
  /// A stream on which the peer has sent its header block: a request to a server, a response to a client.
  static func open(_ stream: UInt32 = 1, _ fields: [UInt8] = [], end: Bool = false) -> Step {
    let flags = FrameFlags.endHeaders | (end ? FrameFlags.endStream : 0)
    // What a client has said so far is not what a case is about.
    let forget = Step.act { if $0.role == .client { $0.output.consume($0.output.count) } }
    return .all([.requested(stream), forget, .headers(flags, stream, fields)])
  }

  /// A message of one frame, with these fields behind what it must begin with.
  static func message(_ fields: [UInt8]) -> Step { .open(1, fields, end: true) }

  /// The same step so many times.
  static func repeated(_ count: Int, _ step: Step) -> Step {
    .all([Step](repeating: step, count: count))
  }
}

/// Four bytes, the highest first.
func bigEndian(_ value: UInt32) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.appendBigEndian(value)
  return bytes
}

/// A literal field, without indexing and without Huffman's code.
func field(_ name: String, _ value: String) -> [UInt8] {
  field(Array(name.utf8), Array(value.utf8))
}

/// A literal field of any bytes.
func field(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
  var bytes: [UInt8] = [0]
  PrefixedInteger.encode(name.count, prefixBits: 7, pattern: 0, into: &bytes)
  bytes += name
  PrefixedInteger.encode(value.count, prefixBits: 7, pattern: 0, into: &bytes)
  return bytes + value
}

/// A literal field that enters the table: it is number 62 then.
func indexed(_ name: String, _ value: String) -> [UInt8] { [0x40] + field(name, value).dropFirst() }
