import Synchronization

/// The room as one member sees it: makes lines of events, and knows which of its own have not been acknowledged.
final class RoomView: Sendable {
  /// Opens with the first event.
  let isWelcome = Gate()
  /// Opens when the room knows us and has acknowledged all that we said.
  let isUpToDate = Gate()

  private struct State {
    var unacknowledged = Queue<String>()
    var hasJoined = false
    var hasFinished = false
    var isUpToDate: Bool { hasJoined && hasFinished && unacknowledged.isEmpty }
  }

  private let name: String
  private let state = Mutex(State())

  init(name: String) { self.name = name }

  /// A line is about to be said.
  func says(_ line: String) {
    state.withLock { $0.unacknowledged.append(line) }
  }

  /// Nothing more will be said.
  func finishes() {
    update { $0.hasFinished = true }
  }

  /// Something has happened; the lines that say so.
  func sees(_ event: Event) -> [String] {
    defer { isWelcome.open() }
    switch event.kind {
    case .welcome(let welcome): return lines(of: welcome)
    case .joined(let somebody):
      if somebody == name { update { $0.hasJoined = true } }
      return ["* \(somebody) joined"]
    case .left(let somebody): return ["* \(somebody) left"]
    case .line(let line): return [text(of: line)]
    case .acknowledged(let number):
      // A server that acknowledges what nobody said is mistaken: there is no line to show.
      guard let line = update({ $0.unacknowledged.popFirst() }) else { return [] }
      return ["[\(number)] you: \(line)"]
    case nil: return []
    }
  }

  private func lines(of welcome: Welcome) -> [String] {
    let members = welcome.members.joined(separator: ", ")
    return [members.isEmpty ? "* nobody is here yet" : "* here: \(members)"]
      + welcome.history.map(text)
  }

  private func text(of line: Line) -> String { "[\(line.number)] \(line.name): \(line.text)" }

  @discardableResult
  private func update<Result>(_ change: (inout State) -> Result) -> Result where Result: Sendable {
    let (result, isUpToDate) = state.withLock { (change(&$0), $0.isUpToDate) }
    if isUpToDate { self.isUpToDate.open() }
    return result
  }
}

/// First in, first out.
struct Queue<Element> {
  private var incoming: [Element] = []
  /// The oldest last.
  private var outgoing: [Element] = []

  var isEmpty: Bool { incoming.isEmpty && outgoing.isEmpty }

  mutating func append(_ element: Element) { incoming.append(element) }

  mutating func popFirst() -> Element? {
    if outgoing.isEmpty {
      outgoing = incoming.reversed()
      incoming = []
    }
    return outgoing.popLast()
  }
}

/// Something that happens once, and that one task waits for.
struct Gate: Sendable {
  private let stream: AsyncStream<Never>
  private let continuation: AsyncStream<Never>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func open() { continuation.finish() }

  /// Returns when the gate is open, or the task cancelled.
  func pass() async {
    for await _ in stream {}
  }
}
