#if os(Linux)
internal import CSystem

#if canImport(Glibc)
internal import Glibc
#else
internal import Musl
#endif

/// Asks Linux which descriptors have something to do (epoll), edge-triggered: an event says that
/// something has changed, and whoever hears it reads or writes until nothing is left.
final class Poller {
  private let epoll: Int32
  private let wake: Int32
  private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)

  /// The token that stands for the wake-up, not for a registered descriptor.
  private static let wakeToken = UInt64.max

  init() {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    precondition(epoll >= 0 && wake >= 0, "no descriptor is left for an event loop")
    // Edge-triggered: each write is an event of its own, so that the counter need never be read.
    var event = epoll_event(
      events: EPOLLIN.rawValue | EPOLLET.rawValue,
      data: epoll_data_t(u64: Self.wakeToken)
    )
    epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event)
  }

  deinit {
    close(wake)
    close(epoll)
    events.deallocate()
  }

  /// What other threads need in order to interrupt `wait`.
  var waker: Waker { Waker(descriptor: wake) }

  /// Interrupts a wait from any thread.
  struct Waker: Sendable {
    fileprivate let descriptor: Int32

    func wake() {
      var one: UInt64 = 1
      _ = write(descriptor, &one, 8)
    }
  }

  func add(_ descriptor: Int32, token: UInt64) {
    let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
    var event = epoll_event(events: interest, data: epoll_data_t(u64: token))
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
  }

  func remove(_ descriptor: Int32) {
    var event = epoll_event()
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
  }

  /// Waits for events, at most so many milliseconds (−1: for ever).
  ///
  /// - Returns: How many there are; `event(_:)` tells them until the next wait.
  func wait(milliseconds: Int32) -> Int {
    max(0, Int(epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)))
  }

  /// One of the events of the last wait.
  func event(_ index: Int) -> PollerEvent {
    let event = events[index]
    if event.data.u64 == Self.wakeToken { return .wakeUp }
    // EPOLLERR and EPOLLHUP: the next read or write finds out what it is.
    let failed = event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
    let readable = event.events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0
    let writable = event.events & EPOLLOUT.rawValue != 0
    let hasEnded = failed || event.events & EPOLLRDHUP.rawValue != 0
    return .ready(
      token: event.data.u64,
      readable: readable || failed,
      writable: writable || failed,
      hasEnded: hasEnded
    )
  }
}
#endif
