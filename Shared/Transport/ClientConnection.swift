public import HPACK
public import HTTP2
public import Sockets

/// The client's end of a connection.
public final class ClientConnection: Connection {
  /// Kept until the connection is gone: `closed` always comes.
  private var delegate: (any ClientConnectionDelegate)?

  private init(
    _ socket: Socket,
    to peer: SocketAddress,
    loop: EventLoop,
    configuration: TransportConfiguration,
    delegate: any ClientConnectionDelegate
  ) {
    self.delegate = delegate
    super.init(socket, role: .client, peer: peer, loop: loop, configuration: configuration)
  }

  /// Connects, on the loop's thread, and reports there once.
  public static func connect(
    to address: SocketAddress,
    loop: EventLoop,
    configuration: TransportConfiguration,
    delegate: any ClientConnectionDelegate,
    completion: @escaping (Result<ClientConnection, SocketError>) -> Void
  ) {
    let socket: Socket
    do {
      socket = try Socket.connect(to: address)
    } catch {
      return completion(.failure(error))
    }
    let attempt = ConnectAttempt(socket, to: address, on: loop) { result in
      completion(
        result.map { socket in
          let connection = ClientConnection(
            socket,
            to: address,
            loop: loop,
            configuration: configuration,
            delegate: delegate
          )
          connection.start()
          return connection
        }
      )
    }
    attempt.start(timeout: configuration.connectTimeout.clampedNanoseconds)
  }

  /// After so long without a byte from the server, it is asked for a sign of life; nil: never.
  public var keepaliveTime: Duration? { configuration.keepaliveTime }

  /// Whether `openStream` would open one now.
  public var canOpenStream: Bool { !isClosed && http2.canOpenStream }

  /// Whether no stream can be opened on this connection any more.
  public var isExhausted: Bool { isClosed || http2.isExhausted }

  /// Opens a stream and sends its first fields.
  ///
  /// - Parameters:
  ///   - headers: The fields that many requests begin with.
  ///   - once: A field of this request's own, which will not come again.
  ///   - more: Other fields of this request's own.
  ///   - endStream: Whether nothing follows.
  ///   - consumer: Receives the response.
  /// - Returns: The stream; nil when the server's limit is reached, or the connection is going away.
  public func openStream(
    _ headers: HeaderList,
    and once: PlainField? = nil,
    _ more: HeaderList? = nil,
    endStream: Bool,
    consumer: any StreamConsumer
  ) -> StreamID? {
    guard canOpenStream, let id = http2.openStream() else { return nil }
    attach(consumer, to: id)
    http2.sendHeaders(headers, and: once, more, on: id, endStream: endStream)
    markDirty()
    return id
  }

  override func ready() { delegate?.connectionReady(self) }
  override func streamsAvailable() { delegate?.streamsAvailable(self) }
  override func draining(_ reason: TransportError?) {
    if reason == .goAway(.enhanceYourCalm, "too_many_pings") {
      delegate?.connectionPingedTooOften(self)
    }
    delegate?.connectionDraining(self)
  }
  override func closed(_ error: TransportError) {
    delegate?.connectionClosed(self, error)
    delegate = nil
  }
}

/// A connection that is being made: ends with a connected socket, an error, or after a time.
private final class ConnectAttempt: ReadinessDelegate {
  private let socket: Socket
  private let address: SocketAddress
  private let loop: EventLoop
  private var completion: ((Result<Socket, SocketError>) -> Void)?
  private var registration: Registration?
  private var timer: TimerID?

  init(
    _ socket: Socket,
    to address: SocketAddress,
    on loop: EventLoop,
    completion: @escaping (Result<Socket, SocketError>) -> Void
  ) {
    self.socket = socket
    self.address = address
    self.loop = loop
    self.completion = completion
  }

  func start(timeout: UInt64) {
    registration = loop.register(socket.descriptor, self)
    timer = loop.schedule(after: timeout) { [self] in
      finish(.failure(SocketError(.timedOut, "cannot connect to \(address): no answer in time")))
    }
  }

  func becameReadable() {}

  func becameWritable() {
    if let error = socket.connectError(to: address) {
      finish(.failure(error))
    } else {
      finish(.success(socket))
    }
  }

  private func finish(_ result: Result<Socket, SocketError>) {
    guard let completion else { return }
    self.completion = nil
    if let registration { loop.deregister(registration) }
    if let timer { loop.cancel(timer) }
    if case .failure = result { socket.close() }
    completion(result)
  }
}
