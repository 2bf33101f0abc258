import Testing

@testable import GRPC

@Suite struct WireMessageCounterTests {
  @Test("Messages are counted however they are cut into pieces", arguments: [1, 2, 3, 7, 1000])
  func counts(piece: Int) {
    let bytes = [Note(""), Note("a"), Note(size: 300), Note("")].flatMap(\.framed)
    var counter = MessageCounter()
    var rest = bytes[...]
    while !rest.isEmpty {
      Array(rest.prefix(piece)).withUnsafeBytes { counter.scan($0) }
      rest = rest.dropFirst(piece)
    }
    #expect(counter.count == 4)
    #expect(counter.isBetweenMessages)
  }

  @Test("A message that is cut off is none")
  func truncated() {
    for cut in 1..<6 {
      var counter = MessageCounter()
      Note("a").framed.dropLast(cut).withUnsafeBytes { counter.scan($0) }
      #expect(counter.count == 0)
      #expect(!counter.isBetweenMessages)
    }
  }
}

@Suite struct WaitingLineTests {
  private final class Item: Waiting {
    let number: Int
    var isEnded = false
    init(_ number: Int) { self.number = number }
  }

  @Test("Those in line are served in order, those that have left are passed over")
  func order() {
    var line = WaitingLine<Item>()
    let items = (0..<10).map(Item.init)
    for item in items { line.append(item) }
    items[0].isEnded = true
    items[3].isEnded = true
    var served: [Int] = []
    for _ in 0..<3 { served.append(line.popFirst()?.number ?? -1) }
    #expect(served == [1, 2, 4])
    // The third was told that there is no room: it stays.
    line.putBack(items[4])
    while let item = line.popFirst() { served.append(item.number) }
    #expect(served == [1, 2, 4, 4, 5, 6, 7, 8, 9])
    #expect(line.isEmpty)
  }

  @Test("Nobody is held who has had its turn, or has left a line in which nobody else waits")
  func letsGo() {
    var line = WaitingLine<Item>()
    weak var served: Item?
    weak var left: Item?
    do {
      let items = [Item(1), Item(2)]
      (served, left) = (items[0], items[1])
      for item in items { line.append(item) }
      #expect(line.popFirst() === items[0])
      items[1].isEnded = true
      line.oneEnded()
    }
    #expect(served == nil)
    #expect(left == nil)
  }

  @Test("Those that have left do not pile up behind one that waits for ever")
  func bounded() {
    var line = WaitingLine<Item>()
    let patient = Item(-1)
    line.append(patient)
    for number in 0..<100_000 {
      let item = Item(number)
      line.append(item)
      item.isEnded = true
      line.oneEnded()
      #expect(line.count <= 200)
    }
    let removed = line.remove { _ in true }
    #expect(removed.count == 1)
    #expect(line.isEmpty)
  }
}
