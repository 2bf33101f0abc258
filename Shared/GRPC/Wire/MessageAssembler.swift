// gRPC's doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message".

/// Cuts a stream of bytes into gRPC messages: a flag, a length of four bytes, and the message.
///
/// DATA frames and messages have nothing to do with each other: a frame may hold many messages, or a
/// piece of one. A message that lies whole in one frame is given as a range of that frame, without
/// copying. The pieces of a larger one are collected here:
///
/// ```swift
/// var offset = 0
/// reading: while true {
///   switch assembler.next(in: frame, from: &offset) {
///   case .message(let range, let isCompressed): use(frame[range])
///   case .assembled(let bytes, let isCompressed): use(bytes)
///   case .incomplete: break reading
///   case .failed(let status): return fail(status)
///   }
/// }
/// ```
///
/// The length is judged before the first byte of the message is kept, and memory grows with the bytes
/// that have come, not with the length that was promised.
struct MessageAssembler {
  enum Step {
    /// A message lies in the input, at this range.
    case message(Range<Int>, isCompressed: Bool)
    /// A message that came in pieces.
    case assembled([UInt8], isCompressed: Bool)
    /// All input is used up.
    case incomplete
    /// The peer broke a rule or a limit; nothing can be read behind it.
    case failed(Fault)
  }

  enum Fault: Equatable {
    /// The announced length is above the limit.
    case tooLarge(length: Int, limit: Int)
    /// The first byte of the prefix is neither 0 nor 1.
    case unknownFlag(UInt8)
  }

  static let prefixLength = 5

  private let limit: Int
  /// The bytes of an incomplete prefix, the latest lowest; a prefix has 40 bits.
  private var prefix: UInt64 = 0
  private var prefixCount = 0
  private var pieces: [UInt8] = []

  /// An assembler that refuses messages of more than `limit` bytes.
  init(limit: Int) {
    self.limit = limit
  }

  /// Bytes kept of a message that is not complete.
  var bufferedBytes: Int { pieces.count + prefixCount }

  /// Whether the bytes so far end where a message ends.
  var isBetweenMessages: Bool { prefixCount == 0 }

  /// The next message in `input`, whose first unread byte is at `offset`.
  mutating func next(in input: UnsafeRawBufferPointer, from offset: inout Int) -> Step {
    while prefixCount < Self.prefixLength {
      guard offset < input.count else { return .incomplete }
      prefix = (prefix << 8) | UInt64(input[offset])
      prefixCount += 1
      offset += 1
    }
    let flag = UInt8(truncatingIfNeeded: prefix >> 32)
    let length = Int(truncatingIfNeeded: prefix & 0xFFFF_FFFF)
    guard flag <= 1 else { return .failed(.unknownFlag(flag)) }
    guard length <= limit else { return .failed(.tooLarge(length: length, limit: limit)) }

    let available = input.count - offset
    if pieces.isEmpty, available >= length {
      let range = offset..<(offset + length)
      offset += length
      startOver()
      return .message(range, isCompressed: flag == 1)
    }
    let missing = length - pieces.count
    let piece = input[offset..<(offset + min(missing, available))]
    // The second piece of a message of moderate size should not move the first.
    if pieces.isEmpty { pieces.reserveCapacity(min(length, 64 * 1024)) }
    pieces.append(contentsOf: piece)
    offset += piece.count
    guard pieces.count == length else { return .incomplete }
    var message: [UInt8] = []
    swap(&message, &pieces)
    startOver()
    return .assembled(message, isCompressed: flag == 1)
  }

  private mutating func startOver() {
    prefix = 0
    prefixCount = 0
  }
}

extension MessageAssembler.Fault {
  /// The status of a call that ends so; `side` is "server" or "client", the side that reads.
  func status(on side: String) -> Status {
    switch self {
    case .tooLarge(let length, let limit):
      Status(
        .resourceExhausted,
        "message of \(grouped(length)) bytes exceeds this \(side)'s maxReceiveMessageSize of "
          + "\(grouped(limit))"
      )
    case .unknownFlag(let flag):
      Status(.internal, "a message begins with the flag \(flag): only 0 and 1 are defined")
    }
  }
}
