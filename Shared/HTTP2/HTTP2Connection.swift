public import HPACK

/// One end of an HTTP/2 connection (RFC 9113), without a socket.
///
/// It is fed bytes and the time, and gives back events, one at a time, and bytes to send. It knows every rule
/// about frames, streams, windows and header fields, and nothing about requests or where the bytes come from.
///
/// ```
///              receive(bytes)                    sendHeaders, sendData, …
///   socket ───────────────────► HTTP2Connection ◄──────────────────────── layer above
///          ◄─────────────────── (streams, windows, ────────────────────►
///                output          header tables)        events
/// ```
///
/// After a connection error it has said GOAWAY, and takes no more bytes. What it is asked to do on a stream that
/// is gone, it ignores: the layer above cannot know yet.
public final class HTTP2Connection {
  /// Which end this is.
  public enum Role: Sendable {
    /// Opens streams with odd numbers.
    case client
    /// Answers them.
    case server
  }

  // What other modules can reach, and what is changed as a whole, is not checked for overlapping access: see
  // Docs/decisions/0005-exclusivity.md.

  /// Which end this is.
  public let role: Role
  /// The limits of this end.
  public let configuration: HTTP2Configuration
  /// The fields of the last header event, until the next `receive`.
  @exclusivity(unchecked) public internal(set) var headers = HeaderList()
  /// What the peer has announced.
  @exclusivity(unchecked) public internal(set) var peerSettings = PeerSettings()
  /// What waits for the socket.
  ///
  /// Tell `outputDrained` after taking bytes out.
  @exclusivity(unchecked) public var output = OutputBuffer()
  /// The highest stream that the peer has opened.
  @exclusivity(unchecked) public internal(set) var lastPeerStream = StreamID.connection
  /// Whether the connection has failed, or both sides have said goodbye for good.
  @exclusivity(unchecked) public internal(set) var hasFailed = false
  /// Whether the peer has said GOAWAY.
  @exclusivity(unchecked) public internal(set) var hasReceivedGoAway = false
  /// Whether we have said GOAWAY.
  @exclusivity(unchecked) public internal(set) var hasSentGoAway = false

  /// How many HEADERS and DATA frames we have written.
  @exclusivity(unchecked) public internal(set) var messageFramesSent = 0

  @exclusivity(unchecked) var streams = StreamTable<StreamState>()
  @exclusivity(unchecked) var encoder = HPACKEncoder()
  @exclusivity(unchecked) var decoder = HPACKDecoder()
  @exclusivity(unchecked) var recentBlocks = RecentBlocks()
  /// What `headers` holds, and the latest number that was given to a list.
  var currentVersion = HeadersVersion(0)
  var latestVersion = 0
  /// The last head of a message that breaks no rule and brings nothing to remember: no length, no tunnel.
  var plainHead = HeadersVersion.none
  /// The number of the last trailers that break no rule.
  var soundTrailers = HeadersVersion.none.list
  @exclusivity(unchecked) var events: [HTTP2Event] = []
  var nextEventIndex = 0
  var preface: Int
  var hasReceivedSettings = false
  var unacknowledgedSettings = 1
  /// Our highest stream, and the number of the next.
  var nextStream: UInt32
  /// How many streams each side has open.
  var localStreams = 0
  var remoteStreams = 0
  /// Streams that ended a short while ago: what is still on its way to them is judged by how they ended.
  @exclusivity(unchecked) var recentlyEnded = RecentStreams()
  /// The header block in progress: CONTINUATION frames must follow (§6.10).
  var pendingBlock: PendingBlock?
  /// Above this, the peer's new streams are ignored: our last GOAWAY named it.
  var acceptLimit = StreamID.maximum
  var gracePing: UInt64?

  var sendWindow = HTTP2Connection.initialWindow
  var receiveWindow = HTTP2Connection.initialWindow
  var receiveTarget: Int
  var uncredited = 0
  /// Bytes that have arrived and that the application has not consumed, on all streams.
  @exclusivity(unchecked) public internal(set) var unconsumed = 0
  /// The streams that have something to send and wait for their turn.
  var line: [StreamID] = []

  @exclusivity(unchecked) var rapidResets: RateLimit
  var errors: RateLimit
  @exclusivity(unchecked) var controlFrames: RateLimit
  var now: UInt64 = 0

