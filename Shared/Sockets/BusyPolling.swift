/// Decides whether a loop that has nothing to do looks for events again and again before it sleeps.
///
/// Waking a sleeping thread on an idle processor takes 20–50 µs, which is more than everything else that a small message
/// costs. So a loop that is in the middle of a conversation stays awake for a moment. It does so only when its last waits
/// were short, and each time that was in vain makes the next attempt come later: a loop that is idle, or that hears
/// something now and then, sleeps. Where other threads want the processor, waking is cheap and staying awake is in
/// their way: then the loop leaves it for a while. Measurements: Docs/decisions/0011-busy-polling.md.
struct BusyPolling {
  /// How long the loop stays awake at most, in nanoseconds; 0: never.
  let limit: UInt64
  /// Waits in a row that were short enough.
  private var shortWaits = 0
  /// So many make staying awake worth while.
  private var needed = Self.leastNeeded
  /// Nothing is tried before this time.
  private var restsUntil: UInt64 = 0

  private static let leastNeeded = 4
  private static let mostNeeded = 1_024
  /// The loop rests so many times as long as others had its processor.
  private static let restFactor: UInt64 = 20
  /// The longest rest: 100 ms.
  private static let mostRest: UInt64 = 100_000_000

  init(limit: Duration) { self.limit = limit.clampedNanoseconds }

  /// Whether the loop should stay awake now.
  func isWorthwhile(at now: UInt64) -> Bool {
    limit > 0 && shortWaits >= needed && now >= restsUntil
  }

  /// An event has come while the loop was awake.
  mutating func paidOff() {
    // A long conversation makes good for an attempt in vain.
    shortWaits += 1
    if shortWaits >= 2 * needed, needed > Self.leastNeeded {
      needed /= 2
      shortWaits = needed
    }
  }

  /// No event has come while the loop was awake.
  mutating func wasInVain() {
    shortWaits = 0
    needed = min(2 * needed, Self.mostNeeded)
  }

  /// The loop was awake, but for so many nanoseconds it did not have the processor.
  ///
  /// A thread of the kernel, an interrupt, or the host of a virtual machine takes it for less than 100 µs, which says
  /// little; a program that computes takes it for a millisecond and more.
  mutating func wasInTheWay(for nanoseconds: UInt64, at now: UInt64) {
    shortWaits = 0
    restsUntil = now &+ min(Self.restFactor &* nanoseconds, Self.mostRest)
  }

  /// The loop has slept for so long, waking included.
  mutating func slept(_ nanoseconds: UInt64) {
    // About half of a short sleep is the waking, which staying awake would have saved.
    if nanoseconds <= 2 * limit { shortWaits += 1 } else { shortWaits = 0 }
  }
}
