// The line of streams that have something to send and may not yet: a window, or the socket, is in the way.
extension HTTP2Connection {
  func queue(_ stream: StreamState) {
    guard !stream.isQueued, !stream.queue.isEmpty else { return }
    stream.isQueued = true
    line.append(stream.id)
  }

  /// Sends what may be sent, one frame for each stream in turn.
  func pump() {
    var index = 0
    var kept: [StreamID] = []
    while index < line.count {
      let id = line[index]
      index += 1
      guard output.count < configuration.outputHighWater else {
        kept.append(id)
        continue
      }
      guard let stream = streams[id] else { continue }
      switch sendOneFrame(of: stream) {
      case .more: line.append(id)  // behind the others
      case .waitsForConnection: kept.append(id)
      case .done, .waitsForStream: stream.isQueued = false
      }
    }
    line = kept
  }

  private enum Progress {
    case more, done, waitsForStream, waitsForConnection
  }

  private func sendOneFrame(of stream: StreamState) -> Progress {
    let pending = stream.queue.count
    if pending > 0 || stream.queue.endsStream {
      // Windows may be negative (§6.9.2).
      let length = max(0, min(pending, peerSettings.maxFrameSize, stream.sendWindow, sendWindow))
      guard length > 0 || pending == 0 else {
        return stream.sendWindow <= 0 ? .waitsForStream : .waitsForConnection
      }
      let endStream = stream.queue.endsStream && length == pending
      takeAndWrite(length, of: stream, endStream: endStream)
      if endStream {
        closeLocal(stream)
        return .done
      }
    }
    if stream.queue.count > 0 { return .more }
    if let trailers = stream.queue.trailers {
      stream.queue.trailers = nil
      writeHeaders(trailers, on: stream.id, endStream: true)
      closeLocal(stream)
    }
    return .done
  }

  private func takeAndWrite(_ length: Int, of stream: StreamState, endStream: Bool) {
    let flags = endStream ? FrameFlags.endStream : 0
    output.bytes.appendFrameHeader(length: length, .data, flags: flags, stream.id)
    messageFramesSent &+= 1
    stream.sendWindow -= length
    sendWindow -= length
    controlFrames.forgive()
    if endStream { stream.queue.endsStream = false }
    if length > 0 { stream.queue.move(length, to: &output) }
    guard stream.isPaused, stream.queue.count <= configuration.streamHighWater / 2 else { return }
    stream.isPaused = false
    events.append(.streamWritable(stream.id))
  }

  /// We have said END_STREAM.
  func closeLocal(_ stream: StreamState) {
    stream.isLocalClosed = true
    if stream.isRemoteClosed {
      end(stream.id, .normally)
    } else if stream.resetsWhenSent {
      reset(stream.id, .noError)
      events.append(.streamClosed(stream.id))
    }
  }
}
