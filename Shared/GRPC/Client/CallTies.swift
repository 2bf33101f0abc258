internal import Synchronization

/// What a call is bound to beside its channel, until it is over: the interceptors' look at it, while that lasts, and the
/// call that is being answered by the task that made it.
struct CallTies: ~Copyable {
  struct State {
    var interception: Task<Void, Never>?
    var incoming: (context: ServerContext, action: Int)?
    /// The call is over: nothing more is tied to it.
    var areCut = false
  }

  private let state = Mutex(State())

  /// Cancels a call when the one that is being answered is cancelled.
  func tie(_ call: ClientCallHandle, to incoming: ServerContext) {
    // The action holds the call until that is over, or the incoming one is: a weak reference would make every later use
    // of the call slower.
    let action = incoming.addCancelAction {
      call.cancel("the call that this one was made for was cancelled")
    }
    guard let action else { return }
    let isOver = state.withLock { state in
      if !state.areCut { state.incoming = (incoming, action) }
      return state.areCut
    }
    if isOver { incoming.removeCancelAction(action) }
  }

  /// Interceptors look at the call, in this task.
  func keep(_ interception: Task<Void, Never>) {
    let isOver = state.withLock { state in
      if !state.areCut { state.interception = interception }
      return state.areCut
    }
    if isOver { interception.cancel() }
  }

  /// The call is over: cuts them before anybody hears of that, so that who goes on then finds nothing of it left.
  func cut() {
    let ties = state.withLock { state in
      defer { state = State(areCut: true) }
      return state
    }
    ties.interception?.cancel()
    if let (context, action) = ties.incoming { context.removeCancelAction(action) }
  }
}
