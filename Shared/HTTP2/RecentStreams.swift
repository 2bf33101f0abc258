/// How the last streams ended: what is still on its way to them is judged by that (RFC 9113 §5.1).
///
/// Two memories, because they answer different questions. After a reset of ours, the peer may go on sending until
/// it has heard of it: such streams are kept exactly, the last 512 of them. A stream that the peer itself ended
/// gets no more frames from an honest peer; the memory of those serves to name the fault, and where two of them
/// meet in one place the later one stays.
struct RecentStreams {
  enum Ending {
    /// Both sides have said END_STREAM.
    case normally
    /// We reset it, or refused it.
    case resetByUs
    /// The peer reset it.
    case resetByPeer
  }

  private static let capacity = 512
  private var ours = StreamTable<Void>()
  /// The streams in `ours`, the oldest at `next` once there are as many as we keep.
  private var order: [StreamID] = []
  private var next = 0
  /// By the low bits of the number: the number, doubled, and one more when the peer reset the stream.
  private var theirs: [UInt32] = []

  mutating func add(_ id: StreamID, _ ending: Ending) {
    switch ending {
    case .resetByUs:
      addOurs(id)
    case .normally, .resetByPeer:
      if theirs.isEmpty { theirs = [UInt32](repeating: 0, count: Self.capacity) }
      theirs[Self.place(id)] = id.rawValue << 1 | (ending == .resetByPeer ? 1 : 0)
    }
  }

  /// How a stream ended; nil when that was long ago, or it never was.
  func ending(of id: StreamID) -> Ending? {
    if ours.contains(id) { return .resetByUs }
    guard !theirs.isEmpty else { return nil }
    let entry = theirs[Self.place(id)]
    guard entry >> 1 == id.rawValue, entry != 0 else { return nil }
    return entry & 1 == 1 ? .resetByPeer : .normally
  }

  private mutating func addOurs(_ id: StreamID) {
    guard !ours.contains(id) else { return }
    if order.count < Self.capacity {
      order.append(id)
    } else {
      ours.remove(order[next])
      order[next] = id
      next = (next + 1) % Self.capacity
    }
    ours.insert((), for: id)
  }

  private static func place(_ id: StreamID) -> Int { Int(id.rawValue >> 1) % capacity }
}
