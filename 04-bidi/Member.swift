import GRPC
import Synchronization

/// Somebody in the room: what waits to be heard, and how that ends.
///
/// The room fills it and never waits; a call empties it as fast as its client reads.
final class Member: Sendable, Identifiable {
  /// How many events may wait for a member that does not read.
  static let mostWaiting = 256
  /// How many may wait for one that reads: hundreds of members who enter at once are no fault of its.
  static let mostAtOnce = 4096

  /// Whether the client has stopped reading.
  private let isBlocked: @Sendable () -> Bool
  private let waiting = Atomic(0)
  /// What happens in the room; behind the last event stands why the member may not stay.
  private let events: AsyncThrowingStream<Event, any Error>
  private let hearing: AsyncThrowingStream<Event, any Error>.Continuation
  /// Nothing, until the member is dropped; then why.
  private let dropping: AsyncThrowingStream<Never, any Error>
  private let dropped: AsyncThrowingStream<Never, any Error>.Continuation

  init(isBlocked: @escaping @Sendable () -> Bool) {
    self.isBlocked = isBlocked
    (events, hearing) = AsyncThrowingStream.makeStream()
    (dropping, dropped) = AsyncThrowingStream.makeStream()
  }

  // MARK: The room's side

  /// Adds an event; false when too many wait already.
  @discardableResult
  func hear(_ event: Event) -> Bool {
    let count = waiting.load(ordering: .relaxed)
    if count >= Self.mostAtOnce || count >= Self.mostWaiting && isBlocked() { return false }
    waiting.wrappingAdd(1, ordering: .relaxed)
    hearing.yield(event)
    return true
  }

  /// Ends what the member hears, behind all that waits.
  func refuse(_ reason: RPCError) { hearing.finish(throwing: reason) }

  /// Ends it at once: nobody takes what waits.
  func drop(_ reason: RPCError) { dropped.finish(throwing: reason) }

  // MARK: The call's side

  /// Hands over one event after the other, each when the one before has been taken.
  ///
  /// - Throws: Why the member may not stay, behind the last event.
  func listen(_ take: (Event) async throws -> Void) async throws {
    for try await event in events {
      waiting.wrappingSubtract(1, ordering: .relaxed)
      try await take(event)
    }
  }

  /// Waits until the member is dropped, and throws why; returns when the task is cancelled.
  func isDropped() async throws {
    for try await _ in dropping {}
  }
}
