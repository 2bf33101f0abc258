/// What a call is bound to beside its channel, until it is over.
struct CallTies {
  /// The interceptors' look at it, while that lasts.
  var interception: Task<Void, Never>?
  /// The call that is being answered by the task that made this one.
  var incoming: (context: ServerContext, action: Int)?

  /// The call is over.
  func undo() {
    interception?.cancel()
    if let (context, action) = incoming { context.removeCancelAction(action) }
  }
}
