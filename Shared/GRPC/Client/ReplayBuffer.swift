/// Everything that a call has sent so far: for a transparent retry (gRFC A6), until the server has looked at the call, and
/// to be sent at all, until there is a stream.
struct ReplayBuffer {
  private(set) var bytes: [UInt8] = []
  /// Whether nothing of what was sent has been forgotten.
  private var isWhole = true

  /// As much as is kept for a retry.
  private static let largest = 262_144

  var isEmpty: Bool { bytes.isEmpty }
  var count: Int { bytes.count }
  /// Whether it is more than a retry is worth.
  var isTooLarge: Bool { bytes.count > Self.largest }

  /// Keeps bytes; the first ones as the array that `copy` makes.
  mutating func append(_ more: UnsafeRawBufferPointer, copy: () -> [UInt8]) {
    guard isWhole else { return }
    if bytes.isEmpty { bytes = copy() } else { bytes.append(contentsOf: more) }
  }

  /// Keeps nothing, from here on: no retry.
  mutating func forget() {
    isWhole = false
    bytes = []
  }
}
