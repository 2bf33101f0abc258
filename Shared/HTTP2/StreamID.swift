/// Names a stream of a connection (RFC 9113 §5.1.1): odd when a client opened it, zero for the connection itself.
@frozen
public struct StreamID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number, 31 bits.
  public let rawValue: UInt32

  /// Makes an identifier; the highest bit is reserved and ignored.
  @inlinable
  public init(_ rawValue: UInt32) {
    self.rawValue = rawValue & 0x7FFF_FFFF
  }

  /// The connection itself.
  public static let connection = StreamID(0)

  /// The largest identifier, which a first GOAWAY names (§6.8).
  public static let maximum = StreamID(0x7FFF_FFFF)

  /// Orders streams by the time at which they were opened.
  @inlinable
  public static func < (left: StreamID, right: StreamID) -> Bool { left.rawValue < right.rawValue }

  /// The number.
  public var description: String { String(rawValue) }

  var isClientInitiated: Bool { rawValue & 1 == 1 }
}

/// Why a stream or a connection ended (RFC 9113 §7).
public struct ErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number on the wire; unknown ones are allowed.
  public let rawValue: UInt32

  /// Makes a code from its number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Graceful end.
  public static let noError = ErrorCode(rawValue: 0x0)
  /// The peer broke a rule of the protocol.
  public static let protocolError = ErrorCode(rawValue: 0x1)
  /// This end is in trouble.
  public static let internalError = ErrorCode(rawValue: 0x2)
  /// More data than the window allowed.
  public static let flowControlError = ErrorCode(rawValue: 0x3)
  /// SETTINGS were not acknowledged in time.
  public static let settingsTimeout = ErrorCode(rawValue: 0x4)
  /// A frame on a stream that is closed.
  public static let streamClosed = ErrorCode(rawValue: 0x5)
  /// A frame of the wrong size.
  public static let frameSizeError = ErrorCode(rawValue: 0x6)
  /// Nothing has been done for this stream yet: it may be tried again.
  public static let refusedStream = ErrorCode(rawValue: 0x7)
  /// Nobody wants this stream any more.
  public static let cancel = ErrorCode(rawValue: 0x8)
  /// The header tables no longer agree.
  public static let compressionError = ErrorCode(rawValue: 0x9)
  /// The connection of a CONNECT request failed.
  public static let connectError = ErrorCode(rawValue: 0xA)
  /// The peer makes too much work.
  public static let enhanceYourCalm = ErrorCode(rawValue: 0xB)
  /// The transport is not secure enough.
  public static let inadequateSecurity = ErrorCode(rawValue: 0xC)
  /// HTTP/1.1 is wanted instead.
  public static let http11Required = ErrorCode(rawValue: 0xD)

  private static let names = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
  ]

  /// The name as the RFC prints it.
  public var description: String {
    rawValue < UInt32(Self.names.count) ? Self.names[Int(rawValue)] : "error \(rawValue)"
  }
}
