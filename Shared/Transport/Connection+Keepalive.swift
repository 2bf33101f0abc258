internal import HTTP2
internal import Sockets

// Looking after a connection in which nothing happens: `Keepalive` decides, the loop's timers wake it.
extension Connection {
  func updateKeepalive() {
    keepalive.callsChanged(http2.activeStreams > 0, now: loop.now)
    armKeepalive()
  }

  /// Makes sure that a timer fires no later than the next check is due; one that fires too early does no harm.
  func armKeepalive() {
    guard !isClosing, !isClosed, let deadline = keepalive.nextCheck else { return }
    if let timer = keepaliveTimer {
      guard deadline < timer.deadline else { return }
      loop.cancel(timer.id)
    }
    let wait = deadline > loop.now ? deadline - loop.now : 0
    let id = loop.schedule(after: wait) {
      self.keepaliveTimer = nil
      self.checkKeepalive()
    }
    keepaliveTimer = (id, deadline)
  }

  private func checkKeepalive() {
    guard !isClosing, !isClosed else { return }
    switch keepalive.check(now: loop.now) {
    case .rest: return armKeepalive()
    case .ping:
      http2.ping(0x6B65_6570_616C_6976)  // "keepaliv"
      markDirty()
    case .giveUp: return finish(.keepaliveTimeout)
    case .retire:
      // For the layer above, as if the peer had said so: new calls belong on another connection.
      draining(nil)
      closeGracefully()
    case .close: return endCalls("the connection has reached its maxConnectionAge")
    }
    checkKeepalive()
  }
}
