public import Sockets

/// Accepts connections at one address and spreads them over the loops of a group.
public final class Listener: Sendable {
  /// The address, with the real port.
  public let localAddress: SocketAddress
  private let state: LoopConfined<ListenerState>
  private let loop: EventLoop
  private let registry: ConnectionRegistry

  /// Listens on an address.
  ///
  /// - Throws: `SocketError`, which names the address and what is wrong with it.
  public static func listen(
    on address: SocketAddress,
    group: EventLoopGroup = .shared,
    configuration: TransportConfiguration = TransportConfiguration(),
    delegate: any ServerConnectionDelegate
  ) throws(SocketError) -> Listener {
    Listener(try Socket.listen(on: address), group, configuration, delegate)
  }

  private init(
    _ socket: Socket,
    _ group: EventLoopGroup,
    _ configuration: TransportConfiguration,
    _ delegate: any ServerConnectionDelegate
  ) {
    localAddress = socket.localAddress
    loop = group.nextLoop()
    registry = ConnectionRegistry(group: group, configuration, delegate)
    state = LoopConfined(ListenerState(socket, registry, loop), to: loop)
    loop.execute { [state] in state.wrapped.start() }
  }

  /// Stops accepting, lets open streams finish for a time, then ends the rest.
  public func drain(grace: Duration) async {
    await withCheckedContinuation { continuation in
      loop.execute { [state] in
        state.wrapped.stop()
        continuation.resume()
      }
    }
    await registry.drain(grace: grace)
  }
}
