import Testing

@testable import Sockets

/// proc(5), `/proc/PID/task/TID/stat`.
@Suite("What a thread does")
struct ThreadActivityTests {
  @Test(
    "A thread sleeps, whatever its name, or it has a processor or waits for one",
    arguments: [("S", true), ("D", true), ("R", false), ("T", false)]
  )
  func states(letter: String, isAsleep: Bool) throws {
    let line = "77 (a) R (b 1) \(letter) 1 77 77 0 -1 4194560 25 0 0 0 3 4 0 0 20 0 5 0 1000 2 3\n"
    let activity = try #require(ThreadActivity(line))
    #expect(activity.isAsleep == isAsleep)
    #expect(activity.processorTime % 7 == 0)
    #expect(activity.processorTime >= 7_000_000)
  }

  @Test("What is no such line tells nothing", arguments: ["", "x", "1 (a) R 1 2 3", ") S"])
  func nonsense(line: String) {
    #expect(ThreadActivity(line) == nil)
    #expect(ThreadActivity.read("/proc/self/task/0/stat") == nil)
  }

  #if os(Linux)
  @Test("A loop that waits is asleep, one that computes is not, and uses the processor's time")
  func loops() async throws {
    let loop = EventLoop(name: "observed")
    while loop.progress.activity?.isAsleep != true { await Task.yield() }
    let before = try #require(loop.progress.activity).processorTime
    await withCheckedContinuation { continuation in
      loop.execute {
        var activity = loop.progress.activity
        while let seen = activity, seen.processorTime < before + 20_000_000 {
          if seen.isAsleep { Issue.record("this thread runs") }
          activity = loop.progress.activity
        }
        continuation.resume()
      }
    }
    loop.stop()
  }
  #endif
}
