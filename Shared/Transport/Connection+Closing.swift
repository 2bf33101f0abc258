internal import HTTP2
internal import Sockets

// How a connection ends: by either side, by a fault, or because nothing is left to do.
extension Connection {
  /// The peer has sent all it will send.
  ///
  /// A client that has closed its side may still wait for answers (a half-closed connection). One that is gone
  /// altogether answers the PING with a reset, so that nobody works for it.
  func readEnded() {
    // The system says it again with each event: only an error is news then.
    if isReadEnded, !isClosing {
      if let error = socket.pendingError { finish(.socket(error)) }
      return
    }
    isReadEnded = true
    guard !isClosing, http2.role == .server else { return peerClosed(.closedByPeer) }
    http2.receiveEnd()
    drainEvents()
    guard http2.isEstablished, http2.activeStreams > 0 || http2.output.count > 0 else {
      return peerClosed(.closedByPeer)
    }
    http2.ping(0x6861_6C66_2063_6C6F)  // "half clo"
    markDirty()
  }

  func peerClosed(_ error: TransportError) {
    if !http2.isEstablished && http2.role == .server && !isClosing {
      log("closed before it spoke HTTP/2; \(Printable.guess(opening))")
    }
    finish(closeReason ?? otherProtocol ?? error)
  }

  /// What a client says of a server that has spoken, and no HTTP/2; nil for any other.
  var otherProtocol: TransportError? {
    guard http2.role == .client, !http2.isEstablished else { return nil }
    return Printable.guessServer(opening).map { .otherProtocol($0) }
  }

  func handshakeTimedOut() {
    handshakeTimer = nil
    guard !isClosed else { return }
    if http2.role == .server {
      let seen = Printable.guess(opening)
      log("no HTTP/2 preface and SETTINGS within \(configuration.handshakeTimeout); \(seen)")
    }
    http2.goAway(.settingsTimeout, debug: "no preface and SETTINGS in time")
    beginClosing(.handshakeTimeout)
  }

  /// Ends all streams; the socket closes when the last bytes are out, or after a time.
  func beginClosing(_ reason: TransportError) {
    guard !isClosing, !isClosed else { return }
    isClosing = true
    closeReason = closeReason ?? reason
    endAllStreams(reason)
    // Also a peer that reads nothing must not hold the connection.
    closeTimer = loop.schedule(after: configuration.closeTimeout.clampedNanoseconds) {
      self.finish(.closedLocally("the peer did not close in time"))
    }
    markDirty()
  }

  /// After a flush: whether the connection has nothing left to do.
  func endIfDone() {
    let isIdle = http2.activeStreams == 0
    if closesWhenIdle && isIdle { close("the connection was drained") }
    let isDrained = http2.isDraining && http2.hasSentGoAway && !http2.isInGrace
    if !isClosing && isIdle && isDrained {
      beginClosing(.closedLocally("the connection was drained"))
    }
    guard http2.output.count == 0 else { return }
    if isReadEnded && (isClosing || isIdle) { return finish(.closedByPeer) }
    if isClosing && !hasSaidLast {
      // Closing while unread bytes wait would make the system throw away what we have sent, GOAWAY too: so say
      // that we are done, and wait a moment for the peer to close.
      hasSaidLast = true
      socket.finishWriting()
    }
  }

  private func endAllStreams(_ reason: TransportError) {
    for id in consumers.ids { consumers.remove(id)?.streamEnded(.connectionLost(reason)) }
  }

  func finish(_ reason: TransportError) {
    guard !isClosed else { return }
    isClosed = true
    if let registration { loop.deregister(registration) }
    for timer in [handshakeTimer, closeTimer, keepaliveTimer?.id] {
      if let timer { loop.cancel(timer) }
    }
    socket.close()
    let reason = closeReason ?? reason
    endAllStreams(reason)
    configuration.wireTap?.connectionClosed(id)
    closed(reason)
  }
}
