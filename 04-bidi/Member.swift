import GRPC

/// Somebody in the room: what waits to be heard, and how that ends.
///
/// The room fills it and never waits; a call empties it as fast as its client reads.
final class Member: Sendable, Identifiable {
  /// How many events may wait for a member that does not read.
  static let mostWaiting = 256

  /// What happens in the room; behind the last event stands why the member may not stay.
  let events: AsyncThrowingStream<Event, any Error>
  private let hearing: AsyncThrowingStream<Event, any Error>.Continuation

  /// Nothing, until the member is dropped; then why.
  private let dropping: AsyncThrowingStream<Never, any Error>
  private let dropped: AsyncThrowingStream<Never, any Error>.Continuation

  init() {
    (events, hearing) = AsyncThrowingStream.makeStream(
      bufferingPolicy: .bufferingOldest(Self.mostWaiting)
    )
    (dropping, dropped) = AsyncThrowingStream.makeStream()
  }

  /// Adds an event; false when too many wait already.
  @discardableResult
  func hear(_ event: Event) -> Bool {
    if case .dropped = hearing.yield(event) { return false }
    return true
  }

  /// Ends what the member hears, behind all that it has still to hear.
  func stopHearing(_ reason: RPCError) { hearing.finish(throwing: reason) }

  /// Ends it at once: nobody takes what waits.
  func drop(_ reason: RPCError) { dropped.finish(throwing: reason) }

  /// Waits until the member is dropped, and throws why; returns when the task is cancelled.
  func isDropped() async throws {
    for try await _ in dropping {}
  }
}
