/// Counts the messages in a stream of bytes without looking into them.
///
/// The reader, which cuts out and decodes them, lives in another task and may never come; the call itself must
/// know how many have arrived, and whether the last one is whole, to judge how it ended.
struct MessageCounter {
  /// Whole messages so far.
  private(set) var count = 0
  /// The bytes of an incomplete prefix, the latest lowest.
  private var prefix: UInt64 = 0
  private var prefixCount = 0
  /// What is to come of the message that has begun.
  private var missing = 0

  /// Whether the bytes so far end where a message ends.
  var isBetweenMessages: Bool { prefixCount == 0 && missing == 0 }

  /// Passes over bytes of the stream.
  mutating func scan(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while offset < bytes.count {
      if missing > 0 {
        let piece = min(missing, bytes.count - offset)
        missing -= piece
        offset += piece
        if missing == 0 { count += 1 }
        continue
      }
      prefix = (prefix << 8) | UInt64(bytes[offset])
      prefixCount += 1
      offset += 1
      guard prefixCount == MessageAssembler.prefixLength else { continue }
      missing = Int(truncatingIfNeeded: prefix & 0xFFFF_FFFF)
      prefix = 0
      prefixCount = 0
      if missing == 0 { count += 1 }
    }
  }
}
