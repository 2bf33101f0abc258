// gRPC's doc/PROTOCOL-HTTP2.md, doc/statuscodes.md and gRFC A6 ("Transparent Retries").

internal import HTTP2

/// One call as its client sees it: what may still happen, and which single outcome it has.
///
/// Does no I/O and holds no clock: it is told what happened and returns what to do now. Whatever the
/// order in which answer, deadline, cancellation and loss of the connection arrive, the first to
/// decide the call wins and all later ones return `.nothing`.
///
/// ```
///           opened                    trailers, reset, deadline, cancel, …
/// waiting ──────────► open ─────────────────────────────────────────────► ended
///    ▲                 │ refused, unprocessed
///    └─────────────────┘ (not committed, and attempts left)
/// ```
struct ClientCall {
  /// What the caller must do now.
  enum Step {
    case nothing
    /// The response's headers are here.
    case deliverInitialMetadata(Metadata)
    /// Ask the channel for a new stream and send everything again.
    case retry
    /// Tell everybody who waits, once.
    case end(Ending)
  }

  /// The one outcome.
  struct Ending {
    /// nil: OK.
    var error: RPCError?
    /// What the server sent behind its last message.
    var trailers: Metadata
    /// The code of the RST_STREAM to send; nil: the stream needs none.
    var reset: ErrorCode?
  }

  private enum Phase {
    case waiting, open, ended
  }

  /// How often a call that the server has refused without looking at it is sent again (A6: once).
  static let refusalsRetried = 1

  /// When the call ends by itself, on the loop's clock; nil: never.
  let deadline: UInt64?
  let startedAt: UInt64
  /// Whether exactly one message must come back.
  let expectsOneMessage: Bool

  private var phase = Phase.waiting
  private(set) var hasFinishedSending = false
  private(set) var hasResponseHeaders = false
  private var messages = MessageCounter()
  private var refusals = 0
  /// Everything sent so far is still at hand: the call could be sent once more.
  private var isReplayable = true

  init(startedAt: UInt64, deadline: UInt64?, expectsOneMessage: Bool) {
    self.startedAt = startedAt
    self.deadline = deadline
    self.expectsOneMessage = expectsOneMessage
  }

  var isEnded: Bool { phase == .ended }
  /// Whole response messages.
  var messagesReceived: Int { messages.count }
  var isOpen: Bool { phase == .open }
  /// How many streams were opened for the call before the present one.
  var previousAttempts: Int { refusals }
  /// How many streams were opened for the call.
  private(set) var attempts = 0

  // MARK: What happened

  /// The channel has opened a stream.
  mutating func opened() {
    guard phase == .waiting else { return }
    phase = .open
    attempts += 1
  }

  /// The request is complete.
  mutating func finishedSending() {
    hasFinishedSending = true
  }

  /// What was sent is no longer kept: no retry from here on.
  mutating func commit() {
    isReplayable = false
  }

  /// The first headers of the response; 1xx ones are skipped by the caller (RFC 9113 §8.1).
  mutating func receiveHeaders(
    _ fields: ResponseFields,
    endStream: Bool,
    now: UInt64
  ) -> Step {
    guard phase == .open else { return .nothing }
    isReplayable = false
    if endStream { return receiveStatus(fields, now) }  // trailers-only
    hasResponseHeaders = true
    if fields.httpStatus != 200 || !fields.hasGRPCContent {
      // A status may still follow in trailers, and would win; the body is not gRPC's.
      guard fields.grpcStatus == nil else { return receiveStatus(fields, now) }
      return end(fields.errorWithoutStatus, reset: .cancel)
    }
    return .deliverInitialMetadata(fields.metadata)
  }

  /// Bytes of the response's messages.
  mutating func receiveData(_ bytes: UnsafeRawBufferPointer) -> Step {
    guard phase == .open else { return .nothing }
    messages.scan(bytes)
    guard expectsOneMessage, messages.count > 1 else { return .nothing }
    // statuscodes.md: a cardinality violation is UNIMPLEMENTED on the side that sees it.
    return end(
      RPCError(.unimplemented, "the server sent more than one message where the method has one"),
      reset: .cancel
    )
  }

  /// The end of the response.
  mutating func receiveTrailers(_ fields: ResponseFields, now: UInt64) -> Step {
    guard phase == .open else { return .nothing }
    return receiveStatus(fields, now)
  }

