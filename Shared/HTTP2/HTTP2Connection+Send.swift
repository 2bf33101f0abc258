public import HPACK

// What the layer above asks for, and the frames that come of it.
extension HTTP2Connection {
  /// On what a stream's bytes wait.
  public enum Blockage: Sendable, Equatable {
    /// Nothing waits.
    case none
    /// The peer has not granted this stream more.
    case streamWindow
    /// The peer has not granted the connection more.
    case connectionWindow
    /// The socket has not taken what came before.
    case output
  }

  /// Whether `openStream` would open one now.
  public var canOpenStream: Bool {
    // §6.5.2 asks servers for no smaller a limit than 100: until theirs is known, we count on no more.
    let limit = hasReceivedSettings ? peerSettings.maxConcurrentStreams : 100
    return !isExhausted && localStreams < limit
  }

  /// Opens a stream for a request.
  ///
  /// - Returns: Its number; nil when the peer's limit is reached or the connection takes no more streams.
  public func openStream() -> StreamID? {
    guard canOpenStream else { return nil }
    let id = StreamID(nextStream)
    nextStream += 2
    _ = addStream(id)
    return id
  }

  /// Sends a header block: a request, a response, or an interim response.
  ///
  /// - Parameters:
  ///   - list: Its fields, or those that many blocks begin with.
  ///   - once: A field of this block's own, which will not come again.
  ///   - more: Other fields of this block's own.
  ///   - id: The stream.
  ///   - endStream: Whether nothing follows.
  public func sendHeaders(
    _ list: HeaderList,
    and once: PlainField? = nil,
    _ more: HeaderList? = nil,
    on id: StreamID,
    endStream: Bool
  ) {
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    if role == .client { stream.asked = MessageRules.method(of: list) }
    writeHeaders(list, and: once, more, on: id, endStream: endStream)
    if endStream { closeLocal(stream) }
  }

  /// Sends the fields at the end, when all data before them has gone.
  public func sendTrailers(_ list: HeaderList, on id: StreamID) {
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    guard stream.queue.isEmpty else {
      stream.queue.trailers = list
      return
    }
    writeHeaders(list, on: id, endStream: true)
    closeLocal(stream)
  }

  /// Sends data: at once as far as the windows allow, the rest when they do.
  public func sendData(
    _ bytes: UnsafeRawBufferPointer,
    on id: StreamID,
    endStream: Bool
  ) {
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    if fitsNow(bytes.count, on: stream) {
      writeData(bytes, on: stream, endStream: endStream)
      if endStream { closeLocal(stream) }
      return
    }
    stream.queue.append(bytes)
    wait(stream, endStream: endStream)
  }

  /// Sends the rest of a message at once: its head, if that has not gone, its data and its trailers.
  public func sendWhole(
    head: HeaderList?,
    _ bytes: UnsafeRawBufferPointer,
    trailers: HeaderList,
    on id: StreamID
  ) {
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    if let head { writeHeaders(head, on: id, endStream: false) }
    guard fitsNow(bytes.count, on: stream) else {
      sendData(bytes, on: id, endStream: false)
      return sendTrailers(trailers, on: id)
    }
    writeData(bytes, on: stream, endStream: false)
    writeHeaders(trailers, on: id, endStream: true)
    closeLocal(stream)
  }

  private func fitsNow(_ count: Int, on stream: StreamState) -> Bool {
    stream.queue.isEmpty && count <= min(stream.sendWindow, sendWindow)
      && count <= peerSettings.maxFrameSize && output.count < configuration.outputHighWater
  }

  /// Sends data that the caller gives away: a large array goes to the socket without being copied.
  public func sendData(_ bytes: [UInt8], on id: StreamID, endStream: Bool) {
    guard bytes.count >= OutputBuffer.smallestPayload else {
      return bytes.withUnsafeBytes { sendData($0, on: id, endStream: endStream) }
    }
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    stream.queue.append(owned: bytes)
    wait(stream, endStream: endStream)
  }

  /// Sends what may go of a stream's queue, and asks the writer to pause when much is left.
  private func wait(_ stream: StreamState, endStream: Bool) {
    stream.queue.endsStream = endStream
    queue(stream)
    pump()
    if stream.queue.count >= configuration.streamHighWater { stream.isPaused = true }
  }

  /// Throws away what a stream has not sent yet: what follows goes out at once.
  public func discardUnsent(on id: StreamID) {
    guard let stream = streams[id] else { return }
    stream.queue = SendQueue()
    stream.isPaused = false
  }

  /// How many bytes of a stream have not gone out yet.
  public func pendingBytes(on id: StreamID) -> Int { streams[id]?.queue.count ?? 0 }

