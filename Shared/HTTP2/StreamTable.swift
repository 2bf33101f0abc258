/// The live streams of a connection, found by number in a few instructions.
///
/// An open-addressed table that is entered with the number's own low bits: stream identifiers come in order and old
/// ones go, so that neighbours rarely meet and the first look finds the stream. Where two do meet, the later one
/// stands in the next free slot (linear probing). At most half of the slots are taken, whatever numbers a peer
/// chooses: memory is bounded by the number of live streams, and a table that had many shrinks again.
///
/// `@inlinable` throughout: what Transport keeps in a table of its own would otherwise be handled through
/// run-time type descriptions, ten times slower.
@frozen
public struct StreamTable<Element> {
  /// The number in each slot; 0, which is no stream's, where the slot is free.
  @usableFromInline var numbers: [UInt32] = []
  @usableFromInline var elements: [Element?] = []
  /// How many streams the table holds.
  @inlinable public var count: Int { used }
  @usableFromInline var used = 0
  /// How many do not stand where their number says.
  @usableFromInline var displaced = 0

  @usableFromInline static var smallest: Int { 16 }
  /// A table of up to this size is kept when its streams end: a burst of calls is often followed by another.
  @usableFromInline static var keptSize: Int { 256 }

  /// An empty table, which needs no memory before the first stream.
  @inlinable public init() {}

  /// How many slots there are.
  @usableFromInline var capacity: Int { numbers.count }

  @inlinable
  func home(_ number: UInt32) -> Int { Int(number >> 1) & (numbers.count - 1) }

  /// The slot of a stream; nil when the table does not hold it.
  @inlinable
  func find(_ id: StreamID) -> Int? {
    guard used > 0 else { return nil }
    var slot = home(id.rawValue)
    while numbers[slot] != id.rawValue {
      guard numbers[slot] != 0 else { return nil }
      slot = (slot + 1) & (numbers.count - 1)
    }
    return slot
  }

  /// The element of a stream; nil when the table holds none.
  @inlinable
  public subscript(id: StreamID) -> Element? {
    guard let slot = find(id) else { return nil }
    return elements[slot]
  }

  /// Whether a stream is in the table.
  @inlinable
  public func contains(_ id: StreamID) -> Bool { find(id) != nil }

  /// Adds or replaces a stream's element.
  @inlinable
  public mutating func insert(_ element: consuming Element, for id: StreamID) {
    precondition(id != .connection, "stream 0 is the connection itself")
    if let slot = find(id) {
      elements[slot] = element
      return
    }
    if (count + 1) * 2 > capacity { resize(to: max(Self.smallest, capacity * 2)) }
    place(id.rawValue, element)
    used += 1
  }

  /// Takes a stream out.
  @inlinable
  @discardableResult
  public mutating func remove(_ id: StreamID) -> Element? {
    guard let slot = find(id) else { return nil }
    let element = elements[slot].take()
    numbers[slot] = 0
    used -= 1
    if slot != home(id.rawValue) { displaced -= 1 }
    // Where all are at home, nobody stands behind a slot because it was taken.
    if displaced > 0 { closeGap(at: slot) }
    if capacity > Self.keptSize, count * 8 < capacity { resize(to: capacity / 2) }
    return element
  }

  /// The streams, in no particular order.
  public var ids: [StreamID] { numbers.filter { $0 != 0 }.map { StreamID($0) } }

  /// Puts a stream that is not in the table into the first free slot from its home on.
  @inlinable
  mutating func place(_ number: UInt32, _ element: consuming Element?) {
    var slot = home(number)
    while numbers[slot] != 0 { slot = (slot + 1) & (numbers.count - 1) }
    numbers[slot] = number
    elements[slot] = element
    if slot != home(number) { displaced += 1 }
  }

  /// Moves those that stand behind a freed slot only because it was taken: no search may end too early.
  @inlinable
  mutating func closeGap(at freed: Int) {
    let mask = numbers.count - 1
    var gap = freed
    var slot = (gap + 1) & mask
    while numbers[slot] != 0 {
      let distanceFromHome = (slot - home(numbers[slot])) & mask
      if distanceFromHome >= (slot - gap) & mask {
        numbers[gap] = numbers[slot]
        elements.swapAt(gap, slot)
        numbers[slot] = 0
        if gap == home(numbers[gap]) { displaced -= 1 }
        gap = slot
      }
      slot = (slot + 1) & mask
    }
  }

  @usableFromInline
  mutating func resize(to capacity: Int) {
    let oldNumbers = numbers
    let oldElements = elements
    displaced = 0
    numbers = [UInt32](repeating: 0, count: capacity)
    elements = [Element?](repeating: nil, count: capacity)
    for (slot, number) in oldNumbers.enumerated() where number != 0 {
      place(number, oldElements[slot])
    }
  }
}
