internal import HPACK

// The frames that carry no message: PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE (RFC 9113 §6.3–§6.9).
extension HTTP2Connection {
  func receivePriority(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard frame.stream != .connection else {
      throw .connection(.protocolError, "PRIORITY on stream 0 (§6.3)")
    }
    try countControlFrame()
    guard payload.count == 5 else {
      throw .stream(frame.stream, .frameSizeError, "PRIORITY of \(payload.count) bytes (§6.3)")
    }
    // RFC 7540 §5.3.1; RFC 9113 deprecates priorities, and tools still expect this.
    guard StreamID(input.bigEndian32(at: payload.lowerBound)) != frame.stream else {
      throw .stream(
        frame.stream,
        .protocolError,
        "a stream that depends on itself (RFC 7540 §5.3.1)"
      )
    }
    return nil
  }

  func receiveReset(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard frame.stream != .connection else {
      throw .connection(.protocolError, "RST_STREAM on stream 0 (§6.4)")
    }
    guard payload.count == 4 else {
      throw .connection(.frameSizeError, "RST_STREAM of \(payload.count) bytes (§6.4)")
    }
    guard !isIdle(frame.stream) else {
      throw .connection(.protocolError, "RST_STREAM on an idle stream (§6.4)")
    }
    let code = ErrorCode(rawValue: input.bigEndian32(at: payload.lowerBound))
    guard let stream = streams[frame.stream] else {
      try countControlFrame()
      return nil
    }
    try judgeReset(of: stream)
    end(frame.stream, .resetByPeer)
    return .streamReset(frame.stream, code)
  }

  /// Tells a client that gives calls up from one that lets us work for nothing (CVE-2023-44487).
  ///
  /// A stream that is open for longer than the bytes of one read takes its place among the concurrent streams, and
  /// their number is limited: so many may be cancelled at once, and any number over time. One whose RST_STREAM
  /// comes with its HEADERS never counts against that limit; those are counted here, and each stream that
  /// runs to its end takes one back.
  private func judgeReset(of stream: StreamState) throws(HTTP2Error) {
    guard role == .server, stream.openedAt == now else { return }
    guard rapidResets.allows(at: now) else {
      throw .connection(.enhanceYourCalm, "too many streams opened and reset at once (§10.5)")
    }
  }

  func receiveSettings(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard frame.stream == .connection else {
      throw .connection(.protocolError, "SETTINGS on a stream (§6.5)")
    }
    if frame.has(FrameFlags.acknowledgement) {
      guard payload.isEmpty else {
        throw .connection(.frameSizeError, "a SETTINGS acknowledgement with a payload (§6.5)")
      }
      guard hasReceivedSettings else {
        throw .connection(.protocolError, "the first frame acknowledges SETTINGS (§3.4)")
      }
      try countControlFrame()
      guard unacknowledgedSettings > 0 else { return nil }
      unacknowledgedSettings -= 1
      applyOwnSettings()
      return .settingsAcknowledged
    }
    guard payload.count % 6 == 0 else {
      throw .connection(.frameSizeError, "SETTINGS of \(payload.count) bytes (§6.5)")
    }
    if hasReceivedSettings { try countControlFrame() }
    hasReceivedSettings = true
    let oldWindow = peerSettings.initialWindowSize
    for start in stride(from: payload.lowerBound, to: payload.upperBound, by: 6) {
      let identifier = UInt16(input[start]) << 8 | UInt16(input[start + 1])
      try apply(identifier, Int(input.bigEndian32(at: start + 2)))
    }
    try changeWindows(by: peerSettings.initialWindowSize - oldWindow)
    output.bytes.appendFrameHeader(
      length: 0,
      .settings,
      flags: FrameFlags.acknowledgement,
      .connection
    )
    pump()
    events.append(.streamsAvailable)
    return .settings
  }

  /// §6.5.2: what each setting may be.
  private func apply(_ identifier: UInt16, _ value: Int) throws(HTTP2Error) {
    switch identifier {
    case 0x1:
      peerSettings.headerTableSize = value
      encoder.setMaximumTableSize(value)
    case 0x2:
      guard value <= 1, role == .server || value == 0 else {
        throw .connection(.protocolError, "ENABLE_PUSH of \(value) (§6.5.2)")
      }
      peerSettings.enablePush = value == 1
    case 0x3:
      peerSettings.maxConcurrentStreams = value
    case 0x4:
      guard value <= 0x7FFF_FFFF else {
        throw .connection(.flowControlError, "INITIAL_WINDOW_SIZE of \(value) (§6.5.2)")
      }
      peerSettings.initialWindowSize = value
    case 0x5:
      guard (16_384...16_777_215).contains(value) else {
        throw .connection(.protocolError, "MAX_FRAME_SIZE of \(value) (§6.5.2)")
      }
      peerSettings.maxFrameSize = value
    case 0x6:
      peerSettings.maxHeaderListSize = value
    default:
      break  // §6.5.2: unknown settings are ignored
    }
  }

