internal import HPACK

// HEADERS, CONTINUATION and DATA: the frames that carry messages (RFC 9113 §6.1, §6.2, §6.10, §8.1).
extension HTTP2Connection {
  mutating func receiveHeaders(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard frame.stream != .connection else {
      throw .connection(.protocolError, "HEADERS on stream 0 (§6.2)")
    }
    var block = try withoutPadding(frame, input, payload)
    var dependsOnItself = false
    if frame.has(FrameFlags.priority) {
      guard block.count >= 5 else {
        throw frame.has(FrameFlags.padded) && payload.count > 5
          ? .connection(.protocolError, "padding longer than what there is room for (§6.2)")
          : .connection(.frameSizeError, "HEADERS too short for its priority (§6.2)")
      }
      dependsOnItself = StreamID(input.bigEndian32(at: block.lowerBound)) == frame.stream
      block = (block.lowerBound + 5)..<block.upperBound
    }
    let endStream = frame.has(FrameFlags.endStream)
    if block.isEmpty && !frame.has(FrameFlags.endHeaders) { try countControlFrame() }
    guard frame.has(FrameFlags.endHeaders) else {
      pendingBlock = PendingBlock(
        stream: frame.stream,
        endStream: endStream,
        dependsOnItself: dependsOnItself,
        bytes: Array(input[block])
      )
      return nil
    }
    return try receiveBlock(
      UnsafeRawBufferPointer(rebasing: input[block]),
      on: frame.stream,
      endStream: endStream,
      dependsOnItself: dependsOnItself
    )
  }

  mutating func receiveContinuation(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard var block = pendingBlock else {
      throw .connection(.protocolError, "CONTINUATION without HEADERS (§6.10)")
    }
    pendingBlock = nil
    block.continuations += 1
    guard block.continuations <= configuration.maxContinuations else {
      throw .connection(.enhanceYourCalm, "a header block of too many frames (§10.5.1)")
    }
    block.bytes += input[payload]
    guard frame.has(FrameFlags.endHeaders) else {
      pendingBlock = block
      return nil
    }
    let result = block.bytes.withUnsafeBytes { bytes in
      Result { () throws(HTTP2Error) in
        try receiveBlock(
          bytes,
          on: block.stream,
          endStream: block.endStream,
          dependsOnItself: block.dependsOnItself
        )
      }
    }
    return try result.get()
  }

  /// A whole header block.
  ///
  /// It is decoded whatever becomes of its stream: the tables must agree (§4.3).
  private mutating func receiveBlock(
    _ block: UnsafeRawBufferPointer,
    on id: StreamID,
    endStream: Bool,
    dependsOnItself: Bool
  ) throws(HTTP2Error) -> HTTP2Event? {
    let fits = try decode(block)
    guard try openIfNew(id) else { return nil }
    if dependsOnItself {
      throw .stream(id, .protocolError, "a stream that depends on itself (RFC 7540 §5.3.1)")
    }
    let kind = try judgeMessage(on: id, endStream: endStream, isComplete: fits)
    if endStream { try closeRemote(id) }
    return fits
      ? .headers(id, kind: kind, endStream: endStream)
      : .headersTooLarge(id, kind: kind, endStream: endStream)
  }

  /// Decodes a block into `headers`; false when not all fields fit our limit.
  ///
  /// A client that makes the same call again sends the same few indexes. They mean what they meant the last time as
  /// long as no block has come between them and they did not change the table themselves: `headers` still holds it.
  private mutating func decode(_ block: UnsafeRawBufferPointer) throws(HTTP2Error) -> Bool {
    let changes = decoder.changes
    if let lastBlock, lastBlock.changes == changes,
      lastBlock.bytes.withUnsafeBytes({ $0.isEqual(to: block) })
    {
      return true
    }
    lastBlock = nil
    headers.removeAll()
    do throws(HPACKError) {
      let limit = configuration.maxHeaderListSize
      guard try decoder.decode(block, into: &headers, maximumSize: limit) else { return false }
    } catch {
      throw .connection(.compressionError, "\(error) (RFC 7541)")
    }
    if block.count <= 64, decoder.changes == changes { lastBlock = (Array(block), changes) }
    return true
  }

