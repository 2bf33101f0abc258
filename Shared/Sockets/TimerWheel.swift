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

/// A hashed timing wheel: arming and cancelling cost the same however many timers are pending.
///
/// The wheel has a slot for each of 4,096 ticks of about a millisecond (2²⁰ ns); a timer hangs in the slot of
/// its tick, in a doubly linked list inside one array, and timers further away than one turn of the wheel
/// are passed over until their turn comes. A bit for each slot tells where the next timer may be.
struct TimerWheel {
  private struct Entry {
    var deadline: UInt64 = 0
    var next: Int32 = -1
    var previous: Int32 = -1
    var generation: UInt32 = 0
    var target: (any TimerTarget)?
  }

  private static let slots = 4096
  private static let tickShift: UInt64 = 20

  private var entries: [Entry] = []
  private var free: Int32 = -1
  private var heads = [Int32](repeating: -1, count: slots)
  private var occupied = [UInt64](repeating: 0, count: slots / 64)
  private var currentTick: UInt64
  private(set) var count = 0
  /// No timer is due before this; nil when that has to be found out again.
  private var wakeBound: UInt64?

  init(now: UInt64) { currentTick = now >> Self.tickShift }

  mutating func arm(at deadline: UInt64, _ target: any TimerTarget) -> TimerID {
    let index: Int32
    if free >= 0 {
      index = free
      free = entries[Int(index)].next
    } else {
      index = Int32(entries.count)
      entries.append(Entry())
    }
    // A deadline that has passed hangs in the current slot, which the next turn looks at.
    let slot = slot(of: max(deadline >> Self.tickShift, currentTick))
    entries[Int(index)].deadline = deadline
    entries[Int(index)].target = target
    entries[Int(index)].previous = -1
    entries[Int(index)].next = heads[slot]
    if heads[slot] >= 0 { entries[Int(heads[slot])].previous = index }
    heads[slot] = index
    occupied[slot / 64] |= 1 << UInt64(slot % 64)
    count += 1
    if let bound = wakeBound { wakeBound = min(bound, deadline) }
    return TimerID(index: index, generation: entries[Int(index)].generation)
  }

  mutating func cancel(_ timer: TimerID) {
    guard Int(timer.index) < entries.count,
      entries[Int(timer.index)].generation == timer.generation,
      entries[Int(timer.index)].target != nil
    else { return }
    remove(timer.index)
  }

  /// Takes one timer that is due; nil when none is.
  ///
  /// Call until nil.
  mutating func popDue(now: UInt64) -> (TimerID, any TimerTarget)? {
    let nowTick = now >> Self.tickShift
    if let bound = wakeBound {
      guard bound <= now else { return nil }
      wakeBound = nil
    }
    // More than a turn behind: one look at every slot is enough.
    if nowTick > currentTick + UInt64(Self.slots) { currentTick = nowTick - UInt64(Self.slots) }
    while true {
      var index = heads[slot(of: currentTick)]
      while index >= 0 {
        let entry = entries[Int(index)]
        if entry.deadline <= now, let target = entry.target {
          let timer = TimerID(index: index, generation: entry.generation)
          remove(index)
          return (timer, target)
        }
        index = entry.next
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
      let entry = entries[Int(index)]
      if entry.deadline >> Self.tickShift <= currentTick {
        earliest = min(earliest ?? .max, entry.deadline)
      }
      index = entry.next
    }
    return earliest
  }

  private func slot(of tick: UInt64) -> Int { Int(tick & UInt64(Self.slots - 1)) }

  private mutating func remove(_ index: Int32) {
    let entry = entries[Int(index)]
    if entry.next >= 0 { entries[Int(entry.next)].previous = entry.previous }
    if entry.previous >= 0 {
      entries[Int(entry.previous)].next = entry.next
    } else {
      // The head of its slot. A deadline that had passed hung in the slot of its arming.
      let natural = slot(of: entry.deadline >> Self.tickShift)
      let slot = heads[natural] == index ? natural : heads.firstIndex(of: index) ?? natural
      heads[slot] = entry.next
      if entry.next < 0 { occupied[slot / 64] &= ~(1 << UInt64(slot % 64)) }
    }
    entries[Int(index)].generation &+= 1
    entries[Int(index)].target = nil
    entries[Int(index)].next = free
    free = index
    count -= 1
  }
}
