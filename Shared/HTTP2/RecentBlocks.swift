internal import HPACK

/// Names what a header list holds.
///
/// Who has made up its mind about a list need not do so again when it comes once more, nor when it comes with another
/// last field: a call's deadline, say, which is another one in every call.
public struct HeadersVersion: Sendable, Equatable {
  /// The same number stands for the same fields.
  public var list: Int
  /// The same number stands for the same fields but for the last one: a literal, which may be any.
  public var allButLast: Int

  /// Of no list.
  static let none = HeadersVersion(list: -1, allButLast: -1)

  /// A list that has nothing to do with those before it.
  init(_ number: Int) { self.init(list: number, allButLast: number) }

  init(list: Int, allButLast: Int) {
    self.list = list
    self.allButLast = allButLast
  }
}

/// The header blocks that came last, with what they mean: a peer that makes the same call again sends the same few
/// indexes.
///
/// A block that changes nothing in the decoder's table means the same whenever it comes, until another block does
/// change the table. So neither decoding it again nor judging its fields again could bring anything new. The same is
/// true of the front of a block up to its last field, where that is a literal that enters no table: what comes with
/// every call, followed by what is this call's own.
struct RecentBlocks {
  struct Block {
    let bytes: [UInt8]
    /// Where its last field begins, if that is a literal that enters no table; otherwise 0.
    let lastLiteral: Int
    let headers: HeaderList
    let version: Int
  }

  /// What is known of a block, with the place of the one that tells it.
  enum Match {
    /// It has come before.
    case whole(Int)
    /// One that has come before is the same up to its last field, in whose place something like it stands here.
    case allButLast(Int)
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
      let front = blocks[index].lastLiteral
      guard front < bytes.count else { continue }
      let (isWhole, isFront) = blocks[index].bytes.withUnsafeBytes { known in
        guard Self.isEqual(known[..<front], bytes[..<front]) else { return (false, false) }
        return (Self.isEqual(known[front...], bytes[front...]), front > 0)
      }
      if isWhole { return .whole(index) }
      if isFront, Self.isPlainLiteral(bytes[front]) { match = .allButLast(index) }
    }
    return match
  }

  /// Keeps a block that has changed nothing.
  ///
  /// - Parameters:
  ///   - bytes: The block.
  ///   - lastField: Where its last field begins.
  ///   - headers: What it means.
  ///   - version: The number that names its fields.
  ///   - changes: The state of the decoder's table.
  mutating func add(
    _ bytes: UnsafeRawBufferPointer,
    lastField: Int,
    _ headers: HeaderList,
    version: Int,
    changes: Int
  ) {
    guard lastField < bytes.count, bytes.count <= Self.longest.block,
      headers.size <= Self.longest.list
    else { return }
    if changes != self.changes {
      blocks.removeAll()
      self.changes = changes
      oldest = 0
    }
    let block = Block(
      bytes: Array(bytes),
      lastLiteral: Self.isPlainLiteral(bytes[lastField]) ? lastField : 0,
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

  /// Whether a field that begins so is a literal that enters no table (RFC 7541 §6.2.2, §6.2.3).
  private static func isPlainLiteral(_ first: UInt8) -> Bool { first & 0xE0 == 0 }

  private static func isEqual(
    _ one: Slice<UnsafeRawBufferPointer>,
    _ other: Slice<UnsafeRawBufferPointer>
  ) -> Bool {
    UnsafeRawBufferPointer(rebasing: one).isEqual(to: UnsafeRawBufferPointer(rebasing: other))
  }
}
