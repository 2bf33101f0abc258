/// Names one armed timer.
///
/// Firing or cancelling it makes the name stale, and a stale name is harmless.
public struct TimerID: Hashable, Sendable {
  let index: Int32
  let generation: UInt32
}

/// Receives the timers that it armed.
public protocol TimerTarget: AnyObject {
  /// A timer's time has come.
  func timerFired(_ timer: TimerID)
}

/// The slots and the entries of a wheel, in memory of their own: each of its few accesses is worth no check.
///
/// Indices are ours alone, but for those in a `TimerID`, which `cancel` checks.
private final class WheelMemory {
  let heads: UnsafeMutablePointer<Int32>
  let occupied: UnsafeMutablePointer<UInt64>
  private(set) var entries: UnsafeMutablePointer<TimerWheel.Entry>
  private(set) var count = 0
  private var capacity = 64

  init(slots: Int) {
    heads = .allocate(capacity: slots)
    heads.initialize(repeating: -1, count: slots)
    occupied = .allocate(capacity: slots / 64)
    occupied.initialize(repeating: 0, count: slots / 64)
    entries = .allocate(capacity: capacity)
  }

  deinit {
    heads.deallocate()
    occupied.deallocate()
    entries.deinitialize(count: count)
    entries.deallocate()
  }

  /// Appends an entry that is in no list, and returns its index.
  func appendEntry() -> Int32 {
    if count == capacity { grow() }
    (entries + count).initialize(to: TimerWheel.Entry())
    count += 1
    return Int32(count - 1)
  }

  private func grow() {
    let larger = UnsafeMutablePointer<TimerWheel.Entry>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: entries, count: count)
    entries.deallocate()
    entries = larger
    capacity *= 2
  }
}

/// A hashed timing wheel: arming and cancelling cost the same however many timers are pending.
///
/// The wheel has a slot for each of 4,096 ticks of about a millisecond (2²⁰ ns); a timer hangs in the slot of
/// its tick, in a doubly linked list inside one piece of memory, and timers further away than one turn of the wheel
/// are passed over until their turn comes. A bit for each slot tells where the next timer may be.
///
/// No timer fires early, and none is late because of the wheel: within its tick the exact time of each is known.
struct TimerWheel {
  fileprivate struct Entry {
    var deadline: UInt64 = 0
    var next: Int32 = -1
    var previous: Int32 = -1
    /// Where it hangs.
    var slot: Int32 = 0
    var generation: UInt32 = 0
    var target: (any TimerTarget)?

    /// Puts it in front of its slot's list.
    mutating func hang(
      _ deadline: UInt64,
      in slot: Int32,
      before next: Int32,
      _ target: any TimerTarget
    ) -> UInt32 {
      self.deadline = deadline
      self.slot = slot
      self.next = next
      previous = -1
      self.target = target
      return generation
    }

    /// Puts it in front of the list of those that are free, where its name is stale.
    mutating func retire(next: Int32) -> (any TimerTarget)? {
      generation &+= 1
      self.next = next
      defer { target = nil }
      return target
    }
  }

  private static let slots = 4096
  private static let tickShift: UInt64 = 20

  private let memory = WheelMemory(slots: slots)
  private var free: Int32 = -1
  private var currentTick: UInt64
  private(set) var count = 0
  /// No timer is due before this; nil when that has to be found out again.
  private var wakeBound: UInt64?

  private var entries: UnsafeMutablePointer<Entry> { memory.entries }
  private var heads: UnsafeMutablePointer<Int32> { memory.heads }
  private var occupied: UnsafeMutablePointer<UInt64> { memory.occupied }

  init(now: UInt64) { currentTick = now >> Self.tickShift }

