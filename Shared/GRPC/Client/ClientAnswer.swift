/// What tasks may know of a call: its answer beside the messages, who waits for that, and what the loop has to fetch.
struct ClientAnswer {
  var initialMetadata: Metadata?
  /// What stands behind the last message; there when the call is over.
  var outcome: Result<Metadata, RPCError>?
  /// The one response of a call that has one, there when the outcome is.
  var message: OnlyMessage?
  /// How the messages of the response are compressed.
  var encoding: String?
  var wasCompressed = false
  /// The client has said that nothing more will be sent.
  var hasFinished = false
  var posted = PostedMessages()
  /// How the call went, until its last response has been read.
  var verdict: ClientVerdict?
  /// No more responses will be read.
  var isRead = false
  /// What is wrong with a response.
  var readingError: RPCError?

  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// The one who waits for the end of a call with one response, which is most often the only one.
  private var firstForEnd: UnsafeContinuation<Void, Never>?
  private var othersForEnd: [UnsafeContinuation<Void, Never>] = []

  /// Everybody who is to look again.
  struct Waiting {
    fileprivate var forNews: [CheckedContinuation<Void, Never>] = []
    fileprivate var forEnd: UnsafeContinuation<Void, Never>?
    fileprivate var othersForEnd: [UnsafeContinuation<Void, Never>] = []

    func resume() {
      for continuation in forNews { continuation.resume() }
      forEnd?.resume()
      for continuation in othersForEnd { continuation.resume() }
    }
  }

  mutating func wait(_ continuation: CheckedContinuation<Void, Never>) {
    waiting.append(continuation)
  }

  /// Waits for the end of the call; false if it is over.
  mutating func waitForEnd(_ continuation: UnsafeContinuation<Void, Never>) -> Bool {
    guard outcome == nil else { return false }
    if firstForEnd == nil { firstForEnd = continuation } else { othersForEnd.append(continuation) }
    return true
  }

  /// The metadata in front of the messages has come.
  mutating func receive(initialMetadata: Metadata) -> Waiting {
    self.initialMetadata = initialMetadata
    defer { waiting = [] }
    return Waiting(forNews: waiting)
  }

  /// The call is over.
  mutating func end(_ outcome: Result<Metadata, RPCError>, _ message: OnlyMessage?) -> Waiting {
    self.outcome = outcome
    self.message = message
    defer {
      waiting = []
      firstForEnd = nil
      othersForEnd = []
    }
    return Waiting(forNews: waiting, forEnd: firstForEnd, othersForEnd: othersForEnd)
  }
}
