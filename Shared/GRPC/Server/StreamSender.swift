internal import HPACK
internal import HTTP2

/// What a call needs from the connection that carries it; only on the connection's loop.
///
/// Transport's connection is one; the tests join both ends in memory with another.
protocol StreamSender: AnyObject {
  /// Sends response headers, or a whole response without a body.
  func sendHeaders(_ headers: HeaderList, on stream: StreamID, endStream: Bool)
  /// Sends the last headers, behind all data that waits.
  func sendTrailers(_ trailers: HeaderList, on stream: StreamID)
  /// Throws away what has not gone out: the client does not read, and its status must not wait behind that.
  func discardUnsent(on stream: StreamID)
  /// Sends bytes, or keeps a copy until the windows allow.
  func sendData(_ bytes: UnsafeRawBufferPointer, on stream: StreamID)
  /// Sends a large piece without copying it.
  func sendData(_ bytes: [UInt8], on stream: StreamID)
  /// Sends a whole response, or what is left of it.
  func sendWhole(
    head: HeaderList?,
    _ bytes: UnsafeRawBufferPointer,
    trailers: HeaderList,
    on stream: StreamID
  )
  /// Ends the stream at once.
  func reset(_ stream: StreamID, _ code: ErrorCode)
  /// Ends the stream with NO_ERROR when all that was sent on it has gone out.
  func resetWhenSent(_ stream: StreamID)
  /// Says that bytes have been used, and what the client may send for them.
  func consumed(_ count: Int, on stream: StreamID, _ grant: HTTP2Connection.WindowGrant)
  /// Whether less than the high-water mark waits to be sent.
  func isWritable(_ stream: StreamID) -> Bool
  /// What keeps the writer waiting; nil if nothing does.
  func blockedOn(_ stream: StreamID) -> WriteSuspension?
  /// The largest header list that the client takes (RFC 9113 §6.5.2).
  var maxHeaderListSize: Int { get }
}
