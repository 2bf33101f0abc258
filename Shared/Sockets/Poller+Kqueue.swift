#if canImport(Darwin)
internal import Darwin

/// Asks Darwin which descriptors have something to do (kqueue), with EV_CLEAR: an event says that
/// something has changed, and whoever hears it reads or writes until nothing is left.
final class Poller {
  private let queue: Int32
  private let events = UnsafeMutableBufferPointer<kevent>.allocate(capacity: 256)

  init() {
    queue = kqueue()
    precondition(queue >= 0, "no descriptor is left for an event loop")
    var event = kevent(
      ident: 0,
      filter: Int16(EVFILT_USER),
      flags: UInt16(EV_ADD | EV_CLEAR),
      fflags: 0,
      data: 0,
      udata: nil
    )
    kevent(queue, &event, 1, nil, 0, nil)
  }

  deinit {
    close(queue)
    events.deallocate()
  }

  /// What other threads need in order to interrupt `wait`.
  var waker: Waker { Waker(queue: queue) }

  /// Interrupts a wait from any thread.
  struct Waker: Sendable {
    fileprivate let queue: Int32

    func wake() {
      var event = kevent(
        ident: 0,
        filter: Int16(EVFILT_USER),
        flags: 0,
        fflags: UInt32(NOTE_TRIGGER),
        data: 0,
        udata: nil
      )
      kevent(queue, &event, 1, nil, 0, nil)
    }
  }

  func add(_ descriptor: Int32, token: UInt64) {
    change(descriptor, flags: EV_ADD | EV_CLEAR, token: token)
  }

  func remove(_ descriptor: Int32) {
    change(descriptor, flags: EV_DELETE, token: 0)
  }

  private func change(_ descriptor: Int32, flags: Int32, token: UInt64) {
    for filter in [EVFILT_READ, EVFILT_WRITE] {
      var event = kevent(
        ident: UInt(descriptor),
        filter: Int16(filter),
        flags: UInt16(flags),
        fflags: 0,
        data: 0,
        udata: UnsafeMutableRawPointer(bitPattern: UInt(token))
      )
      kevent(queue, &event, 1, nil, 0, nil)
    }
  }

  /// Waits for events, at most so many milliseconds (−1: for ever).
  ///
  /// - Returns: How many there are; `event(_:)` tells them until the next wait.
  func wait(milliseconds: Int32) -> Int {
    var timeout = timespec(
      tv_sec: Int(milliseconds) / 1000,
      tv_nsec: Int(milliseconds) % 1000 * 1_000_000
    )
    let count =
      milliseconds < 0
      ? kevent(queue, nil, 0, events.baseAddress, Int32(events.count), nil)
      : kevent(queue, nil, 0, events.baseAddress, Int32(events.count), &timeout)
    return max(0, Int(count))
  }

  /// One of the events of the last wait.
  func event(_ index: Int) -> PollerEvent {
    let event = events[index]
    if event.filter == Int16(EVFILT_USER) { return .wakeUp }
    let ended = event.flags & UInt16(EV_EOF) != 0
    return .ready(
      token: UInt64(UInt(bitPattern: event.udata)),
      readable: event.filter == Int16(EVFILT_READ) || ended,
      writable: event.filter == Int16(EVFILT_WRITE) || ended,
      hasEnded: ended
    )
  }
}
#endif
