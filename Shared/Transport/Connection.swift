public import HPACK
public import HTTP2
public import Sockets
internal import Synchronization

private let lastConnectionID = Atomic<Int>(0)

/// An HTTP/2 connection over a socket: the place where the machine meets the system.
///
/// It lives on one event loop. When the loop says that there are bytes, it reads them into the loop's buffer, feeds
/// the machine, and hands each event to the consumer of its stream. What the machine wants to send goes out once
/// at the end of the loop's turn, however many calls caused it.
public class Connection: ReadinessDelegate, Flushable {
  /// A number for logs and the wire view, unique in the process.
  public let id: Int
  /// The loop whose thread alone may touch this object.
  public let loop: EventLoop
  /// The other end's address.
  public let peer: SocketAddress
  /// This end's address.
  public let local: SocketAddress
  let configuration: TransportConfiguration

  // Unchecked, as others below: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) var http2: HTTP2Connection
  private let socket: Socket
  private var registration: Registration?
  @exclusivity(unchecked) private var consumers = StreamTable<any StreamConsumer>()
  /// The beginning of a frame whose rest has not come.
  @exclusivity(unchecked) private var leftover: [UInt8] = []
  private var isDirty = false
  private var isWritable = true
  /// Nothing is read any more: the connection waits until its last bytes are out.
  private var isClosing = false
  private(set) var isClosed = false
  private var closeReason: TransportError?
  private var handshakeTimer: TimerID?
  private var closesWhenIdle = false
  private var lingerTimer: TimerID?

  init(
    _ socket: Socket,
    role: HTTP2Connection.Role,
    peer: SocketAddress,
    loop: EventLoop,
    configuration: TransportConfiguration
  ) {
    self.id = lastConnectionID.wrappingAdd(1, ordering: .relaxed).newValue
    self.socket = socket
    self.loop = loop
    self.peer = peer
    self.local = socket.localAddress
    self.configuration = configuration
    self.http2 = HTTP2Connection(role: role, configuration: configuration.http2)
  }

  /// Begins to speak.
  ///
  /// On the loop.
  func start() {
    configuration.wireTap?.connectionOpened(id, role: http2.role, local: local, peer: peer)
    registration = loop.register(socket.descriptor, self)
    handshakeTimer = loop.schedule(after: configuration.handshakeTimeout.clampedNanoseconds) {
      [weak self] in self?.handshakeTimedOut()
    }
    markDirty()
  }

  // MARK: For the layer above

  /// Sends a header block.
  public func sendHeaders(_ list: HeaderList, on id: StreamID, endStream: Bool) {
    http2.sendHeaders(list, on: id, endStream: endStream)
    markDirty()
  }

  /// Sends data, now or when the windows allow.
  public func sendData(_ bytes: UnsafeRawBufferPointer, on id: StreamID, endStream: Bool) {
    http2.sendData(bytes, on: id, endStream: endStream)
    markDirty()
  }

  /// Sends the fields at the end, behind all data.
  public func sendTrailers(_ list: HeaderList, on id: StreamID) {
    http2.sendTrailers(list, on: id)
    markDirty()
  }

  /// Ends a stream at once.
  ///
  /// Its consumer hears nothing more.
  public func reset(_ id: StreamID, _ code: ErrorCode) {
    http2.reset(id, code)
    consumers.remove(id)
    markDirty()
  }

  /// Ends a stream with NO_ERROR when all that was sent on it has gone out (RFC 9113 §8.1).
  public func resetWhenSent(_ id: StreamID) {
    http2.resetWhenSent(id)
    markDirty()
  }

  /// Says that bytes of a stream have been used: the peer may send as many again.
  public func consumed(_ count: Int, on id: StreamID) {
    http2.consumed(count, on: id)
    if http2.output.count > 0 { markDirty() }
  }

  /// Whether a writer may go on; otherwise `becameWritable` comes.
  public func isWritable(_ id: StreamID) -> Bool { http2.isWritable(id) }

  /// What a stream's bytes wait for.
  public func blocked(on id: StreamID) -> HTTP2Connection.Blockage { http2.blocked(on: id) }

  /// The largest header list that the peer takes, in bytes as RFC 9113 §6.5.2 counts them.
  public var peerMaxHeaderListSize: Int { http2.peerSettings.maxHeaderListSize }

  /// The number of open streams.
  public var activeStreams: Int { http2.activeStreams }

