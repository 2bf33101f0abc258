internal import HPACK

// HEADERS, CONTINUATION and DATA: the frames that carry messages (RFC 9113 §6.1, §6.2, §6.10, §8.1).
extension HTTP2Connection {
  func receiveHeaders(
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

  func receiveContinuation(
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
  private func receiveBlock(
    _ block: UnsafeRawBufferPointer,
    on id: StreamID,
    endStream: Bool,
    dependsOnItself: Bool
  ) throws(HTTP2Error) -> HTTP2Event? {
    let fits = try decode(block)
    guard let stream = try existingOrNew(id) else { return nil }
    if dependsOnItself {
      throw .stream(id, .protocolError, "a stream that depends on itself (RFC 7540 §5.3.1)")
    }
    let kind = try judgeMessage(on: stream, endStream: endStream, isComplete: fits)
    if endStream { try closeRemote(stream) }
    return fits
      ? .headers(id, kind: kind, endStream: endStream)
      : .headersTooLarge(id, kind: kind, endStream: endStream)
  }

  /// Decodes a block into `headers`; false when not all fields fit our limit.
  private func decode(_ block: UnsafeRawBufferPointer) throws(HTTP2Error) -> Bool {
    switch recentBlocks.find(block, changes: decoder.changes) {
    case .whole(let place):
      // The next call of the same kind finds its fields where they are.
      if recentBlocks.blocks[place].version != currentVersion.list {
        headers = recentBlocks.blocks[place].headers
        currentVersion = HeadersVersion(recentBlocks.blocks[place].version)
      }
      return true
    case .allButLastValue(let place):
      return try decodeLastValue(of: block, after: place)
    case nil:
      return try decodeAll(of: block)
    }
  }

  private func decodeAll(of block: UnsafeRawBufferPointer) throws(HTTP2Error) -> Bool {
    let changes = decoder.changes
    latestVersion += 1
    currentVersion = HeadersVersion(latestVersion)
    headers.removeAll()
    let limit = configuration.maxHeaderListSize
    do throws(HPACKError) {
      guard try decoder.decode(block, into: &headers, maximumSize: limit) else { return false }
    } catch {
      throw .connection(.compressionError, "\(error) (RFC 7541)")
    }
    if decoder.changes == changes {
      recentBlocks.add(
        block,
        lastValue: decoder.lastValueStart,
        headers,
        version: latestVersion,
        changes: changes
      )
    }
    return true
  }

  /// Decodes what follows where a block stops being the same as one that has come before.
  private func decodeLastValue(
    of block: UnsafeRawBufferPointer,
    after place: Int
  ) throws(HTTP2Error) -> Bool {
    let (version, start) = (
      recentBlocks.blocks[place].version, recentBlocks.blocks[place].lastValue
    )
    if currentVersion.allButLastValue != version { headers = recentBlocks.blocks[place].headers }
    latestVersion += 1
    currentVersion = HeadersVersion(latestVersion)
    let limit = configuration.maxHeaderListSize
    do throws(HPACKError) {
      guard
        try HPACKDecoder.decodeLastValue(of: block, from: start, into: &headers, maximumSize: limit)
      else { return false }
    } catch {
      throw .connection(.compressionError, "\(error) (RFC 7541)")
    }
    currentVersion.allButLastValue = version
    return true
  }

  /// The stream of a header block, opened if need be; nil when the block is to be ignored.
  private func existingOrNew(_ id: StreamID) throws(HTTP2Error) -> StreamState? {
    if let stream = streams[id] {
      // §5.1, half-closed (remote)
      guard !stream.isRemoteClosed else {
        throw .stream(id, .streamClosed, "HEADERS after END_STREAM (§5.1)")
      }
      return stream
    }
    if let ending = recentlyEnded.ending(of: id) {
      switch ending {
      case .resetByUs: return nil  // §5.1: it was on its way when we ended the stream
      case .resetByPeer: throw .stream(id, .streamClosed, "HEADERS after RST_STREAM (§5.1)")
      case .normally: throw .connection(.streamClosed, "HEADERS on a closed stream (§5.1)")
      }
    }
    // Of its own streams, a client knows that they were open: one that it forgot it has ended long ago.
    if isLocal(id), !isIdle(id) { return nil }
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
      return nil
    }
    guard remoteStreams < configuration.maxConcurrentStreams else {
      throw .stream(id, .refusedStream, "more streams than SETTINGS allowed (§5.1.2)")
    }
    return addStream(id)
  }

  /// §6.8: streams above the last one that our GOAWAY named are ignored, with all that comes on them.
  func isDiscarded(_ id: StreamID) -> Bool { !isLocal(id) && id > acceptLimit }

  /// What the peer may send on a new stream: until it has acknowledged our settings, it goes by the window that
  /// holds without them (§6.5.3, §6.9.2).
  private var initialReceiveWindow: Int {
    unacknowledgedSettings > 0 ? Self.initialWindow : configuration.streamWindow
  }

  func addStream(_ id: StreamID) -> StreamState {
    let stream = StreamState(
      id,
      sendWindow: peerSettings.initialWindowSize,
      receiveWindow: initialReceiveWindow,
      receiveTarget: configuration.streamWindow,
      openedAt: now
    )
    streams.insert(stream, for: id)
    if isLocal(id) { localStreams += 1 } else { remoteStreams += 1 }
    return stream
  }

  /// Checks the fields against §8, and says what the block is to its stream.
  private func judgeMessage(
    on stream: StreamState,
    endStream: Bool,
    isComplete: Bool
  ) throws(HTTP2Error) -> HTTP2Event.HeadersKind {
    if stream.hasHeaders {
      try judgeTrailers(on: stream, endStream: endStream, isComplete: isComplete)
      return .trailers
    }
    guard isComplete, !(stream.asked == .other && isPlainHead) else {
      stream.hasHeaders = true
      return .initial
    }
    let id = stream.id
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
    switch role {
    case .server:
      stream.isTunnel = headers.firstIndex(of: .path) == nil  // only CONNECT may do without
    case .client:
      if stream.asked == .head || MessageRules.isWithoutContent(headers) { length = 0 }
      stream.isTunnel = stream.asked == .connect && MessageRules.isSuccess(headers)
    }
    stream.hasHeaders = true
    stream.expectedLength = length
    if length == nil, !stream.isTunnel, stream.asked == .other {
      plainHead = HeadersVersion(
        list: currentVersion.list,
        allButLastValue: endsPlainly
          ? currentVersion.allButLastValue : HeadersVersion.none.allButLastValue
      )
    }
    return .initial
  }

  /// Whether `headers` is like the last head that broke no rule, as far as the rules are concerned.
  private var isPlainHead: Bool {
    currentVersion.list == plainHead.list
      || (currentVersion.allButLastValue == plainHead.allButLastValue && endsPlainly)
  }

  /// Whether the last field could as well be missing.
  private var endsPlainly: Bool {
    let last = headers.count - 1
    return last >= 0 && MessageRules.isPlain(headers.token(last)) && headers.isWellFormed(last)
  }

  private func judgeTrailers(
    on stream: StreamState,
    endStream: Bool,
    isComplete: Bool
  ) throws(HTTP2Error) {
    guard !stream.isTunnel else {
      throw .stream(
        stream.id,
        .protocolError,
        "HEADERS on a stream that CONNECT has connected (§8.5)"
      )
    }
    // §8.1: fields at the end of a message end the stream.
    guard endStream else {
      throw .stream(stream.id, .protocolError, "trailers without END_STREAM (§8.1)")
    }
    guard isComplete, currentVersion.list != soundTrailers else { return }
    if let reason = MessageRules.violation(in: headers, as: .trailers) {
      throw .stream(stream.id, .protocolError, reason)
    }
    soundTrailers = currentVersion.list
  }

  // MARK: DATA

  func receiveData(
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
    stream.receiveWindow -= payload.count
    stream.unconsumed += payload.count
    // An empty frame may come while a change of settings has made the window negative (§6.9.2).
    guard stream.receiveWindow >= 0 || payload.isEmpty else {
      throw .stream(id, .flowControlError, "more data than the stream's window (§6.9.1)")
    }
    if let length = stream.expectedLength {
      guard data.count <= length else {
        throw .stream(id, .protocolError, "more data than content-length said (§8.1.1)")
      }
      stream.expectedLength = length - data.count
    }
    if payload.count > data.count { consumed(payload.count - data.count, on: id) }
    if endStream { try closeRemote(stream) }
    guard !data.isEmpty || endStream else { return nil }
    return .data(id, data, endStream: endStream)
  }

  private func judgeStrayData(_ id: StreamID) throws(HTTP2Error) -> HTTP2Event? {
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
  func closeRemote(_ stream: StreamState) throws(HTTP2Error) {
    if let rest = stream.expectedLength, rest > 0 {
      throw .stream(stream.id, .protocolError, "less data than content-length said (§8.1.1)")
    }
    stream.isRemoteClosed = true
    if stream.isLocalClosed { end(stream.id, .normally) }
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
