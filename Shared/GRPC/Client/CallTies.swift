/// What a call is bound to beside its channel, until it is over.
struct CallTies {
  /// The interceptors' look at it, while that lasts.
  var interception: Task<Void, Never>?
  /// The call that is being answered by the task that made this one.
  var incoming: (context: ServerContext, action: Int)?

  /// The call is over: nothing more is tied to it.
  var areCut = false

  /// Before anybody hears of the call's end: who goes on then finds nothing of it left.
  func undo() {
    interception?.cancel()
    if let (context, action) = incoming { context.removeCancelAction(action) }
  }
}
