import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import Sockets

@Suite("Signals")
struct SignalTests {
  @Test("Each watcher hears of the signals that it has asked for, and of no others")
  func watchers() async {
    // Two that a process ignores unless it asks.
    var urgent = SignalWatcher(signals: [SIGURG]).makeAsyncIterator()
    var resized = SignalWatcher(signals: [SIGWINCH]).makeAsyncIterator()
    for signal in [SIGURG, SIGWINCH, SIGURG] {
      // Both would wait as one if the first had not been taken.
      kill(getpid(), signal)
      let taken = signal == SIGURG ? await urgent.next() : await resized.next()
      #expect(taken == signal)
    }
  }
}
