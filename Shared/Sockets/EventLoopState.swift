#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Names a descriptor's registration with a loop.
public struct Registration: Sendable {
  let descriptor: Int32
  let token: UInt64
}

/// What a poller tells.
enum PollerEvent {
  /// Another thread has called `Waker.wake`.
  case wakeUp
  /// A descriptor, by the token of its registration, has something to do.
  ///
  /// `hasEnded`: the peer has sent its last byte, which may not have been read yet.
  case ready(token: UInt64, readable: Bool, writable: Bool, hasEnded: Bool)
}

/// What only the loop's thread touches.
///
/// `LoopConfined` for the loop itself, which cannot hold a reference to itself. The proof is the
/// same: `state` is used by methods that assert `isCurrent`.
struct ConfinedState: @unchecked Sendable {
  let state: EventLoopState

  init(_ state: EventLoopState) { self.state = state }
}

/// The key under which each loop's thread finds its loop.
enum CurrentLoop {
  static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()
}

/// A closure as a timer's target.
final class ClosureTimer: TimerTarget {
  private let body: () -> Void

  init(_ body: @escaping () -> Void) { self.body = body }

  func timerFired(_ timer: TimerID) { body() }
}

/// The state of one event loop, and the parts of its turn.
final class EventLoopState {
  private struct Slot {
    var delegate: (any ReadinessDelegate)?
    var generation: UInt32 = 0
  }

  // Unchecked, as others below: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) var jobs: [UnownedJob] = []
  @exclusivity(unchecked) var timers: TimerWheel
  @exclusivity(unchecked) var dirty: [any Flushable] = []
  private(set) var now: UInt64
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  var waker: Poller.Waker { poller.waker }

  private let poller = Poller()
  @exclusivity(unchecked) private var slots: [Slot] = []
  private var freeSlots: [UInt32] = []
  @exclusivity(unchecked) private var running: [UnownedJob] = []
  @exclusivity(unchecked) private var flushing: [any Flushable] = []
  private var isFiring = false
  @exclusivity(unchecked) private var busyPolling: BusyPolling

  /// What the loop goes by instead of the system's clock.
  private let manualClock: ManualClock?

  init(busyPolling: Duration, clock: ManualClock? = nil) {
    self.busyPolling = BusyPolling(limit: busyPolling)
    manualClock = clock
    now = clock?.now ?? SystemCall.monotonicNanoseconds()
    timers = TimerWheel(now: now)
    // What an event tells is handled one after the other, so that the arrays can be reused.
    jobs.reserveCapacity(256)
    running.reserveCapacity(256)
  }

  deinit { readBuffer.deallocate() }

  func register(_ descriptor: Int32, _ delegate: any ReadinessDelegate) -> Registration {
    let index: UInt32
    if let free = freeSlots.popLast() {
      index = free
    } else {
      index = UInt32(slots.count)
      slots.append(Slot())
    }
    slots[Int(index)].delegate = delegate
    let token = UInt64(slots[Int(index)].generation) << 32 | UInt64(index)
    poller.add(descriptor, token: token)
    return Registration(descriptor: descriptor, token: token)
  }

  func deregister(_ registration: Registration) {
    let index = Int(registration.token & 0xFFFF_FFFF)
    guard slots[index].generation == UInt32(registration.token >> 32) else { return }
    poller.remove(registration.descriptor)
    slots[index].delegate = nil
    slots[index].generation = (slots[index].generation &+ 1) & 0x7FFF_FFFF
    freeSlots.append(UInt32(index))
  }

  /// Waits, and hands out the events.
  func handleEvents(_ mailbox: Mailbox) {
    let count = manualClock.map { waitForEvents(mailbox, $0) } ?? waitForEvents(mailbox)
    now = manualClock?.now ?? SystemCall.monotonicNanoseconds()
    for index in 0..<count {
      switch poller.event(index) {
      case .wakeUp: break  // The mailbox itself says that there is mail.
      case .ready(let token, let readable, let writable, let hasEnded):
        tell(token, readable, writable, hasEnded)
      }
    }
  }

  private func tell(_ token: UInt64, _ readable: Bool, _ writable: Bool, _ hasEnded: Bool) {
    let index = Int(token & 0xFFFF_FFFF)
    let generation = UInt32(token >> 32)
    if hasEnded, slots[index].generation == generation { slots[index].delegate?.peerEnded() }
    if readable, slots[index].generation == generation { slots[index].delegate?.becameReadable() }
    // Asked again: reading may have ended the registration.
    if writable, slots[index].generation == generation { slots[index].delegate?.becameWritable() }
  }

