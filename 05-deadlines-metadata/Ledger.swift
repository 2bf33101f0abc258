import GRPC
import Lesson
import Synchronization

/// What a server writes down about its calls: its own verdict of each, under its request id.
///
/// It is one of two ledgers: the client has its own opinion of the same call, and neither can see
/// the other's.
final class Ledger: Sendable {
  /// One call.
  final class Entry: Sendable {
    let requestID: String
    let method: String
    private let clientTimeout: Duration?
    private let start = ContinuousClock.now
    private let outcome = Mutex<(verdict: String, elapsed: Duration)?>(nil)
    private let counter = Atomic<UInt64>(0)

    fileprivate init(_ context: ServerContext) {
      requestID = context.metadata["request-id"] ?? ""
      method = context.method.name
      clientTimeout = context.clientTimeout
    }

    /// Units of work, items, or files: it stands still when the method has stopped.
    var units: UInt64 { counter.load(ordering: .relaxed) }

    /// Counts one more, and returns how many there are now.
    @discardableResult
    func count() -> UInt64 { counter.wrappingAdd(1, ordering: .relaxed).newValue }

    /// What was left of the client's deadline when the call arrived; 0 for none.
    var remainingMs: UInt64 { clientTimeout.map(\.milliseconds) ?? 0 }

    /// The entry as the service tells it.
    var message: LedgerEntry {
      let outcome = outcome.withLock(\.self)
      let elapsed = outcome?.elapsed ?? ContinuousClock.now - start
      return LedgerEntry(
        requestID: requestID,
        method: method,
        verdict: outcome?.verdict ?? "RUNNING",
        units: units,
        elapsedMs: elapsed.milliseconds,
        remainingMs: remainingMs
      )
    }

    fileprivate func close(_ code: Status.Code) {
      outcome.withLock { $0 = ("\(code)", ContinuousClock.now - start) }
    }
  }

  private static let capacity = 1000
  /// The client chooses its request id, and a thousand of them are kept.
  private static let longestID = 200
  private let note: @Sendable (String) -> Void
  private let entries = Mutex<(byID: [String: Entry], order: [String])>(([:], []))

  /// Makes an empty ledger; `note` is told of each verdict in a line.
  init(note: @escaping @Sendable (String) -> Void) { self.note = note }

  subscript(requestID: String) -> Entry? { entries.withLock { $0.byID[requestID] } }

  /// Runs a method's work, and writes down what this server thinks of it.
  func record<Result>(
    _ context: ServerContext,
    _ work: (Entry) async throws -> Result
  ) async throws -> Result {
    let entry = open(context)
    do {
      let result = try await work(entry)
      close(entry, .ok)
      return result
    } catch {
      // A cancelled task only knows that it was cancelled; the call knows why.
      let reason = context.cancellationReason ?? RPCError.reporting(error)
      close(entry, reason.code)
      throw reason
    }
  }

  private func close(_ entry: Entry, _ code: Status.Code) {
    entry.close(code)
    guard !entry.requestID.isEmpty else { return }
    let id = ServerLog.excerpt(entry.requestID)
    note("\(entry.method) \(id): \(code) after \(entry.units) units")
  }

  private func open(_ context: ServerContext) -> Entry {
    let entry = Entry(context)
    guard (1...Self.longestID).contains(entry.requestID.utf8.count) else { return entry }
    entries.withLock { entries in
      if entries.byID.updateValue(entry, forKey: entry.requestID) == nil {
        entries.order.append(entry.requestID)
      }
      // A thousand places move up by one: little beside a call.
      guard entries.order.count > Self.capacity else { return }
      entries.byID[entries.order.removeFirst()] = nil
    }
    return entry
  }
}

extension Duration {
  /// Whole milliseconds, rounded up; nothing below zero.
  var milliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (sum, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
    let rest = UInt64(attoseconds) + 999_999_999_999_999
    return overflow ? .max : sum &+ rest / 1_000_000_000_000_000
  }
}
