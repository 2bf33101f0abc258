import TestSupport
import Testing

@testable import HPACK

@Suite("RFC 7541, the rules")
struct HPACKRuleTests {
  func decode(_ hex: String, limit: Int = 4096) throws -> HeaderList {
    var decoder = HPACKDecoder(maximumTableSize: limit)
    var list = HeaderList()
    let block = bytes(hex)
    _ = try block.withUnsafeBytes { try decoder.decode($0, into: &list) }
    return list
  }

  @Test(
    "What no encoder writes is a decoding error",
    arguments: [
      ("§6.1 index 0", "80"),
      ("§2.3.3 an index beyond both tables", "be"),
      ("§5.1 an integer of too many bytes", "ffffffffffffffff7f"),
      ("§5.1 an integer that is too large", "ffffffffff0f"),
      ("§5 a block that ends within a string", "400a6162"),
      ("§5.2 padding longer than seven bits", "000161821fff"),
      ("§5.2 padding that is not ones", "00016181e0"),
      ("§5.2 EOS in a string", "000161" + "84ffffffff"),
      ("§6.3 a size update above the limit", "3fe21f"),
      ("§4.2 a size update behind a field", "8220"),
    ]
  )
  func invalid(rule: String, hex: String) {
    #expect(throws: HPACKError.self, "\(rule)") { try decode(hex) }
  }

  @Test("§4.2 After a lowered limit the block must begin with an update")
  func loweredLimit() throws {
    var decoder = HPACKDecoder()
    decoder.setMaximumTableSize(64)
    var list = HeaderList()
    let without: [UInt8] = [0x82]
    #expect(throws: HPACKError.missingTableSizeUpdate) {
      try without.withUnsafeBytes { _ = try decoder.decode($0, into: &list) }
    }
    let with: [UInt8] = [0x3F, 0x21, 0x82]
    #expect(try with.withUnsafeBytes { try decoder.decode($0, into: &list) })
  }

  @Test("§6.2.3 A never-indexed field stays one, and enters no table")
  func neverIndexed() throws {
    var encoder = HPACKEncoder()
    var list = HeaderList()
    list.append(name: "authorization", value: "secret", indexing: .neverIndexed)
    var first: [UInt8] = []
    var second: [UInt8] = []
    encoder.encode(list, into: &first)
    encoder.encode(list, into: &second)
    #expect(first == second)
    #expect(first[0] & 0xF0 == 0x10)
    var decoder = HPACKDecoder()
    var decoded = HeaderList()
    _ = try first.withUnsafeBytes { try decoder.decode($0, into: &decoded) }
    #expect(decoded.indexing(0) == .neverIndexed)
  }

  @Test("A list over the limit loses fields, and the next block is still read rightly")
  func overLimit() throws {
    var encoder = HPACKEncoder()
    var decoder = HPACKDecoder()
    let large: HeaderList = ["a": String(repeating: "x", count: 200), "b": "kept in the table"]
    var block: [UInt8] = []
    encoder.encode(large, into: &block)
    var list = HeaderList()
    let fits = try block.withUnsafeBytes { try decoder.decode($0, into: &list, maximumSize: 100) }
    #expect(!fits)
    block = []
    encoder.encode(large, into: &block)
    list.removeAll()
    #expect(try block.withUnsafeBytes { try decoder.decode($0, into: &list) })
    #expect(list == large)
  }

  @Test("A bomb of references to a large entry costs its own bytes, and a list that is lost")
  func referenceBomb() throws {
    var decoder = HPACKDecoder()
    var list = HeaderList()
    let value = [UInt8](repeating: 0x79, count: 4_000)
    let entry: [UInt8] = [0x40, 1, 0x78, 0x7F, 0xA1, 0x1E] + value
    let bomb = entry + [UInt8](repeating: 0xBE, count: 100_000)
    let fits = try bomb.withUnsafeBytes { try decoder.decode($0, into: &list, maximumSize: 16_384) }
    #expect(!fits)
    #expect(list.size <= 16_384)
    // An index that is wrong is still an error then.
    let wrong = bomb + [0xBF]
    #expect(throws: HPACKError.self) {
      try wrong.withUnsafeBytes { _ = try decoder.decode($0, into: &list, maximumSize: 16_384) }
    }
  }

  @Test("Random lists survive the round trip, with table sizes that change")
  func roundTrips() throws {
    var random = SplitMix64(state: 7541)
    var encoder = HPACKEncoder()
    var decoder = HPACKDecoder()
    for round in 0..<2_000 {
      if round % 50 == 49 {
        encoder.setMaximumTableSize(Int.random(in: 0...4096, using: &random))
        encoder.setMaximumTableSize(Int.random(in: 0...4096, using: &random))
      }
      var list = HeaderList()
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        let name = ["te", "x-\(Int.random(in: 0...30, using: &random))", ":path"].randomElement(
          using: &random
        )
        let length = Int.random(in: 0...90, using: &random)
        let value = String(
          decoding: (0..<length).map { _ in UInt8.random(in: 32...126, using: &random) },
          as: UTF8.self
        )
        list.append(name: name ?? "te", value: value)
      }
      var block: [UInt8] = []
      encoder.encode(list, into: &block)
      var decoded = HeaderList()
      #expect(try block.withUnsafeBytes { try decoder.decode($0, into: &decoded) })
      #expect(decoded == list)
    }
  }
}
