/// The live streams of a connection, found by number in a few instructions.
///
/// A ring that is entered with the number's own low bits: stream identifiers come in order and old ones go, so
/// that neighbours rarely meet. Where two do, the ring doubles.
@frozen
public struct StreamTable<Element> {
  @usableFromInline var slots: [(id: UInt32, element: Element)?]
  /// How many streams the table holds.
  public private(set) var count = 0

  /// An empty table.
  public init() { slots = Array(repeating: nil, count: 16) }

  @usableFromInline
  func place(_ id: StreamID) -> Int { Int(id.rawValue >> 1) & (slots.count - 1) }

  /// The element of a stream; nil when the table holds none.
  @inlinable
  public subscript(id: StreamID) -> Element? {
    guard let slot = slots[place(id)], slot.id == id.rawValue else { return nil }
    return slot.element
  }

  /// Whether a stream is in the table.
  @inlinable
  public func contains(_ id: StreamID) -> Bool { slots[place(id)]?.id == id.rawValue }

  /// Adds or replaces a stream's element.
  public mutating func insert(_ element: Element, for id: StreamID) {
    while true {
      let place = place(id)
      if slots[place] == nil { count += 1 }
      if slots[place] == nil || slots[place]?.id == id.rawValue {
        slots[place] = (id.rawValue, element)
        return
      }
      grow()
    }
  }

  /// Takes a stream out.
  @discardableResult
  public mutating func remove(_ id: StreamID) -> Element? {
    let place = place(id)
    guard let slot = slots[place], slot.id == id.rawValue else { return nil }
    slots[place] = nil
    count -= 1
    return slot.element
  }

  /// Changes an element in place; does nothing when the stream is not in the table.
  ///
  /// - Returns: What `body` returns; nil when the stream is not in the table.
  @inlinable
  public mutating func update<Result>(
    _ id: StreamID,
    _ body: (inout Element) -> Result
  ) -> Result? {
    let place = place(id)
    guard slots[place]?.id == id.rawValue else { return nil }
    // Through the optional, so that the element is not copied out; it is there, as the line above saw.
    // swift-format-ignore: NeverForceUnwrap
    return body(&slots[place]!.element)
  }

  /// The streams, in no particular order.
  public var ids: [StreamID] { slots.compactMap { $0.map { StreamID($0.id) } } }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: nil, count: old.count * 2)
    for slot in old {
      guard let slot else { continue }
      // Ids that did not meet in the small ring do not meet in the large one.
      slots[place(StreamID(slot.id))] = slot
    }
  }
}
