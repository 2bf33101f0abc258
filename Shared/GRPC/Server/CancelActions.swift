/// What is to be done when a call is cancelled.
struct CancelActions {
  private var actions: [Int: @Sendable () -> Void] = [:]
  private var latest = 0

  var count: Int { actions.count }

  /// Returns the number under which the action can be taken back.
  mutating func add(_ action: @escaping @Sendable () -> Void) -> Int {
    latest += 1
    actions[latest] = action
    return latest
  }

  mutating func remove(_ number: Int) { actions[number] = nil }

  /// All actions in the order in which they came; none is left.
  mutating func takeAll() -> [@Sendable () -> Void] {
    defer { actions = [:] }
    return actions.sorted { $0.key < $1.key }.map(\.value)
  }
}
