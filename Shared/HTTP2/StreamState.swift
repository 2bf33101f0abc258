internal import HPACK

/// One stream of RFC 9113 §5.1, from its first frame to its last.
///
/// ```
///             HEADERS                 END_STREAM received
///   idle ───────────────► open ─────────────────────────► half-closed (remote) ──┐
///                          │                                   END_STREAM sent   ▼
///                          └────────────► half-closed (local) ───────────────► closed
///                        END_STREAM sent              END_STREAM received
/// ```
///
/// A stream that is idle has no state yet, and a closed one has none any more: the table holds the three in
/// between, told apart by two flags.
///
/// A class: a connection looks at a stream several times for each frame, and to look at a struct of this size in a
/// table is to copy it.
final class StreamState {
  /// The peer has said END_STREAM.
  var isRemoteClosed = false
  /// We have said END_STREAM, and it has left the queue.
  var isLocalClosed = false
  /// The first header block that is not informational has come.
  var hasHeaders = false
  /// What we may still send.
  ///
  /// Int: §6.9.2 lets a settings change make it negative.
  var sendWindow: Int
  /// What the peer may still send.
  var receiveWindow: Int
  /// The size to which the receive window is filled up.
  var receiveTarget: Int
  /// When the stream was opened, by the clock that `receive` is told.
  let openedAt: UInt64
  /// Bytes that the application has consumed and the peer has not been told of.
  var uncredited = 0
  /// Bytes that have arrived and the application has not consumed.
  var unconsumed = 0
  /// The request of ours was HEAD: the response has no content, whatever its content-length (§8.1.1).
  var asksForHead = false
  /// What content-length announced and has not come; nil when nothing was announced (§8.1.1).
  var expectedLength: Int?
  /// What waits for a window or for the socket.
  var queue = SendQueue()
  /// The writer has been told to pause.
  var isPaused = false
  /// RST_STREAM(NO_ERROR) follows our END_STREAM.
  var resetsWhenSent = false
  /// The stream stands in the line of those that wait to send.
  var isQueued = false

  init(sendWindow: Int, receiveWindow: Int, receiveTarget: Int, openedAt: UInt64) {
    self.sendWindow = sendWindow
    self.receiveWindow = receiveWindow
    self.receiveTarget = receiveTarget
    self.openedAt = openedAt
  }
}

/// What waits to be sent on a stream: bytes, then the end or the trailers.
struct SendQueue {
  private var bytes: [UInt8] = []
  private var position = 0
  /// END_STREAM goes with the last byte.
  var endsStream = false
  /// The trailers follow the last byte.
  ///
  /// They are compressed when they go, in the order of the wire.
  var trailers: HeaderList?

  var count: Int { bytes.count - position }
  var isEmpty: Bool { count == 0 && !endsStream && trailers == nil }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    if position > 65_536 {
      bytes.removeSubrange(..<position)
      position = 0
    }
    bytes.append(contentsOf: more)
  }

  /// Hands over the next bytes, and forgets them.
  mutating func take(_ length: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeBytes {
      body(UnsafeRawBufferPointer(rebasing: $0[position..<(position + length)]))
    }
    position += length
    if position == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 131_072)
      position = 0
    }
  }
}

/// Bytes on their way to the socket.
public struct OutputBuffer: Sendable {
  @usableFromInline var bytes: [UInt8] = []
  @usableFromInline var position = 0

  init() {}

  /// How many bytes wait.
  @inlinable public var count: Int { bytes.count - position }

  /// Calls `body` with what waits.
  @inlinable
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[position...])) }
  }

  /// Forgets bytes that the socket has taken.
  public mutating func consume(_ count: Int) {
    position += count
    if position == bytes.count {
      // Memory that one large burst needed is not kept for ever.
      bytes.removeAll(keepingCapacity: bytes.capacity <= 131_072)
      position = 0
    } else if position > 131_072 {
      bytes.removeSubrange(..<position)
      position = 0
    }
  }
}
