internal import HPACK

// How frames are written.
extension HTTP2Connection {
  func writeSettingsValues() -> [(UInt16, UInt32)] {
    var values: [(UInt16, UInt32)] = []
    if role == .client { values.append((0x2, 0)) }  // ENABLE_PUSH
    if role == .server { values.append((0x3, UInt32(configuration.maxConcurrentStreams))) }
    values.append((0x4, UInt32(configuration.streamWindow)))
    values.append((0x6, UInt32(configuration.maxHeaderListSize)))
    return values
  }

  func writeSettings() {
    let values = writeSettingsValues()
    output.bytes.appendFrameHeader(length: values.count * 6, .settings, .connection)
    for (identifier, value) in values {
      output.bytes.appendBigEndian(identifier)
      output.bytes.appendBigEndian(value)
    }
  }

  func writeHeaders(
    _ list: HeaderList,
    and once: PlainField? = nil,
    _ more: HeaderList? = nil,
    on id: StreamID,
    endStream: Bool
  ) {
    let start = output.bytes.count
    let flags = endStream ? FrameFlags.endStream : 0
    messageFramesSent &+= 1
    output.bytes.appendFrameHeader(length: 0, .headers, flags: flags | FrameFlags.endHeaders, id)
    encoder.encode(list, into: &output.bytes)
    once?.encode(into: &output.bytes)
    if let more { encoder.encode(more, into: &output.bytes) }
    let length = output.bytes.count - start - FrameHeader.size
    guard length <= peerSettings.maxFrameSize else {
      return splitHeaders(from: start, length, flags, id)
    }
    output.bytes.setFrameLength(length, at: start)
  }

  /// §6.10: what does not fit one frame goes on in CONTINUATION frames.
  private func splitHeaders(from start: Int, _ length: Int, _ flags: UInt8, _ id: StreamID) {
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

  func writeData(_ bytes: UnsafeRawBufferPointer, on stream: StreamState, endStream: Bool) {
    let id = stream.id
    stream.sendWindow -= bytes.count
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

  func writeReset(_ id: StreamID, _ code: ErrorCode) {
    output.bytes.appendFrameHeader(length: 4, .resetStream, id)
    output.bytes.appendBigEndian(code.rawValue)
  }

  /// §6.8: names the last stream that was looked at, which never grows from one GOAWAY to the next.
  func writeGoAway(_ code: ErrorCode, debug: String, last: StreamID? = nil) {
    hasSentGoAway = true
    let last = last ?? min(lastPeerStream, acceptLimit)
    let debug = debug.utf8
    output.bytes.appendFrameHeader(length: 8 + debug.count, .goAway, .connection)
    output.bytes.appendBigEndian(last.rawValue)
    output.bytes.appendBigEndian(code.rawValue)
    output.bytes.append(contentsOf: debug)
  }

  func writeWindowUpdate(_ id: StreamID, _ increment: Int) {
    output.bytes.appendFrameHeader(length: 4, .windowUpdate, id)
    output.bytes.appendBigEndian(UInt32(truncatingIfNeeded: increment))
  }

  /// Gives the connection's window back what the application has consumed, in steps of half a window.
  func creditConnection(consumed count: Int) {
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

  func creditConnection(_ increment: Int) {
    guard increment > 0 else { return }
    receiveWindow += increment
    writeWindowUpdate(.connection, increment)
  }
}