  /// Makes sure that the stream of a header block exists; false when the block is to be ignored.
  private mutating func openIfNew(_ id: StreamID) throws(HTTP2Error) -> Bool {
    if let stream = streams[id] {
      // §5.1, half-closed (remote)
      guard !stream.isRemoteClosed else {
        throw .stream(id, .streamClosed, "HEADERS after END_STREAM (§5.1)")
      }
      return true
    }
    if let ending = recentlyEnded.ending(of: id) {
      switch ending {
      case .resetByUs: return false  // §5.1: it was on its way when we ended the stream
      case .resetByPeer: throw .stream(id, .streamClosed, "HEADERS after RST_STREAM (§5.1)")
      case .normally: throw .connection(.streamClosed, "HEADERS on a closed stream (§5.1)")
      }
    }
    // Of its own streams, a client knows that they were open: one that it forgot it has ended long ago.
    if isLocal(id), !isIdle(id) { return false }
    guard role == .server, id.isClientInitiated else {
      throw .connection(.protocolError, "HEADERS on a stream that nobody opened (§5.1.1)")
    }
    // §5.1.1
    guard id > lastPeerStream else {
      throw .connection(.protocolError, "a new stream with a number below the last (§5.1.1)")
    }
    lastPeerStream = id
    guard !isDiscarded(id) else {
      try countControlFrame()
      return false
    }
    guard remoteStreams < configuration.maxConcurrentStreams else {
      throw .stream(id, .refusedStream, "more streams than SETTINGS allowed (§5.1.2)")
    }
    addStream(id)
    return true
  }

  /// §6.8: streams above the last one that our GOAWAY named are ignored, with all that comes on them.
  func isDiscarded(_ id: StreamID) -> Bool { !isLocal(id) && id > acceptLimit }

  /// What the peer may send on a new stream: until it has acknowledged our settings, it goes by the window that
  /// holds without them (§6.5.3, §6.9.2).
  private var initialReceiveWindow: Int {
    unacknowledgedSettings > 0 ? Self.initialWindow : configuration.streamWindow
  }

  mutating func addStream(_ id: StreamID) {
    streams.insert(
      StreamState(
        sendWindow: peerSettings.initialWindowSize,
        receiveWindow: initialReceiveWindow,
        receiveTarget: configuration.streamWindow,
        openedAt: now
      ),
      for: id
    )
    if isLocal(id) { localStreams += 1 } else { remoteStreams += 1 }
  }

  /// Checks the fields against §8, and says what the block is to its stream.
  private mutating func judgeMessage(
    on id: StreamID,
    endStream: Bool,
    isComplete: Bool
  ) throws(HTTP2Error) -> HTTP2Event.HeadersKind {
    let hadHeaders = streams[id]?.hasHeaders ?? false
    if hadHeaders {
      guard streams[id]?.isTunnel != true else {
        throw .stream(id, .protocolError, "HEADERS on a stream that CONNECT has connected (§8.5)")
      }
      // §8.1: fields at the end of a message end the stream.
      guard endStream else {
        throw .stream(id, .protocolError, "trailers without END_STREAM (§8.1)")
      }
      if isComplete, let reason = MessageRules.violation(in: headers, as: .trailers) {
        throw .stream(id, .protocolError, reason)
      }
      return .trailers
    }
    guard isComplete else {
      _ = streams.update(id) { $0.hasHeaders = true }
      return .initial
    }
    if let reason = MessageRules.violation(in: headers, as: role == .server ? .request : .response)
    {
      throw .stream(id, .protocolError, reason)
    }
    if role == .client, MessageRules.isInformational(headers) {
      guard !endStream else {
        throw .stream(id, .protocolError, "an interim response that ends the stream (§8.1)")
      }
      try countControlFrame()
      return .informational
    }
    var length: Int?
    switch MessageRules.contentLength(of: headers) {
    case .none: length = nil
    case .some(let value): length = value
    case .invalid: throw .stream(id, .protocolError, "a content-length that is no number (§8.1.1)")
    }
    var isTunnel = false
    switch role {
    case .server:
      isTunnel = headers.firstIndex(of: .path) == nil  // only CONNECT may do without
    case .client:
      let asked = streams[id]?.asked ?? .other
      if asked == .head || MessageRules.isWithoutContent(headers) { length = 0 }
      isTunnel = asked == .connect && MessageRules.isSuccess(headers)
    }
    _ = streams.update(id) {
      $0.hasHeaders = true
      $0.expectedLength = length
      $0.isTunnel = isTunnel
    }
    return .initial
  }

