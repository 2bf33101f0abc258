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
  public mutating func openStream() -> StreamID? {
    guard canOpenStream else { return nil }
    let id = StreamID(nextStream)
    nextStream += 2
    addStream(id)
    return id
  }

  /// Sends a header block: a request, a response, or an interim response.
  public mutating func sendHeaders(_ list: HeaderList, on id: StreamID, endStream: Bool) {
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    if role == .client { stream.asked = MessageRules.method(of: list) }
    writeHeaders(list, on: id, endStream: endStream)
    if endStream { closeLocal(id) }
  }

  /// Sends the fields at the end, when all data before them has gone.
  public mutating func sendTrailers(_ list: HeaderList, on id: StreamID) {
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    guard stream.queue.isEmpty else {
      _ = streams.update(id) { $0.queue.trailers = list }
      return
    }
    writeHeaders(list, on: id, endStream: true)
    closeLocal(id)
  }

  /// Sends data: at once as far as the windows allow, the rest when they do.
  public mutating func sendData(
    _ bytes: UnsafeRawBufferPointer,
    on id: StreamID,
    endStream: Bool
  ) {
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    let fitsNow =
      stream.queue.isEmpty && bytes.count <= min(stream.sendWindow, sendWindow)
      && bytes.count <= peerSettings.maxFrameSize && output.count < configuration.outputHighWater
    if fitsNow {
      writeData(bytes, on: id, endStream: endStream)
      if endStream { closeLocal(id) }
      return
    }
    queue(endStream, on: id) { $0.append(bytes) }
  }

  /// Sends data that the caller gives away: a large array goes to the socket without being copied.
  public mutating func sendData(_ bytes: [UInt8], on id: StreamID, endStream: Bool) {
    guard bytes.count >= OutputBuffer.smallestPayload else {
      return bytes.withUnsafeBytes { sendData($0, on: id, endStream: endStream) }
    }
    guard let stream = streams[id], !stream.isLocalClosed, !hasFailed else { return }
    queue(endStream, on: id) { $0.append(owned: bytes) }
  }

  /// Puts data in a stream's queue, sends what may go, and asks the writer to pause when much is left.
  private mutating func queue(
    _ endStream: Bool,
    on id: StreamID,
    _ append: (inout SendQueue) -> Void
  ) {
    _ = streams.update(id) { stream in
      append(&stream.queue)
      stream.queue.endsStream = endStream
    }
    queue(id)
    pump()
    let highWater = configuration.streamHighWater
    _ = streams.update(id) { stream in
      if stream.queue.count >= highWater { stream.isPaused = true }
    }
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
  public mutating func reset(_ id: StreamID, _ code: ErrorCode) {
    guard streams.contains(id), !hasFailed else { return }
    writeReset(id, code)
    end(id, .resetByUs)
  }

  /// Ends a stream with RST_STREAM(NO_ERROR) as soon as our END_STREAM is out (§8.1): a server that has
  /// answered wants no more of the request.
  public mutating func resetWhenSent(_ id: StreamID) {
    let isSent = streams.update(id) { stream in
      stream.resetsWhenSent = true
      return stream.isLocalClosed
    }
    guard isSent == true else { return }
    reset(id, .noError)
    events.append(.streamClosed(id))
  }

  /// Says that the application has used bytes of a stream, so that the peer may send as many again.
  ///
  /// Both windows are credited, in steps of half a window. A stream whose consumer has used up all that has
  /// come gets a larger window, up to the limit: a window is what may be on its way at the same time.
  public mutating func consumed(_ count: Int, on id: StreamID) {
    let limit = configuration.maxStreamWindow
    let increment = streams.update(id) { stream -> Int in
      let count = min(count, stream.unconsumed)
      stream.unconsumed -= count
      stream.uncredited += count
      guard stream.uncredited >= stream.receiveTarget / 2, !stream.isRemoteClosed else { return 0 }
      var increment = stream.uncredited
      if stream.unconsumed < stream.receiveTarget / 4 && stream.receiveTarget < limit {
        let growth = min(stream.receiveTarget, limit - stream.receiveTarget)
        stream.receiveTarget += growth
        increment += growth
      }
      stream.uncredited = 0
      stream.receiveWindow += increment
      return increment
    }
    guard let increment else { return }  // credited when the stream ended
    if increment > 0 { writeWindowUpdate(id, increment) }
    creditConnection(consumed: count)
  }

  /// Sends a PING; the answer is the event `pong`.
  public mutating func ping(_ payload: UInt64) {
    guard !hasFailed else { return }
    output.bytes.appendFrameHeader(length: 8, .ping, .connection)
    output.bytes.appendBigEndian(UInt32(truncatingIfNeeded: payload >> 32))
    output.bytes.appendBigEndian(UInt32(truncatingIfNeeded: payload))
  }

  /// Says that this end will take no more streams, without surprise (§6.8).
  ///
  /// First with the highest number, because streams may be on their way; when the answer to a PING shows that
  /// the peer knows, with the number of the last one that was looked at.
  public mutating func beginGracefulShutdown(ping payload: UInt64) {
    guard !hasSentGoAway, !hasFailed else { return }
    guard role == .server else { return goAway(.noError, debug: "") }
    writeGoAway(.noError, debug: "", last: .maximum)
    gracePing = payload
    ping(payload)
  }

  /// Sends the second GOAWAY, when the answer to the PING does not come.
  public mutating func completeGracefulShutdown() {
    guard gracePing != nil, !hasFailed else { return }
    gracePing = nil
    goAway(.noError, debug: "")
  }

  /// Sends GOAWAY with the last stream that was looked at.
  public mutating func goAway(_ code: ErrorCode, debug: String) {
    guard !hasFailed else { return }
    acceptLimit = min(acceptLimit, lastPeerStream)
    writeGoAway(code, debug: debug)
  }

  /// Tells that the socket has taken bytes of the output: streams that waited for it go on.
  public mutating func outputDrained() {
    if !line.isEmpty { pump() }
  }

  // MARK: The line of those that wait

  mutating func queue(_ id: StreamID) {
    let isNew = streams.update(id) { stream in
      defer { if !stream.queue.isEmpty { stream.isQueued = true } }
      return !stream.isQueued && !stream.queue.isEmpty
    }
    if isNew == true { line.append(id) }
  }

  /// Sends what may be sent, one frame for each stream in turn.
  mutating func pump() {
    var index = 0
    var kept: [StreamID] = []
    while index < line.count {
      let id = line[index]
      index += 1
      guard output.count < configuration.outputHighWater else {
        kept.append(id)
        continue
      }
      switch sendOneFrame(of: id) {
      case .more: line.append(id)  // behind the others
      case .waitsForConnection: kept.append(id)
      case .done, .waitsForStream: _ = streams.update(id) { $0.isQueued = false }
      }
    }
    line = kept
  }

  private enum Progress {
    case more, done, waitsForStream, waitsForConnection
  }

  private mutating func sendOneFrame(of id: StreamID) -> Progress {
    guard let stream = streams[id] else { return .done }
    let pending = stream.queue.count
    if pending > 0 || stream.queue.endsStream {
      // Windows may be negative (§6.9.2).
      let length = max(0, min(pending, peerSettings.maxFrameSize, stream.sendWindow, sendWindow))
      guard length > 0 || pending == 0 else {
        return stream.sendWindow <= 0 ? .waitsForStream : .waitsForConnection
      }
      let endStream = stream.queue.endsStream && length == pending
      takeAndWrite(length, of: id, endStream: endStream)
      if endStream {
        closeLocal(id)
        return .done
      }
    }
    guard let rest = streams[id] else { return .done }
    if rest.queue.count > 0 { return .more }
    if let trailers = rest.queue.trailers {
      _ = streams.update(id) { $0.queue.trailers = nil }
      writeHeaders(trailers, on: id, endStream: true)
      closeLocal(id)
    }
    return .done
  }

  private mutating func takeAndWrite(_ length: Int, of id: StreamID, endStream: Bool) {
    let flags = endStream ? FrameFlags.endStream : 0
    output.bytes.appendFrameHeader(length: length, .data, flags: flags, id)
    messageFramesSent &+= 1
    let lowWater = configuration.streamHighWater / 2
    // Both belong to `self`: the output is lent to the closure.
    var lent = OutputBuffer()
    swap(&lent, &output)
    let mayGoOn = streams.update(id) { stream in
      stream.sendWindow -= length
      if endStream { stream.queue.endsStream = false }
      if length > 0 { stream.queue.move(length, to: &lent) }
      guard stream.isPaused, stream.queue.count <= lowWater else { return false }
      stream.isPaused = false
      return true
    }
    swap(&lent, &output)
    sendWindow -= length
    controlFrames.forgive()
    if mayGoOn == true { events.append(.streamWritable(id)) }
  }

  /// We have said END_STREAM.
  private mutating func closeLocal(_ id: StreamID) {
    let (isClosed, mustReset) =
      streams.update(id) { stream in
        stream.isLocalClosed = true
        return (stream.isRemoteClosed, stream.resetsWhenSent)
      } ?? (false, false)
    if isClosed {
      end(id, .normally)
    } else if mustReset {
      reset(id, .noError)
      events.append(.streamClosed(id))
    }
  }

  // MARK: Writing frames

  func writeSettingsValues() -> [(UInt16, UInt32)] {
    var values: [(UInt16, UInt32)] = []
    if role == .client { values.append((0x2, 0)) }  // ENABLE_PUSH
    if role == .server { values.append((0x3, UInt32(configuration.maxConcurrentStreams))) }
    values.append((0x4, UInt32(configuration.streamWindow)))
    values.append((0x6, UInt32(configuration.maxHeaderListSize)))
    return values
  }

  mutating func writeSettings() {
    let values = writeSettingsValues()
    output.bytes.appendFrameHeader(length: values.count * 6, .settings, .connection)
    for (identifier, value) in values {
      output.bytes.appendBigEndian(identifier)
      output.bytes.appendBigEndian(value)
    }
  }

  private mutating func writeHeaders(_ list: HeaderList, on id: StreamID, endStream: Bool) {
    let start = output.bytes.count
    let flags = endStream ? FrameFlags.endStream : 0
    messageFramesSent &+= 1
    output.bytes.appendFrameHeader(length: 0, .headers, flags: flags | FrameFlags.endHeaders, id)
    encoder.encode(list, into: &output.bytes)
    let length = output.bytes.count - start - FrameHeader.size
    guard length <= peerSettings.maxFrameSize else {
      return splitHeaders(from: start, length, flags, id)
    }
    output.bytes[start] = UInt8(truncatingIfNeeded: length >> 16)
    output.bytes[start + 1] = UInt8(truncatingIfNeeded: length >> 8)
    output.bytes[start + 2] = UInt8(truncatingIfNeeded: length)
  }

  /// §6.10: what does not fit one frame goes on in CONTINUATION frames.
  private mutating func splitHeaders(from start: Int, _ length: Int, _ flags: UInt8, _ id: StreamID)
  {
    let block = Array(output.bytes[(start + FrameHeader.size)...])
    output.bytes.removeSubrange(start...)
    var position = 0
    while position < length {
      let piece = min(length - position, peerSettings.maxFrameSize)
      let isLast = position + piece == length
      let end = isLast ? FrameFlags.endHeaders : 0
      if position == 0 {
        output.bytes.appendFrameHeader(length: piece, .headers, flags: flags | end, id)
      } else {
        output.bytes.appendFrameHeader(length: piece, .continuation, flags: end, id)
      }
      output.bytes += block[position..<(position + piece)]
      position += piece
    }
  }

  private mutating func writeData(
    _ bytes: UnsafeRawBufferPointer,
    on id: StreamID,
    endStream: Bool
  ) {
    _ = streams.update(id) { $0.sendWindow -= bytes.count }
    sendWindow -= bytes.count
    if !bytes.isEmpty { controlFrames.forgive() }
    messageFramesSent &+= 1
    if output.extendData(
      of: id,
      with: bytes,
      endStream: endStream,
      limit: peerSettings.maxFrameSize
    ) {
      return
    }
    let flags = endStream ? FrameFlags.endStream : 0
    output.openData = OutputBuffer.OpenData(
      stream: id,
      start: output.bytes.count,
      length: bytes.count
    )
    output.bytes.appendFrameHeader(length: bytes.count, .data, flags: flags, id)
    output.bytes.append(contentsOf: bytes)
  }

  mutating func writeReset(_ id: StreamID, _ code: ErrorCode) {
    output.bytes.appendFrameHeader(length: 4, .resetStream, id)
    output.bytes.appendBigEndian(code.rawValue)
  }

  /// §6.8: names the last stream that was looked at, which never grows from one GOAWAY to the next.
  mutating func writeGoAway(_ code: ErrorCode, debug: String, last: StreamID? = nil) {
    hasSentGoAway = true
    let last = last ?? min(lastPeerStream, acceptLimit)
    let debug = debug.utf8
    output.bytes.appendFrameHeader(length: 8 + debug.count, .goAway, .connection)
    output.bytes.appendBigEndian(last.rawValue)
    output.bytes.appendBigEndian(code.rawValue)
    output.bytes.append(contentsOf: debug)
  }

  private mutating func writeWindowUpdate(_ id: StreamID, _ increment: Int) {
    output.bytes.appendFrameHeader(length: 4, .windowUpdate, id)
    output.bytes.appendBigEndian(UInt32(truncatingIfNeeded: increment))
  }

  /// Gives the connection's window back what the application has consumed, in steps of half a window.
  mutating func creditConnection(consumed count: Int) {
    guard count > 0 else { return }
    unconsumed = max(0, unconsumed - count)
    uncredited += count
    guard uncredited >= receiveTarget / 2 else { return }
    var increment = uncredited
    uncredited = 0
    if unconsumed < receiveTarget / 4 && receiveTarget < configuration.maxConnectionWindow {
      let growth = min(receiveTarget, configuration.maxConnectionWindow - receiveTarget)
      receiveTarget += growth
      increment += growth
    }
    creditConnection(increment)
  }

  mutating func creditConnection(_ increment: Int) {
    guard increment > 0 else { return }
    receiveWindow += increment
    writeWindowUpdate(.connection, increment)
  }
}
