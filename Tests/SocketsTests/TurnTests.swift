import Synchronization
import Testing

@testable import Sockets

@Suite("A loop's turn")
struct TurnTests {
  /// What a loop's closures write down; only touched on the loop.
  private final class Notes: Flushable {
    var flushes = 0
    var lateness: [UInt64] = []
    var early = 0
    var rounds = 0
    func flush() { flushes += 1 }
  }

  @Test("A timer that arms itself again for now does not keep others from their turn")
  func timersDoNotStarve() async {
    let loop = EventLoop()
    defer { loop.stop() }
    await withCheckedContinuation { continuation in
      loop.execute {
        let notes = Notes()
        func again() {
          notes.rounds += 1
          guard notes.rounds < 1_000_000 else { return }
          loop.schedule(after: 0) { again() }
        }
        again()
        loop.schedule(after: 2_000_000) {
          #expect(notes.rounds < 1_000_000)
          notes.rounds = 1_000_000
          continuation.resume()
        }
      }
    }
  }

  @Test("With 10,000 timers pending, none fires early, and they fire within 5 ms")
  func accuracy() async {
    let loop = EventLoop()
    defer { loop.stop() }
    let (early, median) = await withCheckedContinuation { continuation in
      loop.execute {
        let notes = Notes()
        for index in 0..<10_000 {
          let deadline = loop.now + UInt64(index % 200) * 1_000_000
          _ = loop.schedule(
            at: deadline,
            ClosureTimer {
              let now = SystemCall.monotonicNanoseconds()
              if now < deadline { notes.early += 1 } else { notes.lateness.append(now - deadline) }
              guard notes.early + notes.lateness.count == 10_000 else { return }
              // The median: on a busy machine the system itself may be late once.
              continuation.resume(returning: (notes.early, notes.lateness.sorted()[5_000]))
            }
          )
        }
      }
    }
    #expect(early == 0)
    #expect(median < 5_000_000)
  }

  @Test("Letters from another thread are opened in the order in which they were posted")
  func letters() async {
    let loop = EventLoop()
    defer { loop.stop() }
    let numbers = Mutex<[Int]>([])
    await withCheckedContinuation { continuation in
      for number in 0..<1_000 { loop.execute { numbers.withLock { $0.append(number) } } }
      loop.execute { continuation.resume() }
    }
    #expect(numbers.withLock { $0 } == Array(0..<1_000))
  }

  @Test("What asks to be flushed is flushed once, behind all that the turn did")
  func flush() async {
    let loop = EventLoop()
    defer { loop.stop() }
    let flushes = await withCheckedContinuation { continuation in
      loop.execute {
        let notes = Notes()
        loop.flushLater(notes)
        #expect(notes.flushes == 0)
        loop.schedule(after: 1_000_000) { continuation.resume(returning: notes.flushes) }
      }
    }
    #expect(flushes == 1)
  }

  @Test("A loop that is stopped while it waits ends its thread")
  func stops() async {
    weak var weakly: EventLoop?
    do {
      let loop = EventLoop()
      weakly = loop
      await withCheckedContinuation { continuation in loop.execute { continuation.resume() } }
      loop.stop()
    }
    for _ in 0..<200 where weakly != nil { try? await Task.sleep(for: .milliseconds(10)) }
    #expect(weakly == nil)
  }
}