  /// Waits for descriptors, for mail, or for the next timer.
  ///
  /// - Returns: How many descriptors have something to do.
  private func waitForEvents(_ mailbox: Mailbox) -> Int {
    guard jobs.isEmpty, dirty.isEmpty, !mailbox.hasMail else { return poller.wait(milliseconds: 0) }
    var start = SystemCall.monotonicNanoseconds()
    let wake = timers.nextWake ?? .max
    if busyPolling.isWorthwhile(at: start) {
      if let count = stayAwake(until: wake, mailbox, clock: &start) { return count }
    }
    guard wake > start, mailbox.fallAsleep() else { return poller.wait(milliseconds: 0) }
    let count = poller.wait(milliseconds: Self.milliseconds(wake - start))
    mailbox.wakeUp()
    busyPolling.slept(SystemCall.monotonicNanoseconds() - start)
    return count
  }

  /// The same by a clock that moves only when nothing else happens.
  private func waitForEvents(_ mailbox: Mailbox, _ clock: ManualClock) -> Int {
    let count = poller.wait(milliseconds: 0)
    guard count == 0, jobs.isEmpty, dirty.isEmpty, !mailbox.hasMail else { return count }
    guard !clock.rest(until: timers.nextWake ?? .max), mailbox.fallAsleep() else { return 0 }
    defer { mailbox.wakeUp() }
    return poller.wait(milliseconds: -1)
  }

  /// Rounded up; −1, for ever, when there is no timer at all.
  private static func milliseconds(_ nanoseconds: UInt64) -> Int32 {
    guard nanoseconds < 60_000_000_000 else { return nanoseconds > UInt64.max / 2 ? -1 : 60_000 }
    return Int32((nanoseconds + 999_999) / 1_000_000)
  }

  /// Looks for events without sleeping, for a short time.
  ///
  /// - Returns: As `waitForEvents`; nil when nothing has come.
  private func stayAwake(until wake: UInt64, _ mailbox: Mailbox, clock: inout UInt64) -> Int? {
    let end = min(clock &+ busyPolling.limit, wake)
    while clock < end {
      let count = poller.wait(milliseconds: 0)
      if count > 0 || mailbox.hasMail {
        busyPolling.paidOff()
        return count
      }
      // To whoever waits for this processor, perhaps the very thread that is to send us something.
      sched_yield()
      let before = clock
      clock = SystemCall.monotonicNanoseconds()
      if clock - before > Self.tooLongForOneLook {
        busyPolling.wasInTheWay(for: clock - before, at: clock)
        return nil
      }
    }
    busyPolling.wasInVain()
    return nil
  }

  /// When a look for events, which takes less than 1 µs, seems to take so long, another thread has run in between.
  private static let tooLongForOneLook: UInt64 = 20_000

  /// Runs the jobs that are ready and those that they make ready, up to a bound: descriptors must not
  /// starve behind tasks that yield for ever.
  func runJobs(on executor: UnownedTaskExecutor, _ progress: LoopProgress) {
    var rounds = 0
    while !jobs.isEmpty && rounds < 64 {
      rounds += 1
      swap(&jobs, &running)
      for (index, job) in running.enumerated() {
        progress.enter()
        job.runSynchronously(on: executor)
        progress.leave()
        if index % Self.jobsBetweenFlushes == Self.jobsBetweenFlushes - 1 { flushEarly() }
      }
      running.removeAll(keepingCapacity: true)
    }
  }

  /// Arms a timer; what a timer arms for now, when it fires, waits for the next turn.
  func arm(at deadline: UInt64, _ target: any TimerTarget) -> TimerID {
    timers.arm(at: isFiring ? max(deadline, now &+ 1) : deadline, target)
  }

  func fireTimers() {
    guard timers.count > 0 else { return }
    isFiring = true
    while let (timer, target) = timers.popDue(now: now) { target.timerFired(timer) }
    isFiring = false
  }

  /// Lets the peer begin with what there is so far, while this loop goes on.
  ///
  /// Otherwise a hundred calls on one connection go back and forth as one bundle, and one end always waits for the other.
  /// Not where many targets have a little each: a write of its own for every message costs more than the other end gains.
  private func flushEarly() {
    if dirty.count <= Self.mostFlushedEarly { flushDirty() }
  }

  private static let jobsBetweenFlushes = 32
  private static let mostFlushedEarly = 4

  func flushDirty() {
    while !dirty.isEmpty {
      swap(&dirty, &flushing)
      for target in flushing { target.flush() }
      flushing.removeAll(keepingCapacity: true)
    }
  }
}
