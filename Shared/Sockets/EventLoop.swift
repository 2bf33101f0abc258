#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Hears that a registered descriptor has something to do.
///
/// Always on the loop's thread.
public protocol ReadinessDelegate: AnyObject {
  /// There may be something to read, or the end of the stream, or an error. Read until it is short – and to the
  /// end itself after `peerEnded`: no later event tells of it.
  func becameReadable()
  /// The peer has sent its last byte; `becameReadable` follows.
  func peerEnded()
  /// There may be room to write, or a connection attempt has ended.
  func becameWritable()
}

extension ReadinessDelegate {
  /// Nothing; for those who always read until the system has no more.
  public func peerEnded() {}
}

/// Collects output during a turn of the loop and hands it to the system at the turn's end, or after many tasks.
public protocol Flushable: AnyObject {
  /// The turn is over, or has done much already.
  func flush()
}

/// One thread that waits for descriptors, timers, and work from other threads – and a `TaskExecutor`,
/// so that Swift tasks run on it.
///
/// One turn: wait → descriptors → Swift jobs that became ready → letters from other threads → timers → jobs
/// again → flush. All that happens on the loop's thread needs no lock; other threads have one way in, the
/// mailbox.
public final class EventLoop: TaskExecutor {
  /// How long a loop in the middle of a conversation looks for events before it sleeps, unless told otherwise.
  ///
  /// Zero where there is one processor: whoever is to answer needs it.
  public static let defaultBusyPolling: Duration =
    EventLoopGroup.processors > 1 ? .microseconds(50) : .zero

  private let mailbox: Mailbox
  /// Touched by the loop's thread alone.
  private let confined: ConfinedState
  private let manualClock: ManualClock?
  /// What this loop is called in logs.
  public let name: String
  /// What the loop is busy with, for watchdogs.
  public let progress = LoopProgress()

  /// Starts a loop on a thread of its own.
  ///
  /// - Parameters:
  ///   - name: For logs.
  ///   - busyPolling: How long the loop, after a number of short waits, looks for events without pause before it sleeps.
  ///     That saves a conversation the time that waking takes, and costs processor time; zero: never.
  public init(name: String = "event loop", busyPolling: Duration = EventLoop.defaultBusyPolling) {
    self.name = name
    let loopState = EventLoopState(busyPolling: busyPolling)
    self.mailbox = Mailbox(loopState.waker)
    self.confined = ConfinedState(loopState)
    manualClock = nil
    startThread()
  }

  /// Starts a loop that goes by a clock of its own.
  package init(name: String = "event loop", clock: ManualClock) {
    self.name = name
    let loopState = EventLoopState(busyPolling: .zero, clock: clock)
    self.mailbox = Mailbox(loopState.waker)
    self.confined = ConfinedState(loopState)
    manualClock = clock
    startThread()
  }

  /// The loop whose thread this is; nil on any other thread.
  public static var current: EventLoop? {
    guard let pointer = pthread_getspecific(CurrentLoop.key) else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Whether the calling thread is this loop's.
  public var isCurrent: Bool {
    pthread_getspecific(CurrentLoop.key)
      == UnsafeMutableRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  // MARK: From any thread

  /// Runs a closure on the loop's thread, in its next turn.
  public func execute(_ body: @escaping @Sendable () -> Void) {
    mailbox.post(.closure(body))
  }

  /// Runs a closure now when this is the loop's thread, and in its next turn otherwise.
  public func run(_ body: @escaping @Sendable () -> Void) {
    isCurrent ? body() : mailbox.post(.closure(body))
  }

  /// Runs a Swift task's next piece (SE-0417).
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      confined.state.jobs.append(job)
    } else {
      mailbox.post(.job(job))
    }
  }

  /// Ends the loop's thread after the current turn.
  ///
  /// Work that arrives later is not run.
  public func stop() { mailbox.stop() }

  /// The clock of `now`, read now, for other threads.
  public var monotonicNow: UInt64 { manualClock?.now ?? Self.monotonicNow }

  /// Timers that are armed: for tests that count what is left.
  package var timerCount: Int {
    assertCurrent()
    return confined.state.timers.count
  }

  /// Monotonic nanoseconds, read now.
  public static var monotonicNow: UInt64 { SystemCall.monotonicNanoseconds() }

