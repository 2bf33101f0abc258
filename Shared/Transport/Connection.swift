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
  /// Whether somebody looks on; a look at `configuration.wireTap` copies it, on each read and write.
  private let isTapped: Bool

  let http2: HTTP2Connection
  let socket: Socket
  var registration: Registration?
  // Unchecked, as `leftover`: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) var consumers = StreamTable<any StreamConsumer>()
  /// The beginning of a frame whose rest has not come.
  @exclusivity(unchecked) private var leftover: [UInt8] = []
  /// The first bytes of a client, until they have turned out to be HTTP/2: for the log.
  var opening: [UInt8] = []
  private var isDirty = false
  /// Whether bytes are left for the loop's next turn.
  private var readsNextTurn = false
  private var isWritable = true
  private var mustReadToEnd = false
  /// The peer has sent all it will send.
  var isReadEnded = false
  /// Nothing is read any more: the connection waits until its last bytes are out.
  var isClosing = false
  var isClosed = false
  var closeReason: TransportError?
  var handshakeTimer: TimerID?
  var closeTimer: TimerID?
  var closesWhenIdle = false
  var hasSaidLast = false
  @exclusivity(unchecked) var keepalive: Keepalive
  var keepaliveTimer: (id: TimerID, deadline: UInt64)?

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
    self.isTapped = configuration.wireTap != nil
    self.http2 = HTTP2Connection(role: role, configuration: configuration.http2)
    self.keepalive = Keepalive(
      role: role,
      configuration,
      now: loop.now,
      jitter: Double.random(in: -1...1)
    )
  }

  /// Begins to speak.
  ///
  /// On the loop.
  func start() {
    configuration.wireTap?.connectionOpened(id, role: http2.role, local: local, peer: peer)
    registration = loop.register(socket.descriptor, self)
    // Timers hold the connection, and `finish` cancels them: once an object has been referred to weakly, keeping and
    // releasing it costs several times as much, for as long as it lives.
    handshakeTimer = loop.schedule(after: configuration.handshakeTimeout.clampedNanoseconds) {
      self.handshakeTimedOut()
    }
    armKeepalive()
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

  /// Sends data that the caller gives away: a large array is written without being copied.
  public func sendData(_ bytes: [UInt8], on id: StreamID, endStream: Bool) {
    http2.sendData(bytes, on: id, endStream: endStream)
    markDirty()
  }

  /// Throws away what a stream has not sent yet: its peer does not read.
  public func discardUnsent(on id: StreamID) { http2.discardUnsent(on: id) }

  /// Sends the fields at the end, behind all data.
  public func sendTrailers(_ list: HeaderList, on id: StreamID) {
    http2.sendTrailers(list, on: id)
    markDirty()
  }

  /// Sends the rest of a message at once: its head, if that has not gone, its data and its trailers.
  public func sendWhole(
    head: HeaderList?,
    _ bytes: UnsafeRawBufferPointer,
    trailers: HeaderList,
    on id: StreamID
  ) {
    http2.sendWhole(head: head, bytes, trailers: trailers, on: id)
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
  public func consumed(
    _ count: Int,
    on id: StreamID,
    _ grant: HTTP2Connection.WindowGrant = .growing
  ) {
    http2.consumed(count, on: id, grant)
    if http2.hasOutput { markDirty() }
  }

  /// Whether a writer may go on; otherwise `becameWritable` comes.
  public func isWritable(_ id: StreamID) -> Bool { http2.isWritable(id) }

  /// What a stream's bytes wait for.
  public func blocked(on id: StreamID) -> HTTP2Connection.Blockage { http2.blocked(on: id) }

  /// The largest header list that the peer takes, in bytes as RFC 9113 §6.5.2 counts them.
  public var peerMaxHeaderListSize: Int { http2.peerSettings.maxHeaderListSize }

  /// The fields that came last: those of a request that has just been announced.
  public var headers: HeaderList { http2.headers }

  /// Names the fields that came last.
  public var headersVersion: HeadersVersion { http2.headersVersion }

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
    loop.schedule(after: 1_000_000_000) {
      guard !self.isClosed else { return }
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
  /// No new streams are taken; `reason` says what the peer's GOAWAY complains of, if of anything.
  func draining(_ reason: TransportError?) {}
  /// The peer has sent a PING.
  func pinged() {}
  /// The time for the calls that are open is over.
  func endCalls(_ reason: String) { close(reason) }
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

  /// The next event may be the last one: the end itself must be read.
  public func peerEnded() { mustReadToEnd = true }

  /// Reads what has come.
  public func becameReadable() {
    // It has had its turn, and comes back by itself: more bytes do not make more turns.
    guard !readsNextTurn else { return }
    // A bound in bytes and one in time, so that one connection cannot keep the loop to itself.
    for _ in 0..<4 {
      guard !isClosed else { return }
      let buffer = loop.readBuffer
      let kept = leftover.count
      if kept > 0 { buffer.copyBytes(from: leftover) }
      switch socket.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])) {
      case .bytes(let count):
        let input = UnsafeRawBufferPointer(rebasing: buffer[..<(kept + count)])
        if isTapped { tapReceived(UnsafeRawBufferPointer(rebasing: input[kept...])) }
        keepalive.bytesArrived(now: loop.now)
        keepOpening(UnsafeRawBufferPointer(rebasing: input[kept...]))
        process(input)
        // A short read has taken all; only the end may stand behind it.
        if count < buffer.count - kept, !mustReadToEnd { return }
        if loop.hasWorkedLong { return becomeReadableNextTurn() }
      case .wouldBlock:
        return
      case .end:
        return readEnded()
      case .failed(let error):
        return peerClosed(.socket(error))
      }
    }
    becomeReadableNextTurn()
  }

  /// The descriptor will not be announced again: comes back when the others of the loop have had their turn.
  private func becomeReadableNextTurn() {
    readsNextTurn = true
    // A timer for now would fire in this turn.
    loop.schedule(after: 1) {
      self.readsNextTurn = false
      self.becameReadable()
    }
  }

  private func keepOpening(_ bytes: UnsafeRawBufferPointer) {
    guard !http2.isEstablished, opening.count < 24 else { return }
    opening += bytes.prefix(24 - opening.count)
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
    if http2.hasOutput || http2.isDraining { markDirty() }
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
      opening = []
      ready()
    case .ping: pinged()
    case .settingsAcknowledged, .pong: break
    case .goAway(_, let code, let debug):
      guard code != .noError else { return draining(nil) }
      let text = Printable.text(UnsafeRawBufferPointer(rebasing: input[debug]))
      let reason = TransportError.goAway(code, text)
      closeReason = reason
      draining(reason)
    case .connectionFailed(let code, let violation):
      let reason = violation.description
      log(http2.isEstablished ? reason : "\(reason); \(Printable.guess(opening))")
      beginClosing(otherProtocol ?? .violation(code, reason))
    }
  }

  private func end(_ id: StreamID, _ reason: StreamEnd) {
    consumers.remove(id)?.streamEnded(reason)
  }

  // MARK: Bytes out

  /// Writes what waits, in one call to the system.
  public func flush() {
    isDirty = false
    drainEvents()
    while isWritable, !isClosed, http2.hasOutput {
      let outcome = http2.output.withPieces { pieces in
        let outcome = socket.write(pieces)
        if isTapped, case .bytes(let count) = outcome { tapSent(pieces, count) }
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
    endIfDone()
    updateKeepalive()
  }

  private func tapReceived(_ bytes: UnsafeRawBufferPointer) {
    configuration.wireTap?.bytes(id, .received, bytes)
  }

  private func tapSent(_ pieces: [UnsafeRawBufferPointer], _ count: Int) {
    guard let tap = configuration.wireTap else { return }
    var rest = count
    for piece in pieces where rest > 0 {
      tap.bytes(id, .sent, UnsafeRawBufferPointer(rebasing: piece.prefix(rest)))
      rest -= min(rest, piece.count)
    }
  }

  /// The system has room again.
  public func becameWritable() {
    isWritable = true
    if http2.hasOutput { markDirty() }
  }

  /// Hands over what sending has caused.
  func drainEvents() {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    while let event = http2.nextEvent() { handle(event, none) }
  }

  func log(_ line: String) {
    configuration.log?("\(peer): \(line)")
  }
}