  /// Takes no new streams, and closes when the last one is over.
  ///
  /// A client says GOAWAY only then: its peer opens no streams that would have to be stopped, and there are servers
  /// (those on Python's h2) that send nothing more on a connection once they have read a GOAWAY.
  public func closeGracefully() {
    guard !isClosed else { return }
    guard http2.role == .server else {
      closesWhenIdle = true
      return markDirty()
    }
    http2.beginGracefulShutdown(ping: 0x6772_6163_6566_756C)
    markDirty()
    loop.schedule(after: 1_000_000_000) { [weak self] in
      guard let self, !self.isClosed else { return }
      self.http2.completeGracefulShutdown()
      self.markDirty()
    }
  }

  /// Ends all streams and the connection, after the bytes that are on their way.
  public func close(_ reason: String) {
    guard !isClosed, !isClosing else { return }
    http2.goAway(.noError, debug: "")
    beginClosing(.closedLocally(reason))
  }

  // MARK: For the two roles

  /// A header block has opened a stream, or belongs to one without a consumer.
  func streamOpened(_ id: StreamID, isComplete: Bool, endStream: Bool) -> (any StreamConsumer)? {
    nil
  }
  /// The handshake is done.
  func ready() {}
  func streamsAvailable() {}
  func draining(_ code: ErrorCode) {}
  func closed(_ error: TransportError) {}

  func attach(_ consumer: any StreamConsumer, to id: StreamID) {
    consumers.insert(consumer, for: id)
  }

  func markDirty() {
    guard !isDirty, !isClosed else { return }
    isDirty = true
    loop.flushLater(self)
  }

  // MARK: Bytes in

