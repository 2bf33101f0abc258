import Synchronization
import Testing

@testable import Bidirectional
@testable import Lesson

@Suite("The room as a member sees it")
struct RoomViewTests {
  private func makeView() -> (RoomView, shown: Shown) {
    let shown = Shown()
    return (RoomView(name: "eve") { shown.append($0) }, shown)
  }

  @Test("Events become the lines of Docs/lesson-output.md")
  func lines() {
    let (view, shown) = makeView()
    let line = Line(number: 1, name: "bob", text: "hi")
    view.sees(Event(kind: .welcome(Welcome())))
    view.sees(Event(kind: .welcome(Welcome(members: ["ada", "bob"], history: [line]))))
    view.sees(Event(kind: .joined("eve")))
    view.sees(Event(kind: .line(line)))
    view.sees(Event(kind: .left("bob")))
    view.says("one")
    view.says("two")
    view.sees(Event(kind: .acknowledged(2)))
    view.sees(Event(kind: .acknowledged(4)))
    #expect(
      shown.lines == [
        "* nobody is here yet", "* here: ada, bob", "[1] bob: hi", "* eve joined", "[1] bob: hi",
        "* bob left", "[2] you: one", "[4] you: two",
      ]
    )
  }

  @Test("An acknowledgement too many, and an event of a kind unknown here, show nothing")
  func mistakes() {
    let (view, shown) = makeView()
    view.sees(Event(kind: .acknowledged(1)))
    view.sees(Event())
    #expect(shown.lines.isEmpty)
  }

  @Test("It is time to leave when the room knows us and has acknowledged the last line")
  func upToDate() async {
    let (view, _) = makeView()
    view.says("one")
    view.finishes()
    view.sees(Event(kind: .joined("eve")))
    view.sees(Event(kind: .acknowledged(1)))
    await view.isUpToDate.pass()
  }

  @Test("A queue gives back in order what comes and goes in between")
  func queue() {
    var queue = Queue<Int>()
    queue.append(1)
    queue.append(2)
    #expect(queue.first == 1)
    queue.removeFirst()
    queue.append(3)
    for number in 2...3 {
      #expect(queue.first == number)
      queue.removeFirst()
    }
    #expect(queue.first == nil)
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

/// What was shown, in order.
private final class Shown: Sendable {
  private let all = Mutex<[String]>([])
  var lines: [String] { all.withLock(\.self) }
  func append(_ line: String) { all.withLock { $0.append(line) } }
}