  // MARK: On the loop's thread

  /// Monotonic nanoseconds, read once a turn.
  public var now: UInt64 {
    assertCurrent()
    return confined.state.now
  }

  /// Whether this turn has lasted so long that whoever can go on later should.
  public var hasWorkedLong: Bool {
    assertCurrent()
    return SystemCall.monotonicNanoseconds() &- confined.state.now > 10_000_000
  }

  /// Memory to read into, shared by all connections of the loop: 256 KiB.
  public var readBuffer: UnsafeMutableRawBufferPointer {
    assertCurrent()
    return confined.state.readBuffer
  }

  /// Arms a timer.
  ///
  /// - Parameters:
  ///   - deadline: Monotonic nanoseconds, as `now` counts them.
  ///   - target: Told when the time has come; kept until then.
  /// - Returns: The name under which it can be cancelled.
  public func schedule(at deadline: UInt64, _ target: any TimerTarget) -> TimerID {
    assertCurrent()
    return confined.state.arm(at: deadline, target)
  }

  /// Runs a closure after so many nanoseconds.
  ///
  /// - Returns: The name under which it can be cancelled.
  @discardableResult
  public func schedule(after nanoseconds: UInt64, _ body: @escaping () -> Void) -> TimerID {
    schedule(at: now.saturatingSum(nanoseconds), ClosureTimer(body))
  }

  /// Disarms a timer; nothing happens when it has fired or been cancelled before.
  public func cancel(_ timer: TimerID) {
    assertCurrent()
    confined.state.timers.cancel(timer)
  }

  /// Flushes a target at the end of this turn, or earlier.
  ///
  /// Call it once for each target until that is flushed.
  public func flushLater(_ target: any Flushable) {
    assertCurrent()
    confined.state.dirty.append(target)
  }

  /// Tells a delegate about a descriptor's readiness from now on, edge-triggered.
  public func register(_ descriptor: Int32, _ delegate: any ReadinessDelegate) -> Registration {
    assertCurrent()
    return confined.state.register(descriptor, delegate)
  }

  /// Ends a registration.
  ///
  /// Events that are already on their way are dropped.
  public func deregister(_ registration: Registration) {
    assertCurrent()
    confined.state.deregister(registration)
  }

  private func assertCurrent() {
    assert(isCurrent, "used from outside its event loop")
  }

  // MARK: The thread

  private func startThread() {
    let context = Unmanaged.passRetained(self).toOpaque()
    #if canImport(Darwin)
    var thread: pthread_t?
    #else
    var thread = pthread_t()
    #endif
    let failure = pthread_create(
      &thread,
      nil,
      { context in
        #if canImport(Darwin)
        let loop = Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue()
        #else
        guard let context else { return nil }
        let loop = Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue()
        #endif
        loop.runThread()
        return nil
      },
      context
    )
    precondition(failure == 0, "the system has no thread left for an event loop")
    #if canImport(Darwin)
    if let thread { pthread_detach(thread) }
    #else
    pthread_detach(thread)
    #endif
  }

  private func runThread() {
    pthread_setspecific(CurrentLoop.key, Unmanaged.passUnretained(self).toOpaque())
    progress.threadBegins()
    let executor = asUnownedTaskExecutor()
    let state = confined.state
    var letters: [Mailbox.Letter] = []
    while true {
      state.handleEvents(mailbox)
      state.runJobs(on: executor, progress)
      let isStopped = mailbox.hasMail && openMail(&letters, state)
      state.fireTimers()
      state.runJobs(on: executor, progress)
      state.flushDirty()
      if isStopped { break }
    }
    pthread_setspecific(CurrentLoop.key, nil)
  }

  /// Does what other threads have asked for.
  ///
  /// - Parameters:
  ///   - letters: Empty, and empty again afterwards.
  ///   - state: The loop's state.
  /// - Returns: Whether the loop has been stopped.
  private func openMail(_ letters: inout [Mailbox.Letter], _ state: EventLoopState) -> Bool {
    let isStopped = mailbox.open(&letters)
    for letter in letters {
      switch letter {
      case .job(let job): state.jobs.append(job)
      case .closure(let body): body()
      }
    }
    letters.removeAll(keepingCapacity: true)
    return isStopped
  }
}
