internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Signals as an asynchronous sequence: `for await signal in SignalWatcher(signals: [SIGINT])`.
///
/// The handler only writes the number into a pipe; a thread of its own reads it and tells the observers, so that
/// nothing else ever runs inside a signal handler.
public struct SignalWatcher: AsyncSequence, Sendable {
  /// The number of a signal that arrived.
  public typealias Element = Int32

  private let stream: AsyncStream<Int32>

  /// Takes these signals from now on.
  public init(signals: [Int32]) {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Int32.self,
      bufferingPolicy: .bufferingNewest(8)
    )
    self.stream = stream
    SignalPipe.shared.watch(signals) { signal in
      // The pipe brings those of other watchers, too.
      if signals.contains(signal) { continuation.yield(signal) }
    }
  }

  /// Hands over the signals in the order in which they arrive.
  public func makeAsyncIterator() -> AsyncStream<Int32>.Iterator { stream.makeAsyncIterator() }
}

/// The one place where signals arrive: a handler writes their number into a pipe, and a thread reads it.
private final class SignalPipe: Sendable {
  static let shared = SignalPipe()
  /// The write end, for the handler, which can reach nothing but globals.
  static let writeEnd = Atomic<Int32>(-1)

  private let observers = Mutex<[@Sendable (Int32) -> Void]>([])

  private init() {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    Self.writeEnd.store(ends[1], ordering: .releasing)
    let readEnd = ends[0]
    DetachedThread.run { [self] in
      var number: UInt8 = 0
      while SystemCall.uninterrupted({ read(readEnd, &number, 1) }) == 1 {
        let signal = Int32(number)
        for observer in observers.withLock({ $0 }) { observer(signal) }
      }
    }
  }

  func watch(_ signals: [Int32], _ observer: @escaping @Sendable (Int32) -> Void) {
    observers.withLock { $0.append(observer) }
    for number in signals {
      signal(number) { number in
        // Only what a signal handler may do: one write.
        var byte = UInt8(truncatingIfNeeded: number)
        let saved = errno
        _ = write(SignalPipe.writeEnd.load(ordering: .acquiring), &byte, 1)
        errno = saved
      }
    }
  }
}
