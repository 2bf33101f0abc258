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
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: Self.wakeToken))
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

  /// Waits for events, at most so many milliseconds (−1: for ever), and hands over each.
  func wait(
    milliseconds: Int32,
    _ body: (_ token: UInt64, _ readable: Bool, _ writable: Bool) -> Void
  ) {
    let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
    guard count > 0 else { return }
    for index in 0..<Int(count) {
      let event = events[index]
      if event.data.u64 == Self.wakeToken {
        var counter: UInt64 = 0
        _ = read(wake, &counter, 8)
        continue
      }
      let failed = event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
      let readable = event.events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0
      body(event.data.u64, readable || failed, event.events & EPOLLOUT.rawValue != 0 || failed)
    }
  }
}
#endif
