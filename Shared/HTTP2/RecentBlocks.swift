internal import HPACK

/// The header blocks that came last, with what they mean: a peer that makes the same call again sends the same few
/// indexes.
///
/// A block that changes nothing in the decoder's table means the same whenever it comes, until another block does
/// change the table. So neither decoding it again nor judging its fields again could bring anything new.
struct RecentBlocks {
  struct Block {
    let bytes: [UInt8]
    let headers: HeaderList
    let version: Int
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

  /// The place of a block among those that are kept; nil when what it means must be found out.
  func find(_ bytes: UnsafeRawBufferPointer, changes: Int) -> Int? {
    guard changes == self.changes else { return nil }
    // By index: to go through the elements themselves is to keep and release all that they hold.
    for index in blocks.indices
    where blocks[index].bytes.withUnsafeBytes({ $0.isEqual(to: bytes) }) {
      return index
    }
    return nil
  }

  /// Keeps a block that has changed nothing.
  mutating func add(
    _ bytes: UnsafeRawBufferPointer,
    _ headers: HeaderList,
    version: Int,
    changes: Int
  ) {
    guard bytes.count <= Self.longest.block, headers.size <= Self.longest.list else { return }
    if changes != self.changes {
      blocks.removeAll()
      self.changes = changes
      oldest = 0
    }
    let block = Block(bytes: Array(bytes), headers: headers, version: version)
    if blocks.count < Self.most {
      blocks.append(block)
    } else {
      blocks[oldest] = block
      oldest = (oldest + 1) % Self.most
    }
  }
}
