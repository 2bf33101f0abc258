internal import Sockets
internal import Transport

/// What a lesson's server notes about its callers.
///
/// A line may hold what a stranger sent. So it is one line whatever that was, with everything escaped that would move a
/// terminal's cursor; no more than a hundred are written in a second; and one that standard error does not take at
/// once is lost: a server must not wait for whoever reads its log.
public enum ServerLog {
  private static let limiter = LogLimiter(linesPerSecond: 100)

  /// Writes one line, if there is room for it.
  public static func note(_ line: String) {
    guard let line = limiter.admit(line, now: EventLoop.monotonicNow) else { return }
    Terminal.narrateWithoutWaiting(line)
  }

  /// The beginning of a text that somebody sent, for such a line.
  public static func excerpt(_ text: String) -> String {
    let beginning = text.unicodeScalars.prefix(100)
    return String(beginning) + (beginning.endIndex < text.unicodeScalars.endIndex ? "…" : "")
  }
}
