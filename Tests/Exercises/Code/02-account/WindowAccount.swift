/// What a sender may still send on a stream (RFC 9113 §6.9).
struct WindowAccount {
  /// What the receiver still takes on the stream; it may become negative (§6.9.2).
  private(set) var stream = 65_535
  /// What it still takes on the connection, all streams together.
  private(set) var connection = 65_535
  /// What each stream begins with.
  private(set) var initialWindowSize = 65_535
  /// The largest payload of a frame.
  let maxFrameSize = 16_384

  /// How many of `wanted` bytes may go out in the next DATA frame, 0 while the sender has to wait; and books them.
  mutating func send(_ wanted: Int) -> Int {
    // Not all that limits a frame is here yet.
    let count = min(wanted, stream)
    stream -= count
    return count
  }

  /// WINDOW_UPDATE for the stream.
  mutating func updateStream(_ increment: Int) { stream += increment }

  /// WINDOW_UPDATE for the connection.
  mutating func updateConnection(_ increment: Int) { connection += increment }

  /// SETTINGS with another INITIAL_WINDOW_SIZE, while the stream is open.
  mutating func changeInitialWindowSize(_ size: Int) {
    // Is this what §6.9.2 says?
    stream = size
    initialWindowSize = size
  }
}
