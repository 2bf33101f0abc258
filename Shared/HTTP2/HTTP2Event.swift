/// A rule that the peer broke, in words for a log.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
  /// What happened, with the section of RFC 9113 that forbids it.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// What came out of the bytes that a connection was fed.
public enum HTTP2Event: Sendable {
  /// What a header block is to its stream.
  public enum HeadersKind: Sendable {
    /// The request, or the response.
    case initial
    /// An interim response with a 1xx status; the final one follows (§8.1).
    case informational
    /// The fields at the end.
    case trailers
  }

  /// A whole header block; its fields are in `headers` until the next call of `receive`.
  case headers(StreamID, kind: HeadersKind, endStream: Bool)
  /// A header block larger than our limit: `headers` holds what fitted. The stream is still open.
  case headersTooLarge(StreamID, kind: HeadersKind, endStream: Bool)
  /// Payload, as a range of the bytes that `receive` was called with.
  case data(StreamID, Range<Int>, endStream: Bool)
  /// The peer ended the stream at once. It is gone.
  case streamReset(StreamID, ErrorCode)
  /// The peer broke a rule on this stream; RST_STREAM is in the output. It is gone.
  case streamFailed(StreamID, ErrorCode, Violation)
  /// The peer will not look at this stream: it may be tried elsewhere (§6.8). It is gone.
  case streamUnprocessed(StreamID)
  /// Both sides have said END_STREAM. It is gone.
  case streamClosed(StreamID)
  /// What waited on the stream has gone out: its writer may go on.
  case streamWritable(StreamID)
  /// Streams may be opened that could not before.
  case streamsAvailable
  /// The peer's settings; `peerSettings` holds them.
  case settings
  /// The peer has seen our settings.
  case settingsAcknowledged
  /// The peer asked for a sign of life; the answer is in the output.
  case ping
  /// The answer to a ping of ours.
  case pong(UInt64)
  /// The peer will take no more streams; its debug data is a range of the bytes `receive` was called with.
  case goAway(lastStreamID: StreamID, ErrorCode, debug: Range<Int>)
  /// The peer broke a rule of the connection; GOAWAY is in the output, and nothing more is parsed.
  case connectionFailed(ErrorCode, Violation)
}

/// An error inside the machine, by its blast radius.
enum HTTP2Error: Error {
  case connection(ErrorCode, Violation)
  case stream(StreamID, ErrorCode, Violation)

  static func connection(_ code: ErrorCode, _ text: String) -> HTTP2Error {
    .connection(code, Violation(text))
  }

  static func stream(_ id: StreamID, _ code: ErrorCode, _ text: String) -> HTTP2Error {
    .stream(id, code, Violation(text))
  }
}
