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
struct WaitingLine<Element: Waiting> {
  private var elements: [Element] = []
  /// Those before it have had their turn.
  private var first = 0
  private var ended = 0

  var isEmpty: Bool { first == elements.count }
  /// Those that have ended included.
  var count: Int { elements.count - first }

  mutating func append(_ element: Element) { elements.append(element) }

  /// Gives those at the front their turn, until `body` says that there is no more to give.
  mutating func serve(_ body: (Element) -> Bool) {
    while first < elements.count {
      let element = elements[first]
      if element.isEnded {
        ended = max(0, ended - 1)
      } else if !body(element) {
        break
      }
      first += 1
    }
    compactIfWorthwhile()
  }

  /// One of the line has ended.
  mutating func oneEnded() {
    ended = min(ended + 1, count)
    compactIfWorthwhile()
  }

  /// Takes out those that satisfy a condition.
  mutating func remove(where condition: (Element) -> Bool) -> [Element] {
    let removed = elements[first...].filter { !$0.isEnded && condition($0) }
    elements = elements[first...].filter { !$0.isEnded && !condition($0) }
    first = 0
    ended = 0
    return removed
  }

  private mutating func compactIfWorthwhile() {
    guard first + ended > 64, (first + ended) * 2 > elements.count else { return }
    elements = elements[first...].filter { !$0.isEnded }
    first = 0
    ended = 0
  }
}