  // MARK: DATA

  mutating func receiveData(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    let id = frame.stream
    guard id != .connection else { throw .connection(.protocolError, "DATA on stream 0 (§6.1)") }
    let data = try withoutPadding(frame, input, payload)
    // §6.9: everything counts, padding too, and whatever becomes of the stream.
    receiveWindow -= payload.count
    guard receiveWindow >= 0 else {
      throw .connection(.flowControlError, "more data than the connection's window (§6.9.1)")
    }
    unconsumed += payload.count
    guard let stream = streams[id] else {
      creditConnection(consumed: payload.count)
      return try judgeStrayData(id)
    }
    guard !stream.isRemoteClosed else {
      creditConnection(consumed: payload.count)
      throw .stream(id, .streamClosed, "DATA after END_STREAM (§5.1)")
    }
    guard stream.hasHeaders else {
      creditConnection(consumed: payload.count)
      throw .stream(id, .protocolError, "DATA before HEADERS (§8.1)")
    }
    let endStream = frame.has(FrameFlags.endStream)
    if data.isEmpty && !endStream { try countControlFrame() } else { controlFrames.forgive() }
    let isWithinWindow =
      streams.update(id) { stream in
        stream.receiveWindow -= payload.count
        stream.unconsumed += payload.count
        stream.expectedLength = stream.expectedLength.map { $0 - data.count }
        // An empty frame may come while a change of settings has made the window negative (§6.9.2).
        return stream.receiveWindow >= 0 || payload.isEmpty
      } ?? false
    guard isWithinWindow else {
      throw .stream(id, .flowControlError, "more data than the stream's window (§6.9.1)")
    }
    if let rest = streams[id]?.expectedLength, rest < 0 {
      throw .stream(id, .protocolError, "more data than content-length said (§8.1.1)")
    }
    if payload.count > data.count { consumed(payload.count - data.count, on: id) }
    if endStream { try closeRemote(id) }
    guard !data.isEmpty || endStream else { return nil }
    return .data(id, data, endStream: endStream)
  }

  private mutating func judgeStrayData(_ id: StreamID) throws(HTTP2Error) -> HTTP2Event? {
    if isIdle(id) { throw .connection(.protocolError, "DATA on an idle stream (§5.1)") }
    if isDiscarded(id) { return nil }
    switch recentlyEnded.ending(of: id) {
    case .resetByUs: return nil
    case .normally: throw .connection(.streamClosed, "DATA on a closed stream (§5.1)")
    case nil where isLocal(id): return nil  // one that we ended long ago
    case .resetByPeer, nil: throw .stream(id, .streamClosed, "DATA on a closed stream (§5.1)")
    }
  }

  /// The peer has said END_STREAM.
  mutating func closeRemote(_ id: StreamID) throws(HTTP2Error) {
    if let rest = streams[id]?.expectedLength, rest > 0 {
      throw .stream(id, .protocolError, "less data than content-length said (§8.1.1)")
    }
    let isClosed =
      streams.update(id) { stream in
        stream.isRemoteClosed = true
        return stream.isLocalClosed
      } ?? false
    if isClosed { end(id, .normally) }
  }

  /// Whether nobody has used this stream yet (§5.1).
  func isIdle(_ id: StreamID) -> Bool {
    isLocal(id) ? id.rawValue >= nextStream : id > lastPeerStream
  }

  /// The payload without padding, and without the length of the padding (§6.1).
  private func withoutPadding(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> Range<Int> {
    guard frame.has(FrameFlags.padded) else { return payload }
    guard !payload.isEmpty else {
      throw .connection(.frameSizeError, "a padded frame without a padding length (§6.1)")
    }
    let padding = Int(input[payload.lowerBound])
    guard padding < payload.count else {
      throw .connection(.protocolError, "padding as long as the frame (§6.1)")
    }
    return (payload.lowerBound + 1)..<(payload.upperBound - padding)
  }
}