  /// Whether a writer may go on; otherwise `streamWritable` will tell when.
  ///
  /// A stream that is gone is writable: what is written to it is dropped.
  public func isWritable(_ id: StreamID) -> Bool { !(streams[id]?.isPaused ?? false) }

  /// What a stream's bytes wait for.
  public func blocked(on id: StreamID) -> Blockage {
    guard let stream = streams[id], stream.queue.count > 0 else { return .none }
    if stream.sendWindow <= 0 { return .streamWindow }
    return sendWindow <= 0 ? .connectionWindow : .output
  }

  /// Ends a stream at once.
  public func reset(_ id: StreamID, _ code: ErrorCode) {
    guard streams.contains(id), !hasFailed else { return }
    writeReset(id, code)
    end(id, .resetByUs)
  }

  /// Ends a stream with RST_STREAM(NO_ERROR) as soon as our END_STREAM is out (§8.1): a server that has
  /// answered wants no more of the request.
  public func resetWhenSent(_ id: StreamID) {
    guard let stream = streams[id] else { return }
    stream.resetsWhenSent = true
    guard stream.isLocalClosed else { return }
    reset(id, .noError)
    events.append(.streamClosed(id))
  }

  /// Says that the application has used bytes of a stream, so that the peer may send as many again.
  ///
  /// Both windows are credited, in steps of half a window. A stream whose consumer has used up all that has
  /// come gets a larger window, up to the limit: a window is what may be on its way at the same time.
  ///
  /// - Parameters:
  ///   - count: How many bytes; none only to grant what was withheld before.
  ///   - id: The stream.
  ///   - grant: What becomes of the stream's window. The connection's is credited in any case: others want to go on.
  public func consumed(_ count: Int, on id: StreamID, _ grant: WindowGrant = .growing) {
    guard let stream = streams[id] else { return }  // credited when the stream ended
    let used = min(count, stream.unconsumed)
    stream.unconsumed -= used
    stream.uncredited += used
    if stream.uncredited >= stream.receiveTarget / 2, !stream.isRemoteClosed, grant != .nothing {
      credit(stream, mayGrow: grant == .growing)
    }
    creditConnection(consumed: count)
  }

  /// What a stream's peer may send for the bytes that have been used.
  public enum WindowGrant: Sendable {
    /// As many again, and more when the consumer keeps up.
    case growing
    /// As many again.
    case asMany
    /// Nothing for now: the next grant makes up for it.
    case nothing
  }

  private func credit(_ stream: StreamState, mayGrow: Bool) {
    let limit = configuration.maxStreamWindow
    var increment = stream.uncredited
    if mayGrow, stream.unconsumed < stream.receiveTarget / 4 && stream.receiveTarget < limit {
      let growth = min(stream.receiveTarget, limit - stream.receiveTarget)
      stream.receiveTarget += growth
      increment += growth
    }
    stream.uncredited = 0
    stream.receiveWindow += increment
    writeWindowUpdate(stream.id, increment)
  }

  /// Sends a PING; the answer is the event `pong`.
  public func ping(_ payload: UInt64) {
    guard !hasFailed else { return }
    output.bytes.appendFrameHeader(length: 8, .ping, .connection)
    output.bytes.appendBigEndian(UInt32(truncatingIfNeeded: payload >> 32))
    output.bytes.appendBigEndian(UInt32(truncatingIfNeeded: payload))
  }

  /// Says that this end will take no more streams, without surprise (§6.8).
  ///
  /// First with the highest number, because streams may be on their way; when the answer to a PING shows that
  /// the peer knows, with the number of the last one that was looked at.
  public func beginGracefulShutdown(ping payload: UInt64) {
    guard !hasSentGoAway, !hasFailed else { return }
    guard role == .server else { return goAway(.noError, debug: "") }
    writeGoAway(.noError, debug: "", last: .maximum)
    gracePing = payload
    ping(payload)
  }

  /// Sends the second GOAWAY, when the answer to the PING does not come.
  public func completeGracefulShutdown() {
    guard gracePing != nil, !hasFailed else { return }
    gracePing = nil
    goAway(.noError, debug: "")
  }

  /// Sends GOAWAY with the last stream that was looked at.
  public func goAway(_ code: ErrorCode, debug: String) {
    guard !hasFailed else { return }
    acceptLimit = min(acceptLimit, lastPeerStream)
    writeGoAway(code, debug: debug)
  }

  /// Tells that the socket has taken bytes of the output: streams that waited for it go on.
  public func outputDrained() {
    if !line.isEmpty { pump() }
  }
}
