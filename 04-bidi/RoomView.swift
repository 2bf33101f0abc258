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
  private let show: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(name: String, show: @escaping @Sendable (String) -> Void) {
    self.name = name
    self.show = show
  }

  /// A line is about to be said.
  func says(_ line: String) {
    state.withLock { $0.unacknowledged.append(line) }
  }

  /// Nothing more will be said.
  func finishes() {
    update { $0.hasFinished = true }
  }

  /// Something has happened: shows it, and opens the gates only then.
  func sees(_ event: Event) {
    switch event.kind {
    case .welcome(let welcome):
      let members = welcome.members.joined(separator: ", ")
      show(members.isEmpty ? "* nobody is here yet" : "* here: \(members)")
      for line in welcome.history { show(line) }
    case .joined(let somebody):
      show("* \(somebody) joined")
      if somebody == name { update { $0.hasJoined = true } }
    case .left(let somebody): show("* \(somebody) left")
    case .line(let line): show(line)
    case .acknowledged(let number):
      // A server that acknowledges what nobody said is mistaken: there is no line to show.
      guard let line = state.withLock({ $0.unacknowledged.first }) else { break }
      show("[\(number)] you: \(line)")
      update { $0.unacknowledged.removeFirst() }
    case nil: break
    }
    isWelcome.open()
  }

  private func show(_ line: Line) { show("[\(line.number)] \(line.name): \(line.text)") }

  private func update(_ change: (inout State) -> Void) {
    let isUpToDate = state.withLock { state in
      change(&state)
      return state.isUpToDate
    }
    if isUpToDate { self.isUpToDate.open() }
  }
}

/// First in, first out.
struct Queue<Element> {
  private var incoming: [Element] = []
  /// The oldest last.
  private var outgoing: [Element] = []

  var isEmpty: Bool { incoming.isEmpty && outgoing.isEmpty }

  mutating func append(_ element: Element) { incoming.append(element) }

  var first: Element? { outgoing.last ?? incoming.first }

  mutating func removeFirst() {
    if outgoing.isEmpty {
      outgoing = incoming.reversed()
      incoming = []
    }
    outgoing.removeLast()
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