  /// The response ended with DATA, that is without trailers.
  mutating func receivedEndWithoutTrailers() -> Step {
    guard phase == .open else { return .nothing }
    return end(
      RPCError(.internal, "the server ended the stream without trailers, so without grpc-status"),
      reset: hasFinishedSending ? nil : .noError
    )
  }

  /// The server has reset the stream.
  mutating func reset(_ code: ErrorCode, now: UInt64) -> Step {
    guard phase == .open else { return .nothing }
    if code == .cancel, let deadline, now >= deadline { return end(late(now), reset: nil) }
    return end(RPCError(Status(resetCode: code.rawValue)), reset: nil)
  }

  /// The server has certainly not looked at the call: REFUSED_STREAM, or above GOAWAY's last id.
  mutating func unprocessed(_ reason: String) -> Step {
    guard phase == .open else { return .nothing }
    if isReplayable, refusals < Self.refusalsRetried {
      refusals += 1
      phase = .waiting
      return .retry
    }
    return end(
      RPCError(.unavailable, "the server refused the call without processing it (\(reason))"),
      reset: nil
    )
  }

  /// The connection broke while the call was on it.
  mutating func connectionLost(_ reason: String) -> Step {
    guard phase == .open else { return .nothing }
    return end(
      RPCError(
        .unavailable,
        "the connection was lost while the call was on it (\(reason)); "
          + "the server may or may not have processed it"
      ),
      reset: nil
    )
  }

  /// The caller has cancelled.
  mutating func cancel(_ reason: String, now: UInt64) -> Step {
    guard phase != .ended else { return .nothing }
    if let deadline, now >= deadline { return end(late(now), reset: resetIfOpen(.cancel)) }
    return end(RPCError(.cancelled, reason), reset: resetIfOpen(.cancel))
  }

  /// The deadline's timer fired.
  mutating func deadlinePassed(now: UInt64, detail: String) -> Step {
    guard phase != .ended else { return .nothing }
    return end(late(now, detail: detail), reset: resetIfOpen(.cancel))
  }

  /// Something failed on this side, or the channel can't carry the call.
  mutating func fail(_ error: RPCError) -> Step {
    guard phase != .ended else { return .nothing }
    return end(error, reset: resetIfOpen(.cancel))
  }

  // MARK: The verdict

  private mutating func receiveStatus(_ fields: ResponseFields, _ now: UInt64) -> Step {
    // The server ended first: tell it that nothing more comes ("Early Server Closure").
    let reset: ErrorCode? = hasFinishedSending ? nil : .noError
    guard let code = fields.grpcStatus else {
      return end(fields.errorWithoutStatus, trailers: fields.metadata, reset: reset)
    }
    // "Client Cancellation": the failure is then ours alone, without any part of the trailers.
    if code == .cancelled, let deadline, now >= deadline { return end(late(now), reset: reset) }
    guard code == .ok else {
      let error = RPCError(received: code, fields.grpcMessage, metadata: fields.metadata)
      return end(error, trailers: fields.metadata, reset: reset)
    }
    guard messages.isBetweenMessages else {
      let error = RPCError(.internal, "the server ended the stream within a message, with OK")
      return end(error, trailers: fields.metadata, reset: reset)
    }
    if expectsOneMessage, messages.count == 0 {
      let error = RPCError(
        .unimplemented,
        "the server answered OK without the message that the method has"
      )
      return end(error, trailers: fields.metadata, reset: reset)
    }
    return end(nil, trailers: fields.metadata, reset: reset)
  }

  private mutating func end(
    _ error: RPCError?,
    trailers: Metadata = [:],
    reset: ErrorCode?
  ) -> Step {
    phase = .ended
    return .end(Ending(error: error, trailers: trailers, reset: reset))
  }

  private func resetIfOpen(_ code: ErrorCode) -> ErrorCode? {
    phase == .open ? code : nil
  }

  private func late(_ now: UInt64, detail: String = "") -> RPCError {
    let given = Self.milliseconds((deadline ?? now) &- startedAt)
    let taken = Self.milliseconds(now &- startedAt)
    let suffix = detail.isEmpty ? "" : ": \(detail)"
    return RPCError(
      .deadlineExceeded,
      "the client's deadline of \(given) ms passed (after \(taken) ms)\(suffix)"
    )
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> String {
    let tenths = nanoseconds / 100_000
    return "\(tenths / 10).\(tenths % 10)"
  }
}
