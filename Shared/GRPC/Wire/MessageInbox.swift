internal import Synchronization

/// The bytes of one direction of one call, on their way from the event loop that receives them to the
/// one task that reads them, on whatever thread that task runs.
///
/// Nothing is parsed and no array is made per message here: the loop appends the bytes of DATA frames,
/// the reader takes all that have come in exchange for the chunk that it has finished with. How much
/// can pile up is bounded by the stream's window, since a chunk is credited to the peer only when the
/// reader comes back for the next one.
@usableFromInline
final class MessageInbox: Sendable {
  /// For calls whose one message needs no inbox: nothing is ever put into it.
  static let unused = MessageInbox()

  /// What `take` brought.
  enum Delivery {
    /// Bytes, in the chunk.
    case bytes
    /// No more will come.
    case end
    /// No more will come, since the call has failed.
    case failed(RPCError)
    /// The reading task was cancelled.
    case cancelled
  }

  private enum End {
    case open
    case ended
    case failed(RPCError)
  }

  private struct State {
    var bytes: [UInt8] = []
    var end = End.open
    var reader: UnsafeContinuation<Void, Never>?
    var hasReader = false

    mutating func takeReader() -> UnsafeContinuation<Void, Never>? {
      defer { reader = nil }
      return reader
    }

    /// Nothing to take and nothing to tell.
    var isQuiet: Bool {
      guard bytes.isEmpty, case .open = end else { return false }
      return true
    }
  }

  private let state = Mutex(State())

  // MARK: The loop's side

  /// Appends bytes of the stream.
  func append(_ bytes: UnsafeRawBufferPointer) {
    let reader = state.withLock { state in
      state.bytes.append(contentsOf: bytes)
      return state.takeReader()
    }
    reader?.resume()
  }

  /// The peer has ended its half.
  func finish() {
    end(.ended)
  }

  /// The call has failed; bytes that were not taken are dropped.
  func fail(_ error: RPCError) {
    end(.failed(error))
  }

  /// The call has failed after the bytes that have come; those are still read.
  func finish(throwing error: RPCError) {
    let reader = state.withLock { state in
      if case .open = state.end { state.end = .failed(error) }
      return state.takeReader()
    }
    reader?.resume()
  }

  private func end(_ end: End) {
    let reader = state.withLock { state in
      guard case .open = state.end else {
        // A failure overtakes the good end of a peer's half that is not read yet.
        guard case (.failed, .ended) = (end, state.end) else { return state.takeReader() }
        state.end = end
        state.bytes = []
        return state.takeReader()
      }
      if case .failed = end { state.bytes = [] }
      state.end = end
      return state.takeReader()
    }
    reader?.resume()
  }

  // MARK: The reader's side

  /// Claims the right to read; false if somebody has it.
  func claim() -> Bool {
    state.withLock { state in
      defer { state.hasReader = true }
      return !state.hasReader
    }
  }

  /// Exchanges `chunk`, of which nothing is left, for all bytes that have come; waits for the first.
  ///
  /// Waits on in a cancelled task when it is not cancellable: the end is then certain to come.
  func take(
    into chunk: inout [UInt8],
    isCancellable: Bool = true,
    isolation: isolated (any Actor)? = #isolation
  ) async -> Delivery {
    chunk.removeAll(keepingCapacity: true)
    while true {
      if let delivery = exchange(&chunk) { return delivery }
      guard isCancellable else {
        await waitForNews(isCancellable: false, isolation: isolation)
        continue
      }
      await withTaskCancellationHandler {
        await waitForNews(isCancellable: true, isolation: isolation)
      } onCancel: {
        state.withLock { $0.takeReader() }?.resume()
      }
      if Task.isCancelled, let delivery = exchange(&chunk, else: .cancelled) { return delivery }
    }
  }

  private func waitForNews(isCancellable: Bool, isolation: isolated (any Actor)?) async {
    await withUnsafeContinuation(isolation: isolation) { continuation in
      let goOn = state.withLock { state in
        guard state.isQuiet, !(isCancellable && Task.isCancelled) else { return true }
        state.reader = continuation
        return false
      }
      if goOn { continuation.resume() }
    }
  }

  private func exchange(_ chunk: inout [UInt8], else fallback: Delivery? = nil) -> Delivery? {
    // Arrays swap places, so that both keep their memory.
    var given: [UInt8] = []
    swap(&given, &chunk)
    let (delivery, taken) = state.withLock { state -> (Delivery?, [UInt8]) in
      if !state.bytes.isEmpty {
        swap(&state.bytes, &given)
        return (.bytes, given)
      }
      switch state.end {
      case .open: return (fallback, given)
      case .ended: return (.end, given)
      case .failed(let error): return (.failed(error), given)
      }
    }
    chunk = taken
    return delivery
  }
}
