/// Something that stands in a line and may leave it from anywhere.
protocol Waiting: AnyObject {
  /// It waits no more: its turn does not matter.
  var isEnded: Bool { get }
}

/// The calls that wait for a stream, in the order in which they came.
///
/// A call that ends while it waits is passed over when its turn comes. When more than half of the line has ended,
/// those are taken out together, so that a call costs the same however long the line is, and nothing piles up
/// behind a server that does not come.
///
/// The line holds nobody who no longer waits in it, once nobody else does: a call holds its channel, and the channel holds
/// this line.
struct WaitingLine<Element: Waiting> {
  private var elements: [Element?] = []
  /// Those before it have had their turn.
  private var first = 0
  private var ended = 0

  var isEmpty: Bool { first == elements.count }
  /// Those that have ended included.
  var count: Int { elements.count - first }

  mutating func append(_ element: Element) { elements.append(element) }

  /// Takes out the one whose turn it is; nil when nobody waits.
  mutating func popFirst() -> Element? {
    while first < elements.count {
      let element = elements[first]
      elements[first] = nil
      first += 1
      if let element, !element.isEnded {
        compactIfWorthwhile()
        return element
      }
      ended = max(0, ended - 1)
    }
    compactIfWorthwhile()
    return nil
  }

  /// Puts the one that was taken out last to the front again: there was no room.
  mutating func putBack(_ element: Element) {
    guard first > 0 else { return elements.insert(element, at: 0) }
    first -= 1
    elements[first] = element
  }

  /// One of the line has ended.
  mutating func oneEnded() {
    ended = min(ended + 1, count)
    compactIfWorthwhile()
  }

  /// Takes out those that satisfy a condition.
  mutating func remove(where condition: (Element) -> Bool) -> [Element] {
    let waiting = elements[first...].compactMap(\.self).filter { !$0.isEnded }
    elements = waiting.filter { !condition($0) }
    first = 0
    ended = 0
    return waiting.filter(condition)
  }

  private mutating func compactIfWorthwhile() {
    let isOver = ended >= count
    guard isOver || first + ended > 64 && (first + ended) * 2 > elements.count else { return }
    elements = elements[first...].filter { $0?.isEnded == false }
    first = 0
    ended = 0
  }
}
