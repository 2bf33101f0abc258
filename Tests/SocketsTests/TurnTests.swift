import Synchronization
import Testing

@testable import Sockets

@Suite("A loop's turn")
struct TurnTests {
  /// What a loop's closures write down; only touched on the loop.
  private final class Notes: Flushable {
    var flushes = 0
    var early = 0
    var missed = 0
    /// The times of this turn and of the one before in which a timer fired.
    var turn: UInt64 = 0
    var lastTurn: UInt64 = 0
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

  @Test("With 10,000 timers pending, each fires in the first turn behind its deadline, none before")
  func accuracy() async {
    let loop = EventLoop()
    defer { loop.stop() }
    let (early, missed) = await withCheckedContinuation { continuation in
      loop.execute {
        let notes = Notes()
        for index in 0..<10_000 {
          let deadline = loop.now + UInt64(index % 200) * 1_000_000
          _ = loop.schedule(
            at: deadline,
            ClosureTimer {
              if loop.now != notes.turn { (notes.lastTurn, notes.turn) = (notes.turn, loop.now) }
              if loop.now < deadline { notes.early += 1 }
              // How late a turn comes is the system's business; a turn that passes a timer over would be ours.
              if deadline <= notes.lastTurn { notes.missed += 1 }
              notes.rounds += 1
              guard notes.rounds == 10_000 else { return }
              continuation.resume(returning: (notes.early, notes.missed))
            }
          )
        }
      }
    }
    #expect(early == 0)
    #expect(missed == 0)
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

  /// Something to write to, of which tasks and a loop know how often it was flushed.
  private final class Outlet: Flushable, Sendable {
    private let state = Mutex((isDirty: false, flushes: 0))

    var flushes: Int { state.withLock { $0.flushes } }

    func write(_ loop: EventLoop) {
      let isFirst = state.withLock { state in
        defer { state.isDirty = true }
        return !state.isDirty
      }
      if isFirst { loop.flushLater(self) }
    }

    func flush() { state.withLock { $0 = (false, $0.flushes + 1) } }
  }

  /// Lets 100 tasks write in one turn of a loop, in turns, to so many outlets.
  ///
  /// - Returns: How many flushes the last task sees.
  private func flushesInATurn(outlets count: Int) async -> Int {
    let loop = EventLoop()
    defer { loop.stop() }
    let outlets = (0..<count).map { _ in Outlet() }
    return await withCheckedContinuation { continuation in
      loop.execute {
        for index in 0..<100 {
          Task(executorPreference: loop) {
            outlets[index % count].write(loop)
            guard index == 99 else { return }
            continuation.resume(returning: outlets.reduce(0) { $0 + $1.flushes })
          }
        }
      }
    }
  }

  @Test(
    "In a turn with many tasks, one outlet is flushed after every 32, so that its reader can begin"
  )
  func flushEarly() async {
    #expect(await flushesInATurn(outlets: 1) == 3)
  }

  @Test("Many outlets with a little each are flushed at the turn's end only")
  func flushManyAtTheEnd() async {
    #expect(await flushesInATurn(outlets: 10) == 0)
  }
}