  /// The window with which streams and the connection begin (§6.9.2).
  static let initialWindow = 65_535
  static let prefaceBytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// Begins a connection: the client's preface and the settings of this end are in the output.
  public init(role: Role, configuration: HTTP2Configuration = HTTP2Configuration()) {
    self.role = role
    self.configuration = configuration
    nextStream = role == .client ? 1 : 2
    preface = role == .server ? Self.prefaceBytes.count : 0
    receiveTarget = max(Self.initialWindow, configuration.connectionWindow)
    rapidResets = RateLimit(configuration.maxRapidResets)
    errors = RateLimit(configuration.maxErrors)
    controlFrames = RateLimit(configuration.maxControlFrames)
    if role == .client { output.bytes += Self.prefaceBytes }
    writeSettings()
    creditConnection(receiveTarget - receiveWindow)
  }

  // Functions of this module: what others read of a class directly is checked for overlapping access each time.

  /// Names what `headers` holds.
  public var headersVersion: HeadersVersion { currentVersion }

  /// Whether anything waits for the socket.
  public var hasOutput: Bool { output.count > 0 }

  /// The number of streams that are open.
  public var activeStreams: Int { streams.count }

  /// Whether this end has begun to end the connection.
  public var isDraining: Bool { hasSentGoAway || hasReceivedGoAway }

  /// Whether the first GOAWAY of a graceful stop is out, and the second is not.
  public var isInGrace: Bool { gracePing != nil }

  /// Whether no stream may be opened on this connection any more.
  public var isExhausted: Bool {
    hasFailed || hasReceivedGoAway || hasSentGoAway || nextStream > StreamID.maximum.rawValue
  }

  /// Whether the peer's preface and settings have come.
  public var isEstablished: Bool { hasReceivedSettings }

  // MARK: Receiving

  /// Parses the next frame.
  ///
  /// - Parameters:
  ///   - input: All bytes that have not been consumed yet.
  ///   - offset: Where to begin; moves behind what has been consumed.
  ///   - now: Monotonic nanoseconds, for the limits that count over time.
  /// - Returns: The next event; nil when no whole frame is left. Keep the bytes from `offset` on, and call again
  ///   when more stand behind them.
  public func receive(
    _ input: UnsafeRawBufferPointer,
    offset: inout Int,
    now: UInt64
  ) -> HTTP2Event? {
    self.now = now
    while true {
      if let event = nextEvent() { return event }
      guard !hasFailed else {
        offset = input.count
        return nil
      }
      do throws(HTTP2Error) {
        guard try receivePreface(input, &offset) else { return nil }
        guard input.count - offset >= FrameHeader.size else { return nil }
        let frame = FrameHeader(input, at: offset)
        try checkHeader(frame)
        guard input.count - offset - FrameHeader.size >= frame.length else { return nil }
        let start = offset + FrameHeader.size
        offset = start + frame.length
        if let event = try receiveFrame(frame, input, start..<offset) { return event }
      } catch {
        if let event = fail(error) { return event }
      }
    }
  }

  /// The peer will send no more bytes: streams on which it has not said END_STREAM can never be whole.
  ///
  /// They are gone, with the event `streamReset`; the others may still be answered.
  public func receiveEnd() {
    for id in streams.ids.sorted() where streams[id]?.isRemoteClosed == false {
      end(id, .resetByPeer)
      events.append(.streamReset(id, .cancel))
    }
  }

  /// The next event that something other than a frame caused; `receive` returns these too.
  public func nextEvent() -> HTTP2Event? {
    guard nextEventIndex < events.count else { return nil }
    defer {
      nextEventIndex += 1
      if nextEventIndex == events.count {
        events.removeAll(keepingCapacity: true)
        nextEventIndex = 0
      }
    }
    return events[nextEventIndex]
  }

  /// §3.4: a client begins with 24 bytes that no other protocol begins with.
  private func receivePreface(
    _ input: UnsafeRawBufferPointer,
    _ offset: inout Int
  ) throws(HTTP2Error) -> Bool {
    guard preface > 0 else { return true }
    while preface > 0, offset < input.count {
      guard input[offset] == Self.prefaceBytes[Self.prefaceBytes.count - preface] else {
        throw .connection(.protocolError, "the client did not begin with the preface (§3.4)")
      }
      offset += 1
      preface -= 1
    }
    return preface == 0
  }

