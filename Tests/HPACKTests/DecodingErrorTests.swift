import TestSupport
import Testing

@testable import HPACK

/// Every rule of RFC 7541 whose breach is a decoding error, and what stands just inside each of them.
@Suite("RFC 7541, decoding errors")
struct DecodingErrorTests {
  typealias Rule = (section: String, text: String, hex: String, error: HPACKError?)

  /// A literal `a: b` that enters the table as its entry 62.
  static let entry = "40016101" + "62"

  static let rules: [Rule] = [
    ("2.3.3", "the last entry of the static table", "bd", nil),
    (
      "2.3.3", "an index behind the static table while the dynamic one is empty", "be",
      .invalidIndex(62)
    ),
    ("2.3.3", "an index of the dynamic table's only entry", entry + "be", nil),
    ("2.3.3", "an index behind the dynamic table", entry + "bf", .invalidIndex(63)),
    ("2.3.3", "an index far behind both tables", "ff80808001", .invalidIndex(127 + (1 << 21))),
    ("2.3.3", "a name's index behind both tables, with indexing", "7f000162", .invalidIndex(63)),
    ("2.3.3", "a name's index behind both tables, without indexing", "0f300162", .invalidIndex(63)),
    ("2.3.3", "a name's index behind both tables, never indexed", "1f300162", .invalidIndex(63)),
    ("3.2", "an empty block", "", nil),
    ("3.2", "a block that ends within a representation", "40", .truncated),
    ("3.2", "fields keep their order, and the same one may come twice", "828286", nil),
    ("4.2", "an update to the limit", "3fe11f82", nil),
    ("4.2", "an update above the limit", "3fe21f82", .invalidTableSizeUpdate),
    ("4.2", "an update behind a field", "8220", .invalidTableSizeUpdate),
    ("4.2", "an update behind a literal", entry + "20", .invalidTableSizeUpdate),
    ("4.2", "two updates at the beginning", "203fe11f82", nil),
    ("4.2", "nothing but an update", "20", nil),
    ("4.3", "an update to nothing, which evicts all", "20" + entry, nil),
    ("5.1", "an integer that ends within itself", "ff", .truncated),
    ("5.1", "an integer that ends within its second byte", "ff80", .truncated),
    ("5.1", "an integer with a zero behind it that says nothing", "7f80000162", .invalidIndex(63)),
    ("5.1", "an integer above our limit", "ffffffffff0f", .integerTooLarge),
    ("5.1", "an integer of too many bytes", "ff8080808080808000", .integerTooLarge),
    ("5.1", "an integer that no machine holds", "ffffffffffffffffffffffff7f", .integerTooLarge),
    ("5.1", "a string's length above our limit", "00ffffffffff7f", .integerTooLarge),
    ("5.2", "a string that is longer than the block", "000561", .truncated),
    ("5.2", "a string whose length is missing", "00", .truncated),
    ("5.2", "a value that is missing", "000161", .truncated),
    ("5.2", "an empty name and an empty value", "000000", nil),
    ("5.2", "an empty string in Huffman's code", "00016180", nil),
    ("5.2", "padding of three ones", "0001618107", nil),
    ("5.2", "padding of seven ones", "00016183028a7f", nil),
    ("5.2", "padding that is EOS's beginning", "000161811f", nil),
    ("5.2", "padding of zeros", "0001618118", .invalidHuffmanCode),
    ("5.2", "padding of eight bits", "000161821fff", .invalidHuffmanCode),
    ("5.2", "a string that is all padding", "00016181ff", .invalidHuffmanCode),
    ("5.2", "EOS", "00016184ffffffff", .invalidHuffmanCode),
    ("5.2", "EOS behind a symbol", "000161851ffffffffc", .invalidHuffmanCode),
    ("5.2", "a code that ends within a symbol", "00016182fffa", .invalidHuffmanCode),
    ("5.2", "a broken code in a name", "0081180161", .invalidHuffmanCode),
    ("6.1", "index 0", "80", .invalidIndex(0)),
    ("6.1", "index 1", "81", nil),
    ("6.2.1", "a literal with indexing", entry, nil),
    ("6.2.1", "a literal with indexing that has no value", "4101", .truncated),
    ("6.2.2", "a literal without indexing", "000161" + "0162", nil),
    ("6.2.2", "a literal without indexing that has no name", "0001", .truncated),
    ("6.2.3", "a literal that is never indexed", "100161" + "0162", nil),
    ("6.2.3", "a literal that is never indexed and has no value", "1101", .truncated),
    ("6.3", "an update whose integer ends within itself", "3f", .truncated),
    ("6.3", "an update whose integer is too large", "3fffffffffff7f", .integerTooLarge),
  ]

  private func decode(_ block: [UInt8]) throws(HPACKError) -> HeaderList {
    var decoder = HPACKDecoder()
    var list = HeaderList()
    let result = block.withUnsafeBytes { block in
      Result { () throws(HPACKError) in try decoder.decode(block, into: &list) }
    }
    _ = try result.get()
    return list
  }

