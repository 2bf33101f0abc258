import Lesson
import Synchronization

/// A progress bar on standard error, when that is a terminal.
final class Progress: Sendable {
  private struct State {
    var sent = 0
    var shown: ContinuousClock.Instant
  }

  private let total: Int
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  /// Begins; a total of 0 is not known.
  init(total: Int) {
    self.total = total
    state = Mutex(State(shown: start))
  }

  /// Counts what has been sent, and shows it ten times a second.
  func advance(_ count: Int) {
    let now = ContinuousClock.now
    let sent: Int? = state.withLock { state in
      state.sent += count
      guard Terminal.isNarrationInteractive, now - state.shown >= .milliseconds(100) else {
        return nil
      }
      state.shown = now
      return state.sent
    }
    guard let sent else { return }
    Terminal.narrateInPlace("\r\(Self.line(sent: sent, total: total, in: now - start))\u{1B}[K")
  }

  /// Wipes the bar away.
  func finish() {
    if Terminal.isNarrationInteractive { Terminal.narrateInPlace("\r\u{1B}[K") }
  }

  /// The bar with share, amount, rate and time left; without a total only amount and rate.
  static func line(sent: Int, total: Int, in elapsed: Duration) -> String {
    let seconds = max(elapsed / .seconds(1), 0.001)
    let rate = Double(sent) / seconds
    let amount =
      "\(Quantity.fixed(Double(sent) / 1e6, digits: 1)) MB, "
      + "\(Quantity.fixed(rate / 1e6, digits: 1)) MB/s"
    guard total > 0 else { return amount }
    let share = min(Double(sent) / Double(total), 1)
    let filled = Int(30 * share)
    let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: 30 - filled)
    let percent = Quantity.fixed(100 * share, digits: 0)
    let left = Double(max(total - sent, 0)) / max(rate, 1)
    return "[\(bar)] \(String(repeating: " ", count: 3 - percent.count))\(percent) %, \(amount), "
      + "\(Quantity.fixed(left, digits: 0)) s left"
  }
}
