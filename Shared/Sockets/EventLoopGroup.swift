internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The event loops of a process, handed out in turn.
public final class EventLoopGroup: Sendable {
  /// The loops.
  public let loops: [EventLoop]
  private let next = Atomic<Int>(0)

  /// One loop for each processor, started when first used, and never stopped.
  public static let shared = EventLoopGroup(count: processors)

  static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Starts so many loops.
  ///
  /// - Parameters:
  ///   - count: At least 1.
  ///   - busyPolling: How long a loop in the middle of a conversation looks for events before it sleeps; zero: never.
  public init(count: Int, busyPolling: Duration = EventLoop.defaultBusyPolling) {
    precondition(count > 0, "an event loop group needs a loop")
    loops = (0..<count).map { EventLoop(name: "event loop \($0)", busyPolling: busyPolling) }
  }

  /// A group of one loop that goes by a clock of its own.
  package init(clock: ManualClock) { loops = [EventLoop(clock: clock)] }

  /// The next loop in turn.
  public func nextLoop() -> EventLoop {
    let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
  }

  /// Ends the loops' threads.
  public func stop() {
    for loop in loops { loop.stop() }
  }
}
