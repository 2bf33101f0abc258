// gRPC's doc/PROTOCOL-HTTP2.md and doc/statuscodes.md.

/// What the protocol says about one call, seen from the server: which messages may come and go, and
/// how the call ends – exactly once, whatever races with what.
///
/// Does no I/O and holds no clock: `ServerStream` feeds it with what happened and does what it answers.
///
/// ```
/// requests    open ── END_STREAM ──► ended
/// responses   open ── first message or initial metadata ──► begun ──┐
///               └────────────────── status, reset, lost ────────────┴──► closed
/// ```
///
/// The two halves are independent: a method that streams may answer before the last request, and may
/// end before it, too.
struct ServerCall {
  /// What to do with a request message.
  enum Arrival: Equatable {
    /// Give it to the method.
    case accept
    /// The call is over already: drop it.
    case ignore
    /// End the call with this status.
    case refuse(Status)
  }

  /// What to do when the client has ended its half.
  enum RequestEnd: Equatable {
    /// The one request is complete: run the method.
    case run
    /// The method runs already; tell it that no request follows.
    case inform
    /// The call is over already.
    case ignore
    /// End the call with this status.
    case refuse(Status)
  }

  /// How to end the stream.
  enum Ending: Equatable {
    /// It has ended already: do nothing.
    case none
    /// One HEADERS frame with END_STREAM carries the status.
    case trailersOnly(thenReset: Bool)
    /// The status goes into trailers, behind the messages.
    case trailers(thenReset: Bool)

    var isTrailersOnly: Bool {
      if case .trailersOnly = self { true } else { false }
    }

    var mustReset: Bool {
      switch self {
      case .none: false
      case .trailersOnly(let thenReset), .trailers(let thenReset): thenReset
      }
    }
  }

  /// Who set the deadline that has passed.
  enum DeadlineOrigin: Equatable {
    /// `grpc-timeout`: the client has stopped waiting.
    case client
    /// The server's own cap: the client waits for a status.
    case server
  }

  /// How to end the call at its deadline.
  enum Expiry: Equatable {
    case ignore
    /// RST_STREAM(CANCEL): trailers would stand in line behind messages that nobody reads.
    case reset
    /// Trailers with DEADLINE_EXCEEDED.
    case status
  }

  let kind: MethodKind
  private(set) var requests = 0
  private(set) var responses = 0
  private(set) var requestsEnded = false
  /// Whether response headers have gone out.
  private(set) var hasBegun = false
  /// Whether the response has ended: by a status, by a reset of either side, or with the connection.
  private(set) var isClosed = false

  init(_ kind: MethodKind) {
    self.kind = kind
  }

  // MARK: Requests

  /// A request message is complete.
  mutating func receiveMessage() -> Arrival {
    guard !isClosed else { return .ignore }
    requests += 1
    guard requests == 1 || kind.streamsRequests else {
      return .refuse(cardinality("more than one request message"))
    }
    return .accept
  }

  /// The client sends no more; `isWhole` is false when its last message is cut off.
  mutating func receiveEnd(isWhole: Bool) -> RequestEnd {
    guard !requestsEnded else { return .ignore }
    requestsEnded = true
    guard !isClosed else { return .ignore }
    guard isWhole else {
      return .refuse(Status(.internal, "the client ended the stream within a message"))
    }
    if kind.streamsRequests { return .inform }
    return requests == 1 ? .run : .refuse(cardinality("no request message"))
  }

  /// statuscodes.md: UNIMPLEMENTED for "more/fewer than one message" where exactly one is due.
  private func cardinality(_ what: String) -> Status {
    Status(.unimplemented, "the client sent \(what): this method takes exactly one")
  }

  // MARK: Responses

  /// Whether the one response that is due has not been sent.
  var lacksResponse: Bool { !kind.streamsResponses && responses == 0 }

  /// Response headers are to go out now; false if they have, or if the call is over.
  mutating func begin() -> Bool {
    guard !isClosed, !hasBegun else { return false }
    hasBegun = true
    return true
  }

  /// A response message is to go out now, behind the headers; false if the call is over.
  mutating func send() -> Bool {
    guard !isClosed else { return false }
    responses += 1
    return true
  }

  /// The call ends with a status.
  ///
  /// When the client has not ended its half, the stream is reset with NO_ERROR behind the status
  /// (RFC 9113 §8.1; PROTOCOL-HTTP2, "Early Server Closure").
  mutating func end() -> Ending {
    guard !isClosed else { return .none }
    isClosed = true
    return hasBegun
      ? .trailers(thenReset: !requestsEnded) : .trailersOnly(thenReset: !requestsEnded)
  }

  /// The deadline has passed; `isBlocked` says whether messages wait for the client to read.
  ///
  /// A client that gives up at its own deadline does not care how the stream ends here. One whose clock is a little
  /// later does: trailers tell it what has happened, while CANCEL would be CANCELLED to it, and to a proxy a sign that
  /// this server is broken (PROTOCOL-HTTP2, "Errors": a server resets only where the messages are incomplete).
  mutating func expire(_ origin: DeadlineOrigin, isBlocked: Bool) -> Expiry {
    guard !isClosed else { return .ignore }
    guard origin == .client, isBlocked else { return .status }
    isClosed = true
    return .reset
  }

  /// The stream is gone; true if the call was not over: the method is to be cancelled.
  mutating func streamEnded() -> Bool {
    defer {
      isClosed = true
      requestsEnded = true
    }
    return !isClosed
  }
}