  /// Reads what has come.
  public func becameReadable() {
    // A bound, so that one connection cannot keep the loop to itself.
    for _ in 0..<16 {
      guard !isClosed else { return }
      let buffer = loop.readBuffer
      let kept = leftover.count
      if kept > 0 { buffer.copyBytes(from: leftover) }
      switch socket.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])) {
      case .bytes(let count):
        let input = UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)])
        configuration.wireTap?.bytes(
          id,
          .received,
          UnsafeRawBufferPointer(rebasing: input[kept...])
        )
        process(input)
        if count < buffer.count - kept { return }
      case .wouldBlock:
        return
      case .end:
        return peerClosed(.closedByPeer)
      case .failed(let error):
        return peerClosed(.socket(error))
      }
    }
    // The descriptor will not be announced again: come back in the next turn.
    loop.schedule(after: 0) { [weak self] in self?.becameReadable() }
  }

  private func process(_ input: UnsafeRawBufferPointer) {
    guard !isClosing else { return leftover.removeAll() }
    var offset = 0
    while let event = http2.receive(input, offset: &offset, now: loop.now) {
      handle(event, input)
      if isClosed || isClosing { break }
    }
    leftover.removeAll(keepingCapacity: true)
    if offset < input.count, !isClosed { leftover.append(contentsOf: input[offset...]) }
    if leftover.isEmpty { leftover = [] }
    // The last stream of a connection that is going away may end without a byte to send.
    if http2.output.count > 0 || http2.isDraining { markDirty() }
  }

  private func handle(_ event: HTTP2Event, _ input: UnsafeRawBufferPointer) {
    switch event {
    case .headers(let id, .trailers, _):
      consumers[id]?.receiveTrailers(http2.headers)
    case .headers(let id, let kind, let endStream):
      if let consumer = consumers[id] {
        consumer.receiveHeaders(http2.headers, kind: kind, endStream: endStream)
      } else if let consumer = streamOpened(id, isComplete: true, endStream: endStream) {
        consumers.insert(consumer, for: id)
      }
    case .headersTooLarge(let id, _, let endStream):
      if let consumer = consumers[id] {
        consumer.receiveOversizedHeaders()
      } else if let consumer = streamOpened(id, isComplete: false, endStream: endStream) {
        consumers.insert(consumer, for: id)
      }
    case .data(let id, let range, let endStream):
      if let consumer = consumers[id] {
        consumer.receiveData(UnsafeRawBufferPointer(rebasing: input[range]), endStream: endStream)
      } else {
        http2.consumed(range.count, on: id)
      }
    case .streamClosed(let id): end(id, .completed)
    case .streamReset(let id, .refusedStream): end(id, .unprocessed("the peer refused the stream"))
    case .streamReset(let id, let code): end(id, .resetByPeer(code))
    case .streamFailed(let id, let code, let violation):
      end(id, .violation(code, violation.description))
    case .streamUnprocessed(let id): end(id, .unprocessed("the peer was going away"))
    case .streamWritable(let id): consumers[id]?.becameWritable()
    case .streamsAvailable: streamsAvailable()
    case .settings:
      guard let timer = handshakeTimer else { return }
      loop.cancel(timer)
      handshakeTimer = nil
      ready()
    case .settingsAcknowledged, .ping, .pong: break
    case .goAway(_, let code, let debug):
      if code != .noError {
        closeReason = .goAway(code, Printable.text(UnsafeRawBufferPointer(rebasing: input[debug])))
      }
      draining(code)
    case .connectionFailed(let code, let violation):
      let reason = violation.description
      log("\(peer): \(reason)\(http2.isEstablished ? "" : Printable.guess(input))")
      beginClosing(.violation(code, reason))
    }
  }

  private func end(_ id: StreamID, _ reason: StreamEnd) {
    consumers.remove(id)?.streamEnded(reason)
  }

  private func peerClosed(_ error: TransportError) {
    if !http2.isEstablished && http2.role == .server && !isClosing {
      log("\(peer): closed before it spoke HTTP/2 (\(leftover.count) bytes of a frame had come)")
    }
    finish(closeReason ?? error)
  }

  private func handshakeTimedOut() {
    handshakeTimer = nil
    guard !isClosed else { return }
    log("\(peer): no HTTP/2 preface and SETTINGS within \(configuration.handshakeTimeout)")
    http2.goAway(.settingsTimeout, debug: "no preface in time")
    beginClosing(.handshakeTimeout)
  }

  // MARK: Bytes out

  /// Writes what waits, in one call to the system.
  public func flush() {
    isDirty = false
    drainEvents()
    while isWritable, !isClosed, http2.output.count > 0 {
      let outcome = http2.output.withUnsafeBytes { waiting in
        let outcome = socket.write([waiting])
        if let tap = configuration.wireTap, case .bytes(let count) = outcome {
          tap.bytes(id, .sent, UnsafeRawBufferPointer(rebasing: waiting[..<count]))
        }
        return outcome
      }
      switch outcome {
      case .bytes(let count):
        http2.output.consume(count)
        http2.outputDrained()
        drainEvents()
      case .wouldBlock, .end: isWritable = false
      case .failed(let error): return finish(closeReason ?? .socket(error))
      }
    }
    guard !isClosed else { return }
    if closesWhenIdle, http2.activeStreams == 0 { close("the connection was drained") }
    let isDone =
      http2.isDraining && http2.activeStreams == 0 && http2.hasSentGoAway && !http2.isInGrace
    if !isClosing && isDone { beginClosing(.closedLocally("the connection was drained")) }
    if isClosing && http2.output.count == 0 { linger() }
  }

  /// The system has room again.
  public func becameWritable() {
    isWritable = true
    if http2.output.count > 0 { markDirty() }
  }

  /// Hands over what sending has caused.
  private func drainEvents() {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    while let event = http2.nextEvent() { handle(event, none) }
  }

  // MARK: The end

  /// Ends all streams; the socket closes when the last bytes are out.
  private func beginClosing(_ reason: TransportError) {
    guard !isClosing, !isClosed else { return }
    isClosing = true
    closeReason = closeReason ?? reason
    endAllStreams(reason)
    markDirty()
  }

  /// Closing while unread bytes wait would make the system throw away what we have sent, GOAWAY too: so say that
  /// we are done, and wait a moment for the peer to close.
  private func linger() {
    guard lingerTimer == nil else { return }
    socket.finishWriting()
    lingerTimer = loop.schedule(after: 1_000_000_000) { [weak self] in
      self?.finish(.closedLocally("the peer did not close in time"))
    }
  }

  private func endAllStreams(_ reason: TransportError) {
    for id in consumers.ids { consumers.remove(id)?.streamEnded(.connectionLost(reason)) }
  }

  private func finish(_ reason: TransportError) {
    guard !isClosed else { return }
    isClosed = true
    if let registration { loop.deregister(registration) }
    if let handshakeTimer { loop.cancel(handshakeTimer) }
    if let lingerTimer { loop.cancel(lingerTimer) }
    socket.close()
    let reason = closeReason ?? reason
    endAllStreams(reason)
    configuration.wireTap?.connectionClosed(id)
    closed(reason)
  }

  private func log(_ line: String) {
    configuration.log?(line)
  }
}