  /// What can be said about a frame before its payload has come.
  private func checkHeader(_ frame: FrameHeader) throws(HTTP2Error) {
    // §4.2
    guard frame.length <= HTTP2Configuration.maxFrameSize else {
      throw .connection(.frameSizeError, "a frame of \(frame.length) bytes, more than 16384 (§4.2)")
    }
    // §3.4
    guard hasReceivedSettings || frame.type == FrameType.settings.rawValue else {
      throw .connection(.protocolError, "the first frame is not SETTINGS (§3.4)")
    }
    // §6.10
    if let block = pendingBlock {
      guard frame.type == FrameType.continuation.rawValue, frame.stream == block.stream else {
        throw .connection(.protocolError, "a header block is interrupted by another frame (§6.10)")
      }
    }
  }

  private func receiveFrame(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    switch FrameType(rawValue: frame.type) {
    case .data: return try receiveData(frame, input, payload)
    case .headers: return try receiveHeaders(frame, input, payload)
    case .continuation: return try receiveContinuation(frame, input, payload)
    case .priority: return try receivePriority(frame, input, payload)
    case .resetStream: return try receiveReset(frame, input, payload)
    case .settings: return try receiveSettings(frame, input, payload)
    case .ping: return try receivePing(frame, input, payload)
    case .goAway: return try receiveGoAway(frame, input, payload)
    case .windowUpdate: return try receiveWindowUpdate(frame, input, payload)
    case .pushPromise:
      // §8.4: a client never pushes, and ours has said that it takes no pushes.
      throw .connection(.protocolError, "PUSH_PROMISE, which nobody may send here (§8.4)")
    case nil:
      // §5.5: unknown types are ignored – but not without a bound.
      try countControlFrame()
      return nil
    }
  }

  func countControlFrame() throws(HTTP2Error) {
    guard controlFrames.allows(at: now) else {
      throw .connection(.enhanceYourCalm, "too many control frames (§10.5)")
    }
    guard output.count <= configuration.maxOutput else {
      throw .connection(.enhanceYourCalm, "the peer does not read what it makes us send (§10.5)")
    }
  }

  // MARK: Failing

  /// Turns an error into frames and an event.
  func fail(_ error: HTTP2Error) -> HTTP2Event? {
    switch error {
    case .connection(let code, let violation):
      return failConnection(code, violation)
    case .stream(let id, let code, let violation):
      guard errors.allows(at: now) else {
        return failConnection(.enhanceYourCalm, Violation("too many stream errors (§10.5)"))
      }
      writeReset(id, code)
      guard streams.contains(id) else {
        // Refused, say: what follows was on its way (§5.1). An idle stream may still be opened.
        if !isIdle(id) { recentlyEnded.add(id, .resetByUs) }
        return nil
      }
      end(id, .resetByUs)
      return .streamFailed(id, code, violation)
    }
  }

  private func failConnection(_ code: ErrorCode, _ violation: Violation) -> HTTP2Event {
    writeGoAway(code, debug: violation.description)
    hasFailed = true
    return .connectionFailed(code, violation)
  }

  /// Forgets a stream.
  func end(_ id: StreamID, _ how: RecentStreams.Ending) {
    guard let stream = streams.remove(id) else { return }
    // What the application will not consume any more is the connection's again.
    creditConnection(consumed: stream.unconsumed)
    recentlyEnded.add(id, how)
    if how == .normally { events.append(.streamClosed(id)) }
    if isLocal(id) {
      localStreams -= 1
      if role == .client { events.append(.streamsAvailable) }
    } else {
      remoteStreams -= 1
      if how == .normally { rapidResets.forgive() }
    }
  }

  func isLocal(_ id: StreamID) -> Bool { id.isClientInitiated == (role == .client) }
}

/// A header block whose frames have not all come.
struct PendingBlock {
  let stream: StreamID
  let endStream: Bool
  /// The priority in its first frame named the stream itself (RFC 7540 §5.3.1).
  let dependsOnItself: Bool
  var bytes: [UInt8]
  var continuations = 0
}
