internal import HPACK

/// Names what a header list holds.
///
/// Who has made up its mind about a list need not do so again when it comes once more, nor when it comes with another
/// value of its last field: a call's deadline, say, which is another one in every call.
public struct HeadersVersion: Sendable, Equatable {
  /// The same number stands for the same fields.
  public var list: Int
  /// The same number stands for the same fields but for the value of the last one.
  public var allButLastValue: Int

  /// Of no list.
  static let none = HeadersVersion(list: -1, allButLastValue: -1)

  /// A list that has nothing to do with those before it.
  init(_ number: Int) { self.init(list: number, allButLastValue: number) }

  init(list: Int, allButLastValue: Int) {
    self.list = list
    self.allButLastValue = allButLastValue
  }
}

/// The header blocks that came last, with what they mean: a peer that makes the same call again sends the same few
/// indexes.
///
/// A block that changes nothing in the decoder's table means the same whenever it comes, until another block does
/// change the table. So neither decoding it again nor judging its fields again could bring anything new. The same is
/// true of the front of a block up to the value of its last field, where that is a literal that enters no table: what
/// comes with every call, followed by what is this call's own.
struct RecentBlocks {
  struct Block {
    let bytes: [UInt8]
    /// Where the value of its last field begins, if that is a literal that enters no table; otherwise 0.
    let lastValue: Int
    let headers: HeaderList
    let version: Int
  }

  /// What is known of a block, with the place of the one that tells it.
  enum Match {
    /// It has come before.
    case whole(Int)
    /// One that has come before is the same up to the value of its last field, in whose place another stands here.
    case allButLastValue(Int)
  }

  /// Four: a client hears of heads and trailers in turn, a server of a few methods.
  private static let most = 4
  /// Longer blocks hold what is new each time; and a short one may stand for long fields.
  private static let longest = (block: 64, list: 2_048)

  private(set) var blocks: [Block] = []
  /// Where the next block goes once there are as many as we keep.
  private var oldest = 0
  /// The state of the decoder's table in which the blocks mean what they are kept with.
  private var changes = 0

  /// What is known of a block; nil when what it means must be found out.
  func find(_ bytes: UnsafeRawBufferPointer, changes: Int) -> Match? {
    guard changes == self.changes else { return nil }
    var match: Match?
    // By index: to go through the elements themselves is to keep and release all that they hold.
    for index in blocks.indices {
      let front = blocks[index].lastValue
      guard front < bytes.count else { continue }
      let (isWhole, isFront) = blocks[index].bytes.withUnsafeBytes { known in
        guard Self.isEqual(known[..<front], bytes[..<front]) else { return (false, false) }
        return (Self.isEqual(known[front...], bytes[front...]), front > 0)
      }
      if isWhole { return .whole(index) }
      if isFront, Self.isShortString(bytes[front...]) { match = .allButLastValue(index) }
    }
    return match
  }

  /// Keeps a block that has changed nothing.
  ///
  /// - Parameters:
  ///   - bytes: The block.
  ///   - lastValue: Where the value of its last field begins, if that is a literal that enters no table; otherwise 0.
  ///   - headers: What it means.
  ///   - version: The number that names its fields.
  ///   - changes: The state of the decoder's table.
  mutating func add(
    _ bytes: UnsafeRawBufferPointer,
    lastValue: Int,
    _ headers: HeaderList,
    version: Int,
    changes: Int
  ) {
    guard !bytes.isEmpty, bytes.count <= Self.longest.block, headers.size <= Self.longest.list
    else { return }
    if changes != self.changes {
      blocks.removeAll()
      self.changes = changes
      oldest = 0
    }
    let block = Block(
      bytes: Array(bytes),
      lastValue: lastValue,
      headers: headers,
      version: version
    )
    if blocks.count < Self.most {
      blocks.append(block)
    } else {
      blocks[oldest] = block
      oldest = (oldest + 1) % Self.most
    }
  }

  /// Whether these bytes are one string (RFC 7541 §5.2), whose length takes one byte.
  private static func isShortString(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let length = bytes.first.map({ $0 & 0x7F }), length < 0x7F else { return false }
    return bytes.count == 1 + Int(length)
  }

  private static func isEqual(
    _ one: Slice<UnsafeRawBufferPointer>,
    _ other: Slice<UnsafeRawBufferPointer>
  ) -> Bool {
    UnsafeRawBufferPointer(rebasing: one).isEqual(to: UnsafeRawBufferPointer(rebasing: other))
  }
}
