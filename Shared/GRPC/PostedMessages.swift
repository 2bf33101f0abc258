/// Messages of other threads, each with its prefix, on their way to the loop that sends them.
///
/// Behind the lock of the call, client's or server's, that they belong to.
struct PostedMessages {
  private var bytes: [UInt8] = []
  private var count = 0
  /// Whether the loop has been asked to look here, and has not done so yet.
  private(set) var areWaiting = false
  /// Whether writers are to wait.
  var isBlocked = false

  /// As much as other threads may hand over before they wait.
  private static let highWaterMark = 64 * 1024

  /// Takes a message along.
  ///
  /// - Returns: Whether the loop must be asked to look here, and whether the writer has to wait.
  mutating func append(_ message: UnsafeRawBufferPointer) -> (mustPost: Bool, mustWait: Bool) {
    bytes.append(contentsOf: message)
    count += 1
    return (announce(), isBlocked || bytes.count > Self.highWaterMark)
  }

  /// There is something for the loop to look at: true for the first, who has to ask it.
  mutating func announce() -> Bool {
    defer { areWaiting = true }
    return !areWaiting
  }

  /// The loop has come.
  mutating func take() -> (bytes: [UInt8], count: Int) {
    defer {
      bytes = []
      count = 0
      areWaiting = false
    }
    return (bytes, count)
  }
}
