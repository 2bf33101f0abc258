internal import Sockets
internal import Synchronization

/// Looks, from a thread of its own, whether a method holds its event loop.
///
/// A method that blocks on a loop stops every other call of that loop, and nothing on the loop itself can tell: it
/// stands. So each loop counts what it runs, and names the method whose code it enters; the watchdog compares the
/// counts a few times in a tenth of a second. This costs the loop a few plain stores, so it runs in release builds too.
/// Where others use up the processor, a method is not to blame for the time in which its loop's thread waits for one.
///
/// What it can't tell is the name of a method that blocks after it has waited for something else than its own messages:
/// nothing of ours runs when such a task goes on.
final class LoopWatchdog: Sendable {
  /// The one watchdog of the process; its thread starts with the first server.
  static let shared = LoopWatchdog()

  static let patience: UInt64 = 100_000_000
  static let period: UInt64 = 25_000_000

  private let loop = EventLoop(name: "watchdog")
  private let state = Mutex(State())

  private struct State {
    var watched: [ObjectIdentifier: Watched] = [:]
    var methods: [UInt: String] = [:]
    var latestMethod: UInt = 0
    var isRunning = false
  }

  private struct Watched {
    let loop: EventLoop
    var logs: [Int: @Sendable (String) -> Void] = [:]
    var hold = LoopHold()
  }

  // MARK: Names

  /// Gives a method a number under which a loop can name it.
  func register(_ path: String) -> UInt {
    state.withLock { state in
      state.latestMethod += 1
      state.methods[state.latestMethod] = path
      return state.latestMethod
    }
  }

  func forget(_ method: UInt) { state.withLock { $0.methods[method] = nil } }

  // MARK: Watching

  /// Watches the loops of a group on behalf of a server.
  func watch(_ group: EventLoopGroup, for server: Int, log: @escaping @Sendable (String) -> Void) {
    let mustStart = state.withLock { state in
      for loop in group.loops {
        state.watched[ObjectIdentifier(loop), default: Watched(loop: loop)].logs[server] = log
      }
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if mustStart { loop.execute { self.look() } }
  }

  func unwatch(_ server: Int) {
    state.withLock { state in
      for loop in state.watched.keys { state.watched[loop]?.logs[server] = nil }
      state.watched = state.watched.filter { !$0.value.logs.isEmpty }
    }
  }

  private func look() {
    let now = loop.now
    let (reports, goOn) = state.withLock { state in
      var reports: [(log: @Sendable (String) -> Void, line: String)] = []
      for key in state.watched.keys {
        guard var watched = state.watched[key] else { continue }
        let progress = watched.loop.progress.current
        let activity = progress.isBusy ? watched.loop.progress.activity : nil
        if watched.hold.look(at: progress, activity, now: now) {
          let line = Self.line(state.methods[progress.label], watched.loop.name)
          reports += watched.logs.values.map { ($0, line) }
        }
        state.watched[key] = watched
      }
      state.isRunning = !state.watched.isEmpty
      return (reports, state.isRunning)
    }
    for report in reports { report.log(report.line) }
    if goOn { loop.schedule(after: Self.period) { self.look() } }
  }

  private static func line(_ method: String?, _ loop: String) -> String {
    "\(method ?? "a method") has held its \(loop) for more than 100 ms, and all other calls of this loop with it: "
      + "let it await instead of blocking, or let its service run on the pool "
      + "(var execution: HandlerExecution { .concurrentPool })"
  }
}

/// Judges what one loop is seen to do.
///
/// Holds no clock.
struct LoopHold {
  /// One line in ten seconds is enough to be noticed.
  private static let silence: UInt64 = 10_000_000_000

  private var step: UInt = 0
  private var latestLook: UInt64 = 0
  private var processorTime: UInt64?
  /// For how long the step has computed or slept, as far as that has been seen.
  private var held: UInt64 = 0
  private var hasReported = false
  private var quietUntil: UInt64 = 0

  /// Takes what is seen of the loop.
  ///
  /// - Parameters:
  ///   - progress: The loop's step.
  ///   - activity: What its thread does; nil where the system does not tell, and all of the time is the step's.
  ///   - now: The time.
  /// - Returns: Whether what the loop does has taken too long, and this is to be said now.
  mutating func look(
    at progress: LoopProgress.Snapshot,
    _ activity: ThreadActivity?,
    now: UInt64
  ) -> Bool {
    defer {
      latestLook = now
      processorTime = activity?.processorTime
    }
    guard progress.isBusy else { return false }
    guard progress.step == step else {
      step = progress.step
      held = 0
      hasReported = false
      return false
    }
    if let activity, !activity.isAsleep, let before = processorTime {
      held += activity.processorTime &- before
    } else {
      // No more than that: a process that was stopped meanwhile, or a watchdog without a processor, has not looked.
      held += min(now &- latestLook, 2 * LoopWatchdog.period)
    }
    guard !hasReported, held >= LoopWatchdog.patience else { return false }
    hasReported = true
    guard now >= quietUntil else { return false }
    quietUntil = now &+ Self.silence
    return true
  }
}