  /// §6.9.2: every stream's window moves by the difference, below zero too.
  ///
  /// Once for a frame of settings, however many values it holds: each costs a look at every stream.
  private func changeWindows(by difference: Int) throws(HTTP2Error) {
    guard difference != 0 else { return }
    for id in streams.ids {
      guard let stream = streams[id] else { continue }
      stream.sendWindow += difference
      guard stream.sendWindow <= 0x7FFF_FFFF else {
        throw .connection(.flowControlError, "a window above 2^31-1 (§6.9.2)")
      }
      if difference > 0 { queue(stream) }
    }
  }

  /// The peer has acknowledged our settings: from here on it goes by them (§6.5.3).
  private func applyOwnSettings() {
    guard unacknowledgedSettings == 0 else { return }
    let difference = configuration.streamWindow - Self.initialWindow
    for id in streams.ids { streams[id]?.receiveWindow += difference }
  }

  func receivePing(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard frame.stream == .connection else {
      throw .connection(.protocolError, "PING on a stream (§6.7)")
    }
    guard payload.count == 8 else {
      throw .connection(.frameSizeError, "PING of \(payload.count) bytes (§6.7)")
    }
    try countControlFrame()
    if frame.has(FrameFlags.acknowledgement) {
      let value =
        UInt64(input.bigEndian32(at: payload.lowerBound)) << 32
        | UInt64(input.bigEndian32(at: payload.lowerBound + 4))
      if value == gracePing { completeGracefulShutdown() }
      return .pong(value)
    }
    output.bytes.appendFrameHeader(length: 8, .ping, flags: FrameFlags.acknowledgement, .connection)
    output.bytes += input[payload]
    return .ping
  }

  func receiveGoAway(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard frame.stream == .connection else {
      throw .connection(.protocolError, "GOAWAY on a stream (§6.8)")
    }
    guard payload.count >= 8 else {
      throw .connection(.frameSizeError, "GOAWAY of \(payload.count) bytes (§6.8)")
    }
    try countControlFrame()
    hasReceivedGoAway = true
    let last = StreamID(input.bigEndian32(at: payload.lowerBound))
    let code = ErrorCode(rawValue: input.bigEndian32(at: payload.lowerBound + 4))
    // §6.8: what is above the last stream has not been looked at.
    for id in streams.ids.sorted() where isLocal(id) && id > last {
      end(id, .resetByUs)
      events.append(.streamUnprocessed(id))
    }
    return .goAway(lastStreamID: last, code, debug: (payload.lowerBound + 8)..<payload.upperBound)
  }

  func receiveWindowUpdate(
    _ frame: FrameHeader,
    _ input: UnsafeRawBufferPointer,
    _ payload: Range<Int>
  ) throws(HTTP2Error) -> HTTP2Event? {
    guard payload.count == 4 else {
      throw .connection(.frameSizeError, "WINDOW_UPDATE of \(payload.count) bytes (§6.9)")
    }
    try countControlFrame()
    let increment = Int(input.bigEndian32(at: payload.lowerBound) & 0x7FFF_FFFF)
    let id = frame.stream
    if id == .connection {
      guard increment > 0 else {
        throw .connection(.protocolError, "a window update of zero (§6.9)")
      }
      sendWindow += increment
      guard sendWindow <= 0x7FFF_FFFF else {
        throw .connection(.flowControlError, "a window above 2^31-1 (§6.9.1)")
      }
      pump()
      return nil
    }
    guard !isIdle(id) else {
      throw .connection(.protocolError, "WINDOW_UPDATE on an idle stream (§5.1)")
    }
    // §5.1: it may come a short while after the end
    guard let stream = streams[id] else { return nil }
    guard increment > 0 else {
      throw .stream(id, .protocolError, "a window update of zero (§6.9)")
    }
    stream.sendWindow += increment
    guard stream.sendWindow <= 0x7FFF_FFFF else {
      throw .stream(id, .flowControlError, "a window above 2^31-1 (§6.9.1)")
    }
    queue(stream)
    pump()
    return nil
  }
}