  mutating func arm(at deadline: UInt64, _ target: any TimerTarget) -> TimerID {
    let index = takeFree()
    // A deadline that has passed hangs in the current slot, which the next turn looks at.
    let slot = slot(of: max(deadline >> Self.tickShift, currentTick))
    let next = heads[slot]
    let generation = entries[Int(index)].hang(deadline, in: Int32(slot), before: next, target)
    if next >= 0 { entries[Int(next)].previous = index }
    heads[slot] = index
    occupied[slot / 64] |= 1 << UInt64(slot % 64)
    count += 1
    if let bound = wakeBound, deadline < bound { wakeBound = deadline }
    return TimerID(index: index, generation: generation)
  }

  mutating func cancel(_ timer: TimerID) {
    // Taking an entry out of use changes its generation: a stale name finds another one.
    guard Int(timer.index) < memory.count,
      entries[Int(timer.index)].generation == timer.generation
    else { return }
    _ = remove(timer.index)
  }

  /// Takes one timer that is due; nil when none is.
  ///
  /// Call until nil.
  mutating func popDue(now: UInt64) -> (TimerID, any TimerTarget)? {
    if let bound = wakeBound {
      guard bound <= now else { return nil }
      wakeBound = nil
    }
    let nowTick = now >> Self.tickShift
    // More than a turn behind: one look at every slot is enough.
    if nowTick > currentTick + UInt64(Self.slots) { currentTick = nowTick - UInt64(Self.slots) }
    while true {
      var index = heads[slot(of: currentTick)]
      while index >= 0 {
        if entries[Int(index)].deadline <= now {
          let timer = TimerID(index: index, generation: entries[Int(index)].generation)
          if let target = remove(index) { return (timer, target) }
        }
        index = entries[Int(index)].next
      }
      guard currentTick < nowTick else { return nil }
      currentTick += 1
    }
  }

  /// When to look again; nil when nothing is pending.
  ///
  /// It may be too early – a slot also holds timers of later turns – and is never too late.
  var nextWake: UInt64? {
    mutating get {
      guard count > 0 else { return nil }
      if let bound = wakeBound { return bound }
      let wake = findNextWake()
      wakeBound = wake
      return wake
    }
  }

  private func findNextWake() -> UInt64 {
    let first = slot(of: currentTick)
    if let deadline = earliestOfThisTick(inSlot: first) { return deadline }
    // From the slot after the current one, once around, up to and with the current one itself.
    var distance = 1
    while distance <= Self.slots {
      let slot = (first + distance) % Self.slots
      let bits = occupied[slot / 64] >> UInt64(slot % 64)
      if bits != 0 {
        return (currentTick + UInt64(distance + bits.trailingZeroBitCount)) << Self.tickShift
      }
      distance += 64 - slot % 64
    }
    return (currentTick + UInt64(Self.slots)) << Self.tickShift
  }

  private func earliestOfThisTick(inSlot slot: Int) -> UInt64? {
    var earliest: UInt64?
    var index = heads[slot]
    while index >= 0 {
      let deadline = entries[Int(index)].deadline
      if deadline >> Self.tickShift <= currentTick { earliest = min(earliest ?? .max, deadline) }
      index = entries[Int(index)].next
    }
    return earliest
  }

  private func slot(of tick: UInt64) -> Int { Int(tick & UInt64(Self.slots - 1)) }

  private mutating func takeFree() -> Int32 {
    guard free >= 0 else { return memory.appendEntry() }
    let index = free
    free = entries[Int(index)].next
    return index
  }

  /// Takes an entry out of its slot's list and out of use.
  private mutating func remove(_ index: Int32) -> (any TimerTarget)? {
    let (next, previous) = (entries[Int(index)].next, entries[Int(index)].previous)
    if next >= 0 { entries[Int(next)].previous = previous }
    if previous >= 0 {
      entries[Int(previous)].next = next
    } else {
      let slot = Int(entries[Int(index)].slot)
      heads[slot] = next
      if next < 0 { occupied[slot / 64] &= ~(1 << UInt64(slot % 64)) }
    }
    let target = entries[Int(index)].retire(next: free)
    free = index
    count -= 1
    return target
  }
}
