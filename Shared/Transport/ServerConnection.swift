internal import HPACK
internal import HTTP2
internal import Sockets

/// The server's end of a connection.
public final class ServerConnection: Connection {
  /// What the layer above keeps for this connection.
  public var attachment: AnyObject?
  private let delegate: any ServerConnectionDelegate
  private let onClose: (Int) -> Void

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
      headers: http2.headers,
      isComplete: isComplete,
      endStream: endStream
    )
  }

  override func closed(_ error: TransportError) {
    onClose(id)
    delegate.connectionClosed(self)
  }
}
