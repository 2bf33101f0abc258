import TestSupport
import Testing

@testable import Sockets

@Suite("Timer wheel")
struct TimerWheelTests {
  final class Target: TimerTarget {
    var fired: [TimerID] = []
    func timerFired(_ timer: TimerID) { fired.append(timer) }
  }

  /// Fires what is due, the way a loop does.
  func advance(_ wheel: inout TimerWheel, to now: UInt64) -> Int {
    var count = 0
    while let (timer, target) = wheel.popDue(now: now) {
      target.timerFired(timer)
      count += 1
    }
    return count
  }

  @Test("A timer fires at its time, not before")
  func firesOnTime() {
    var wheel = TimerWheel(now: 0)
    _ = wheel.arm(at: 5_000_000, Target())
    #expect(advance(&wheel, to: 4_999_999) == 0)
    #expect(advance(&wheel, to: 5_000_000) == 1)
    #expect(wheel.count == 0)
  }

  @Test("A cancelled timer does not fire, and cancelling it again does nothing")
  func cancelled() {
    var wheel = TimerWheel(now: 0)
    let timer = wheel.arm(at: 5_000_000, Target())
    wheel.cancel(timer)
    let other = wheel.arm(at: 5_000_000, Target())
    wheel.cancel(timer)
    #expect(wheel.count == 1)
    #expect(other != timer)
    #expect(advance(&wheel, to: 9_000_000) == 1)
  }

  @Test("A timer further away than a turn of the wheel waits for its own turn")
  func laterTurn() {
    var wheel = TimerWheel(now: 0)
    let hour: UInt64 = 3_600_000_000_000
    _ = wheel.arm(at: hour, Target())
    #expect(advance(&wheel, to: hour - 1) == 0)
    #expect(advance(&wheel, to: hour) == 1)
  }

  @Test("A clock that jumps fires each timer that it has passed once, and no other")
  func jump() {
    let hour: UInt64 = 3_600_000_000_000
    for jump in [hour, 30 * 24 * hour, UInt64.max - 1] {
      var wheel = TimerWheel(now: 10 * hour)
      // On every slot, and several turns of the wheel ahead.
      for step in 0..<10_000 { _ = wheel.arm(at: 10 * hour + UInt64(step) * 3_000_000, Target()) }
      _ = wheel.arm(at: .max, Target())
      // One that goes back, as no monotonic clock does, fires nothing.
      #expect(advance(&wheel, to: 9 * hour) == 0)
      #expect(advance(&wheel, to: max(jump, 11 * hour)) == 10_000)
      #expect(wheel.count == 1)
      #expect(advance(&wheel, to: .max) == 1)
    }
  }

  @Test("The next wake is never later than the next timer")
  func nextWakeIsNeverLate() {
    var generator = SplitMix64(state: 42)
    var wheel = TimerWheel(now: 0)
    var now: UInt64 = 0
    var deadlines: [UInt64] = []
    for _ in 0..<2_000 {
      let deadline = now + UInt64.random(in: 0...20_000_000_000, using: &generator)
      deadlines.append(deadline)
      _ = wheel.arm(at: deadline, Target())
      guard let wake = wheel.nextWake, let earliest = deadlines.min() else { continue }
      #expect(wake <= earliest)
      now = max(now, wake)
      let due = deadlines.filter { $0 <= now }.count
      #expect(advance(&wheel, to: now) == due)
      deadlines.removeAll { $0 <= now }
    }
  }

  @Test(
    "Of 10,000 pending timers none fires early, and none later than the millisecond that a wait is rounded up to"
  )
  func resolution() {
    var generator = SplitMix64(state: 7)
    let beginning: UInt64 = 123_456_789
    var now = beginning
    var wheel = TimerWheel(now: now)
    var deadlines: [TimerID: UInt64] = [:]
    for _ in 0..<10_000 {
      // Three turns of the wheel, so that timers of several turns hang in one slot.
      let deadline = now + UInt64.random(in: 0...12_000_000_000, using: &generator)
      deadlines[wheel.arm(at: deadline, Target())] = deadline
    }
    var wakes = 0
    while let wake = wheel.nextWake {
      // A poller waits for whole milliseconds.
      if wake > now { now += (wake - now + 999_999) / 1_000_000 * 1_000_000 }
      wakes += 1
      while let (timer, _) = wheel.popDue(now: now) {
        let deadline = deadlines.removeValue(forKey: timer) ?? 0
        #expect(deadline <= now && now - deadline < 1_000_000)
      }
    }
    #expect(deadlines.isEmpty)
    // At most one look at a slot, and one more for what is due later in its millisecond.
    #expect(wakes < 2 * (now - beginning) / 1_000_000)
  }

