internal import Synchronization

/// What passes between the method of a call and its loop, behind a lock: the method may run, or call,
/// on any thread.
struct HandlerSide {
  /// What other threads send, the beginning of the response included.
  var posted = PostedMessages()
  var initialMetadata = Metadata()
  var trailingMetadata = Metadata()
  /// Whether initial metadata or a message has been handed over.
  var hasBegun = false
  var writers: [UnsafeContinuation<Void, Never>] = []
  var cancelActions = CancelActions()
  /// Why nothing can be sent any more.
  var failure: RPCError?
  /// How responses are compressed; fixed once they have begun.
  var compression = Compression.identity
  /// Whether a request was compressed.
  var requestWasCompressed = false
  /// What a reader keeps of an incomplete message; given back at the call's end.
  var partialBytes = 0

  /// The failure of a call that has ended well.
  static let isOver = RPCError(.cancelled, "the call is over")

  /// Whether nothing stands in the way of ending the call with one plain response; it is closed then.
  mutating func closePlainly() -> Bool {
    guard failure == nil, !posted.areWaiting, trailingMetadata.isEmpty, compression == .identity,
      writers.isEmpty, partialBytes == 0
    else { return false }
    failure = Self.isOver
    if cancelActions.count > 0 { cancelActions = CancelActions() }
    return true
  }

  /// What other threads have left for the loop.
  struct Posted {
    let messages: [UInt8]
    let count: Int
    let hasBegun: Bool
    let initialMetadata: Metadata
    let compression: Compression
  }

  /// What is left for the loop, which takes it; nil when nothing is.
  mutating func takePosted() -> Posted? {
    guard posted.areWaiting else { return nil }
    let (messages, count) = posted.take()
    return Posted(
      messages: messages,
      count: count,
      hasBegun: hasBegun,
      initialMetadata: initialMetadata,
      compression: compression
    )
  }

  /// Lets the writers go on; the caller resumes them outside of the lock.
  mutating func takeWriters() -> [UnsafeContinuation<Void, Never>] {
    posted.isBlocked = false
    guard !writers.isEmpty else { return [] }
    defer { writers = [] }
    return writers
  }

  /// Nothing more can be sent; the caller resumes the writers, and gives back what a reader kept.
  mutating func close(
    _ error: RPCError
  ) -> (writers: [UnsafeContinuation<Void, Never>], partialBytes: Int) {
    if failure == nil { failure = error }
    if cancelActions.count > 0 { cancelActions = CancelActions() }
    defer { partialBytes = 0 }
    return (takeWriters(), partialBytes)
  }
}
