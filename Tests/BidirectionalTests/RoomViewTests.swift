import Testing

@testable import Bidirectional
@testable import Lesson

@Suite("The room as a member sees it")
struct RoomViewTests {
  @Test("Events become the lines of Docs/lesson-output.md")
  func lines() {
    let view = RoomView(name: "eve")
    let line = Line(number: 1, name: "bob", text: "hi")
    #expect(view.sees(Event(kind: .welcome(Welcome()))) == ["* nobody is here yet"])
    #expect(
      view.sees(Event(kind: .welcome(Welcome(members: ["ada", "bob"], history: [line]))))
        == ["* here: ada, bob", "[1] bob: hi"]
    )
    #expect(view.sees(Event(kind: .joined("eve"))) == ["* eve joined"])
    #expect(view.sees(Event(kind: .line(line))) == ["[1] bob: hi"])
    #expect(view.sees(Event(kind: .left("bob"))) == ["* bob left"])
    view.says("one")
    view.says("two")
    #expect(view.sees(Event(kind: .acknowledged(2))) == ["[2] you: one"])
    #expect(view.sees(Event(kind: .acknowledged(4))) == ["[4] you: two"])
  }

  @Test("An acknowledgement too many, and an event of a kind unknown here, show nothing")
  func mistakes() {
    let view = RoomView(name: "eve")
    #expect(view.sees(Event(kind: .acknowledged(1))).isEmpty)
    #expect(view.sees(Event()).isEmpty)
  }

  @Test("It is time to leave when the room knows us and has acknowledged the last line")
  func upToDate() async {
    let view = RoomView(name: "eve")
    view.says("one")
    view.finishes()
    _ = view.sees(Event(kind: .joined("eve")))
    _ = view.sees(Event(kind: .acknowledged(1)))
    await view.isUpToDate.pass()
  }

  @Test("A queue gives back in order what comes and goes in between")
  func queue() {
    var queue = Queue<Int>()
    queue.append(1)
    queue.append(2)
    #expect(queue.popFirst() == 1)
    queue.append(3)
    #expect(queue.popFirst() == 2)
    #expect(queue.popFirst() == 3)
    #expect(queue.popFirst() == nil)
    #expect(queue.isEmpty)
  }

  @Test("Lines are cut out of bytes wherever these are cut")
  func splitLines() {
    for size in [1, 2, 3, 100] {
      var splitter = LineSplitter()
      var lines: [String] = []
      let bytes = Array("one\n\nñandú\r\n龍".utf8) + [0xFF]
      for start in stride(from: 0, to: bytes.count, by: size) {
        splitter.append(Array(bytes[start..<min(start + size, bytes.count)]))
        while let line = splitter.next() { lines.append(line) }
      }
      #expect(lines == ["one", "", "ñandú\r"])
      #expect(splitter.rest() == "龍\u{FFFD}")
      #expect(splitter.rest() == nil)
    }
  }
}
