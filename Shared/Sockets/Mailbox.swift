internal import Synchronization

/// How other threads talk to an event loop: they leave letters, and the loop opens them in its next turn.
///
/// One wake-up stands for all letters that wait, and a loop that is awake needs none: it looks by itself before it sleeps.
/// Who wakes whom is settled by one atomic word. Whoever leaves the first letter sets it to `mail`; if it said `asleep`,
/// he wakes the loop. The loop sets it to `asleep` only when it says `nothing`, so that a letter can't be overlooked.
final class Mailbox: Sendable {
  enum Letter {
    case job(UnownedJob)
    case closure(@Sendable () -> Void)
  }

  private struct Contents {
    var letters: [Letter] = []
    var isStopped = false
  }

  private enum Sign {
    static let nothing: UInt8 = 0
    static let mail: UInt8 = 1
    static let asleep: UInt8 = 2
  }

  private let contents = Mutex(Contents())
  private let sign = Atomic<UInt8>(Sign.nothing)
  private let waker: Poller.Waker

  init(_ waker: Poller.Waker) { self.waker = waker }

  // MARK: From any thread

  func post(_ letter: Letter) {
    let isFirst = contents.withLock { contents in
      contents.letters.append(letter)
      return contents.letters.count == 1
    }
    // Later letters ride on the wake-up of the first.
    if isFirst { announce() }
  }

  /// Asks the loop to end.
  func stop() {
    contents.withLock { $0.isStopped = true }
    announce()
  }

  private func announce() {
    let before = sign.exchange(Sign.mail, ordering: .sequentiallyConsistent)
    if before == Sign.asleep { waker.wake() }
  }

  // MARK: On the loop's thread

  /// Whether somebody has left something since the last `open`.
  var hasMail: Bool { sign.load(ordering: .acquiring) == Sign.mail }

  /// The loop wants to sleep: from now on letters wake it.
  ///
  /// - Returns: false if there is mail; then it must not sleep.
  func fallAsleep() -> Bool {
    sign.compareExchange(
      expected: Sign.nothing,
      desired: Sign.asleep,
      ordering: .sequentiallyConsistent
    ).exchanged
  }

  /// The loop is awake.
  func wakeUp() {
    _ = sign.compareExchange(
      expected: Sign.asleep,
      desired: Sign.nothing,
      ordering: .sequentiallyConsistent
    )
  }

  /// Takes all letters out.
  ///
  /// - Parameter letters: Empty. The mailbox and this array change places, so that both keep their memory.
  /// - Returns: Whether the loop is to end.
  func open(_ letters: inout [Letter]) -> Bool {
    // First the sign, then the letters: one that comes in between is found now, and announced once too often.
    sign.store(Sign.nothing, ordering: .sequentiallyConsistent)
    return contents.withLock { contents in
      swap(&contents.letters, &letters)
      return contents.isStopped
    }
  }
}
