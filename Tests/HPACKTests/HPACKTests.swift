import TestSupport
import Testing

@testable import HPACK

@Suite("RFC 7541, the rules")
struct HPACKRuleTests {
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
    // An index that is wrong is still an error then: beyond the tables, zero, or without its end.
    for end: [UInt8] in [[0xBF], [0x80], [0xFF, 0x00], [0xFF, 0x80]] {
      #expect(throws: HPACKError.self) {
        try (bomb + end).withUnsafeBytes {
          _ = try decoder.decode($0, into: &list, maximumSize: 16_384)
        }
      }
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
