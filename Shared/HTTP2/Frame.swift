/// The kinds of frames (RFC 9113 §6).
public enum FrameType: UInt8, Sendable {
  case data = 0x0
  case headers = 0x1
  case priority = 0x2
  case resetStream = 0x3
  case settings = 0x4
  case pushPromise = 0x5
  case ping = 0x6
  case goAway = 0x7
  case windowUpdate = 0x8
  case continuation = 0x9
}

/// The bits of a frame's flags field.
///
/// Their meaning depends on the frame's type.
public enum FrameFlags {
  /// DATA, HEADERS: the sender has nothing more to say on this stream.
  public static let endStream: UInt8 = 0x1
  /// SETTINGS, PING: this is the answer.
  public static let acknowledgement: UInt8 = 0x1
  /// HEADERS, CONTINUATION: the header block ends here.
  public static let endHeaders: UInt8 = 0x4
  /// DATA, HEADERS: a length of padding comes first.
  public static let padded: UInt8 = 0x8
  /// HEADERS: five bytes of priority come first.
  public static let priority: UInt8 = 0x20
}

/// The nine bytes before each frame (RFC 9113 §4.1).
public struct FrameHeader: Sendable, Hashable {
  /// How many bytes the header has.
  public static let size = 9

  /// The payload's length in bytes, 24 bits.
  public var length: Int
  /// The number of the type; unknown ones are ignored (§5.5).
  public var type: UInt8
  /// The flags.
  public var flags: UInt8
  /// The stream.
  public var stream: StreamID

  /// Makes a header.
  public init(length: Int, type: FrameType, flags: UInt8, stream: StreamID) {
    self.length = length
    self.type = type.rawValue
    self.flags = flags
    self.stream = stream
  }

  /// Reads a header at an offset behind which at least nine bytes stand.
  public init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    length = Int(bytes[offset]) << 16 | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2])
    type = bytes[offset + 3]
    flags = bytes[offset + 4]
    stream = StreamID(bytes.bigEndian32(at: offset + 5))
  }

  /// Whether a flag is set.
  public func has(_ flag: UInt8) -> Bool { flags & flag != 0 }
}

extension UnsafeRawBufferPointer {
  /// Four bytes, the highest first.
  func bigEndian32(at offset: Int) -> UInt32 {
    UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}

extension [UInt8] {
  mutating func appendFrameHeader(
    length: Int,
    _ type: FrameType,
    flags: UInt8 = 0,
    _ stream: StreamID
  ) {
    let head =
      UInt64(truncatingIfNeeded: length) << 40 | UInt64(type.rawValue) << 32 | UInt64(flags) << 24
      | UInt64(stream.rawValue >> 8)
    // Nine bytes, appended at once.
    let bytes = (head.bigEndian, UInt8(truncatingIfNeeded: stream.rawValue))
    Swift.withUnsafeBytes(of: bytes) { append(contentsOf: $0) }
  }

  /// Puts right the length of a frame whose header begins at `start`, and sets more of its flags.
  mutating func setFrameLength(_ length: Int, at start: Int, moreFlags: UInt8 = 0) {
    withUnsafeMutableBytes { bytes in
      bytes[start] = UInt8(truncatingIfNeeded: length >> 16)
      bytes[start + 1] = UInt8(truncatingIfNeeded: length >> 8)
      bytes[start + 2] = UInt8(truncatingIfNeeded: length)
      bytes[start + 4] |= moreFlags
    }
  }

  mutating func appendBigEndian(_ value: UInt32) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }

  mutating func appendBigEndian(_ value: UInt16) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
