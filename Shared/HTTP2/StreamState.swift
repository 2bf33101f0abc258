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
  let id: StreamID
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
  /// What a request of ours asked for: the response to HEAD has no content (§8.1.1).
  var asked = MessageRules.Method.other
  /// CONNECT has connected the stream: nothing but DATA comes on it (§8.5).
  var isTunnel = false
  /// What content-length announced and has not come; nil when nothing was announced (§8.1.1).
  var expectedLength: Int?
  /// What waits for a window or for the socket.
  @exclusivity(unchecked) var queue = SendQueue()
  /// The writer has been told to pause.
  var isPaused = false
  /// RST_STREAM(NO_ERROR) follows our END_STREAM.
  var resetsWhenSent = false
  /// The stream stands in the line of those that wait to send.
  var isQueued = false

  init(
    _ id: StreamID,
    sendWindow: Int,
    receiveWindow: Int,
    receiveTarget: Int,
    openedAt: UInt64
  ) {
    self.id = id
    self.sendWindow = sendWindow
    self.receiveWindow = receiveWindow
    self.receiveTarget = receiveTarget
    self.openedAt = openedAt
  }
}