  @Test(
    "Armed and cancelled in any order, the wheel fires exactly what is left, like a sorted list"
  )
  func model() {
    var generator = SplitMix64(state: 9)
    var wheel = TimerWheel(now: 0)
    var now: UInt64 = 0
    var pending: [TimerID: UInt64] = [:]
    var stale: [TimerID] = []
    for _ in 0..<50_000 {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<5:
        // Some are due already.
        let deadline = now + UInt64.random(in: 0...9_000_000, using: &generator)
        pending[wheel.arm(at: deadline - min(deadline, 2_000_000), Target())] =
          deadline - min(deadline, 2_000_000)
      case 5..<8:
        guard let timer = pending.keys.randomElement(using: &generator) else { continue }
        pending[timer] = nil
        wheel.cancel(timer)
        stale.append(timer)
      case 8:
        if let timer = stale.randomElement(using: &generator) { wheel.cancel(timer) }
      default:
        now += UInt64.random(in: 0...3_000_000, using: &generator)
        while let (timer, _) = wheel.popDue(now: now) {
          #expect((pending.removeValue(forKey: timer) ?? .max) <= now)
          stale.append(timer)
        }
        #expect(pending.values.allSatisfy { $0 > now })
      }
      #expect(wheel.count == pending.count)
    }
  }
}

@Suite("Event loop")
struct EventLoopTests {
  @Test("A closure runs on the loop's thread")
  func executes() async {
    let loop = EventLoop()
    let isCurrent = await withCheckedContinuation { continuation in
      loop.execute { continuation.resume(returning: loop.isCurrent) }
    }
    #expect(isCurrent)
    #expect(!loop.isCurrent)
    loop.stop()
  }

  @Test("A task that prefers the loop runs on its thread")
  func taskPreference() async {
    let loop = EventLoop()
    let isCurrent = await Task(executorPreference: loop) {
      await Task.yield()
      return EventLoop.current === loop
    }.value
    #expect(isCurrent)
    loop.stop()
  }

  @Test("Timers fire in the order of their deadlines")
  func timers() async {
    let loop = EventLoop()
    let order = await withCheckedContinuation { continuation in
      loop.execute {
        final class Order { var numbers: [Int] = [] }
        let order = Order()
        loop.schedule(after: 6_000_000) {
          order.numbers.append(3)
          continuation.resume(returning: order.numbers)
        }
        loop.schedule(after: 2_000_000) { order.numbers.append(1) }
        loop.schedule(after: 4_000_000) { order.numbers.append(2) }
      }
    }
    #expect(order == [1, 2, 3])
    loop.stop()
  }
}

@Suite("Addresses and errors")
struct SocketAddressTests {
  @Test(
    "Addresses are written as targets are",
    arguments: [
      ("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("2001:db8::2", "[2001:db8::2]:80"),
    ]
  )
  func description(host: String, text: String) {
    #expect(SocketAddress(numericHost: host, port: 80)?.description == text)
  }

  @Test("localhost has an address, and a name that cannot exist says so")
  func resolving() async throws {
    #expect(try await !SocketAddress.resolve("localhost", port: 1).isEmpty)
    await #expect(throws: SocketError.self) {
      try await SocketAddress.resolve("no-such-host.invalid", port: 1)
    }
  }

  @Test("A Unix socket's path may not be longer than the system's structure")
  func longPath() {
    #expect(throws: SocketError.self) {
      try Socket.listen(on: .unix(path: String(repeating: "x", count: 200)))
    }
  }
}
