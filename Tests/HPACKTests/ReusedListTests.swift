import TestSupport
import Testing

@testable import HPACK

@Suite("Lists for reuse")
struct ReusedListTests {
  @Test("Their blocks are those of any list, whatever the table does meanwhile", arguments: 1...8)
  func sameBlocks(seed: UInt64) {
    var random = SplitMix64(state: seed)
    var lists: [HeaderList] = [
      [":status": "200", "content-type": "application/grpc"], ["grpc-status": "0"],
      ["a": "1", "b": "2"], ["c": "3"], ["d": "4"], ["e": "5"],
    ]
    lists[2].append(name: "f", value: "6", indexing: .withoutIndexing)
    let reused = lists.map { list in
      var list = list
      list.isForReuse = true
      return list
    }
    var plain = HPACKEncoder()
    var remembering = HPACKEncoder()
    for step in 0..<2_000 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        let size = Int.random(in: 0..<300, using: &random)
        plain.setMaximumTableSize(size)
        remembering.setMaximumTableSize(size)
      case 1:
        let other: HeaderList = ["step": "\(step)"]
        #expect(plain.block(of: other) == remembering.block(of: other))
      default:
        let index = lists.indices.randomElement(using: &random) ?? 0
        #expect(plain.block(of: lists[index]) == remembering.block(of: reused[index]))
      }
    }
  }
}

extension HPACKEncoder {
  fileprivate mutating func block(of list: HeaderList) -> [UInt8] {
    var block: [UInt8] = []
    encode(list, into: &block)
    return block
  }
}