  private func error(of block: [UInt8]) -> HPACKError? {
    do throws(HPACKError) {
      _ = try decode(block)
      return nil
    } catch {
      return error
    }
  }

  @Test("Each rule has its error, and what just keeps it has none", arguments: 0..<rules.count)
  func rule(number: Int) {
    let rule = Self.rules[number]
    #expect(error(of: bytes(rule.hex)) == rule.error, "§\(rule.section) \(rule.text)")
  }

  @Test("Every section that names an error is in the table")
  func complete() {
    let sections: Set = [
      "2.3.3", "3.2", "4.2", "4.3", "5.1", "5.2", "6.1", "6.2.1", "6.2.2", "6.2.3", "6.3",
    ]
    #expect(Set(Self.rules.map(\.section)) == sections)
  }

  @Test("§2.3.3, §4.3 What a smaller table has evicted has no index any more")
  func evicted() throws {
    var decoder = HPACKDecoder()
    var list = HeaderList()
    for (hex, expected) in [(Self.entry, nil), ("be", nil), ("20be", HPACKError.invalidIndex(62))] {
      let block = bytes(hex)
      let result = block.withUnsafeBytes { block in
        Result { () throws(HPACKError) in try decoder.decode(block, into: &list) }
      }
      switch result {
      case .success: #expect(expected == nil)
      case .failure(let error): #expect(error == expected)
      }
    }
    #expect(decoder.table.count == 0)
  }

  @Test("§4.4 A field that is larger than the table empties it, which is no error")
  func largerThanTable() throws {
    var decoder = HPACKDecoder(maximumTableSize: 64)
    var list = HeaderList()
    let value = [UInt8](repeating: 0x62, count: 40)
    let blocks: [[UInt8]] = [bytes(Self.entry), [0x40, 1, 0x61, 40] + value]
    for block in blocks {
      #expect(try block.withUnsafeBytes { try decoder.decode($0, into: &list) })
    }
    #expect(list.count == 2)
    #expect(decoder.table.count == 0 && decoder.table.size == 0)
  }

  @Test("§4.2 After a lower limit the next block begins with an update that keeps it")
  func loweredLimit() {
    for (hex, expected) in [
      ("82", HPACKError.missingTableSizeUpdate), ("3f2282", .invalidTableSizeUpdate),
      ("3f2182", nil), ("2082", nil), ("", nil),
    ] {
      var decoder = HPACKDecoder()
      decoder.setMaximumTableSize(64)
      var list = HeaderList()
      let block = bytes(hex)
      let result = block.withUnsafeBytes { block in
        Result { () throws(HPACKError) in try decoder.decode(block, into: &list) }
      }
      if case .failure(let error) = result {
        #expect(error == expected, "\(hex)")
      } else {
        #expect(expected == nil, "\(hex)")
      }
    }
  }

  @Test("§7.1.3 A field that is never indexed is passed on as one, and enters no table on the way")
  func neverIndexed() throws {
    var list = HeaderList()
    for _ in 0..<2 {
      list.append(name: "authorization", value: "secret", indexing: .neverIndexed)
      list.append(name: "x-key", value: "secret", indexing: .neverIndexed)
    }
    for hop in 0..<3 {
      var encoder = HPACKEncoder()
      var block: [UInt8] = []
      encoder.encode(list, into: &block)
      #expect(block.first.map { $0 & 0xF0 } == 0x10, "hop \(hop)")
      var decoder = HPACKDecoder()
      var decoded = HeaderList()
      #expect(try block.withUnsafeBytes { try decoder.decode($0, into: &decoded) })
      #expect((0..<decoded.count).allSatisfy { decoded.indexing($0) == .neverIndexed })
      #expect(encoder.table.count == 0 && decoder.table.count == 0)
      list = decoded
    }
  }

  @Test("§7.1.3 A secret that stands in a table already is still written out")
  func neverIndexedAmongIndexed() throws {
    var encoder = HPACKEncoder()
    var block: [UInt8] = []
    encoder.encode(["x-key": "secret"], into: &block)
    block = []
    var secret = HeaderList()
    secret.append(name: "x-key", value: "secret", indexing: .neverIndexed)
    encoder.encode(secret, into: &block)
    #expect(block.count > 1)
    #expect(block[0] & 0xF0 == 0x10)
  }

  @Test("A block that is cut anywhere is whole at the end of a field, and truncated within one")
  func cutAnywhere() throws {
    let block = bytes(
      "828684418cf1e3c2e5f23a6ba0ab90f4ff" + "5886a8eb10649cbf" + "be" + "100870617373776f7264"
        + "06736563726574" + "040c2f73616d706c652f70617468"
    )
    let whole = try decode(block)
    #expect(whole.count == 8)
    var lengths: Set<Int> = []
    for end in 0...block.count {
      do throws(HPACKError) {
        let list = try decode(Array(block[..<end]))
        lengths.insert(list.count)
        for index in 0..<list.count { #expect(list.name(index) == whole.name(index)) }
      } catch {
        #expect(error == .truncated, "cut at \(end)")
      }
    }
    #expect(lengths == Set(0...8))
  }
}
