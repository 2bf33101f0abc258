import Synchronization

/// The states of a channel, from the present one on: `for await state in channel.states`.
///
/// Ends after `SHUTDOWN`. A slow reader loses the oldest of more than sixteen unread states, never
/// the newest. Each iterator has its own queue.
public struct ConnectivityStates: AsyncSequence, Sendable {
  /// A state of the channel.
  public typealias Element = ConnectivityState
  /// Reading states does not fail.
  public typealias Failure = Never

  let publisher: StatePublisher

  /// Begins with the present state.
  public func makeAsyncIterator() -> Iterator {
    Iterator(publisher.subscribe())
  }

  /// One reader of a channel's states.
  public struct Iterator: AsyncIteratorProtocol {
    private let subscription: StateSubscription

    init(_ subscription: StateSubscription) {
      self.subscription = subscription
    }

    /// The next state, or nil after `SHUTDOWN` and when the task is cancelled.
    public mutating func next() async -> ConnectivityState? {
      await subscription.next()
    }

    /// The next state, or nil after `SHUTDOWN` and when the task is cancelled.
    public mutating func next(isolation: isolated (any Actor)?) async -> ConnectivityState? {
      await subscription.next()
    }
  }
}

/// Knows a channel's present state and who wants to hear of the next one.
///
/// States change a few times a minute and are read from any thread: a lock is the plain answer.
final class StatePublisher: Sendable {
  private struct Contents {
    var current = ConnectivityState.idle
    var subscriptions: [WeakSubscription] = []
  }

  private struct WeakSubscription {
    weak var value: StateSubscription?
  }

  private let contents = Mutex(Contents())

  var current: ConnectivityState { contents.withLock { $0.current } }

  func publish(_ state: ConnectivityState) {
    let receivers = contents.withLock { contents -> [StateSubscription] in
      guard contents.current != state, contents.current != .shutdown else { return [] }
      contents.current = state
      contents.subscriptions.removeAll { $0.value == nil }
      return contents.subscriptions.compactMap(\.value)
    }
    for receiver in receivers { receiver.receive(state) }
  }

  func subscribe() -> StateSubscription {
    contents.withLock { contents in
      let subscription = StateSubscription(first: contents.current)
      contents.subscriptions.append(WeakSubscription(value: subscription))
      return subscription
    }
  }
}

/// A bounded queue of states with at most one waiting reader.
final class StateSubscription: Sendable {
  static let capacity = 16

  private struct Contents {
    var unread: [ConnectivityState]
    var ended = false
    var reader: CheckedContinuation<ConnectivityState?, Never>?

    mutating func pop() -> ConnectivityState? {
      // At most sixteen: moving them up costs nothing worth a ring.
      let state = unread.removeFirst()
      if state == .shutdown { ended = true }
      return state
    }
  }

  private let contents: Mutex<Contents>

  init(first: ConnectivityState) {
    contents = Mutex(Contents(unread: [first]))
  }

  func receive(_ state: ConnectivityState) {
    let reader = contents.withLock { contents -> CheckedContinuation<ConnectivityState?, Never>? in
      if let reader = contents.reader.take() {
        contents.ended = state == .shutdown
        return reader
      }
      if contents.unread.count == Self.capacity { contents.unread.removeFirst() }
      contents.unread.append(state)
      return nil
    }
    reader?.resume(returning: state)
  }

  func next() async -> ConnectivityState? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = contents.withLock { contents -> ConnectivityState?? in
          if contents.ended || Task.isCancelled { return .some(nil) }
          if !contents.unread.isEmpty { return .some(contents.pop()) }
          precondition(contents.reader == nil, "one iterator of a channel's states has two readers")
          contents.reader = continuation
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      contents.withLock { $0.reader.take() }?.resume(returning: nil)
    }
  }
}
