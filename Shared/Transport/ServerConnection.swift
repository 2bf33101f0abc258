internal import HPACK
internal import HTTP2
internal import Sockets

/// The server's end of a connection.
public final class ServerConnection: Connection {
  /// What the layer above keeps for this connection.
  public var attachment: AnyObject? {
    get { kept }
    set { kept = newValue }
  }
  // Unchecked: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) private var kept: AnyObject?
  private let delegate: any ServerConnectionDelegate
  private let onClose: (Int) -> Void
  private var pingPolicy: PingPolicy

  init(
    _ socket: Socket,
    peer: SocketAddress,
    loop: EventLoop,
    configuration: TransportConfiguration,
    delegate: any ServerConnectionDelegate,
    onClose: @escaping (Int) -> Void
  ) {
    self.delegate = delegate
    self.onClose = onClose
    pingPolicy = PingPolicy(configuration)
    super.init(socket, role: .server, peer: peer, loop: loop, configuration: configuration)
  }

  override func start() {
    super.start()
    delegate.connectionOpened(self)
  }

  override func streamOpened(
    _ id: StreamID,
    isComplete: Bool,
    endStream: Bool
  ) -> (any StreamConsumer)? {
    delegate.connection(
      self,
      opened: id,
      isComplete: isComplete,
      endStream: endStream
    )
  }

  override func pinged() {
    let isAllowed = pingPolicy.allowsPing(
      now: loop.now,
      framesSent: http2.messageFramesSent,
      hasCalls: http2.activeStreams > 0
    )
    guard configuration.enforcesPingPolicy, !isAllowed else { return }
    log("pings too often (see minPingInterval)")
    http2.goAway(.enhanceYourCalm, debug: "too_many_pings")
    beginClosing(.violation(.enhanceYourCalm, "too many pings"))
  }

  /// Closes, after the layer above has had the chance to end its calls in its own words.
  override func endCalls(_ reason: String) {
    guard !isClosed else { return }
    delegate.connection(self, mustEndCalls: reason)
    close(reason)
  }

  override func closed(_ error: TransportError) {
    onClose(id)
    delegate.connectionClosed(self)
  }
}
