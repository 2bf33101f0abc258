import TestSupport
import Testing

@testable import HPACK

@Suite("RFC 7541 Appendix C")
struct AppendixCTests {
  func decode(_ decoder: inout HPACKDecoder, _ hex: String) throws -> [String] {
    var list = HeaderList()
    let block = bytes(hex)
    let fits = try block.withUnsafeBytes { try decoder.decode($0, into: &list) }
    #expect(fits)
    return (0..<list.count).map { "\(list.name($0)): \(list.value($0))" }
  }

  @Test("C.1 Integers", arguments: [(10, 5, "0a"), (1337, 5, "1f9a0a"), (42, 8, "2a")])
  func integers(value: Int, prefix: Int, hex: String) throws {
    var encoded: [UInt8] = []
    PrefixedInteger.encode(value, prefixBits: prefix, pattern: 0, into: &encoded)
    #expect(encoded == bytes(hex))
    var position = 0
    let decoded = try encoded.withUnsafeBytes {
      try PrefixedInteger.decode($0, &position, prefixBits: prefix)
    }
    #expect(decoded == value)
    #expect(position == encoded.count)
  }

  @Test("C.3 Requests without Huffman coding")
  func requests() throws {
    var decoder = HPACKDecoder()
    #expect(
      try decode(&decoder, "828684410f7777772e6578616d706c652e636f6d") == [
        ":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com",
      ]
    )
    #expect(
      try decode(&decoder, "828684be58086e6f2d6361636865") == [
        ":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com",
        "cache-control: no-cache",
      ]
    )
    #expect(
      try decode(&decoder, "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565") == [
        ":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com",
        "custom-key: custom-value",
      ]
    )
  }

  @Test("C.4 Requests with Huffman coding: our encoder writes the same bytes")
  func huffmanRequests() throws {
    var encoder = HPACKEncoder()
    var decoder = HPACKDecoder()
    let requests: [(HeaderList, String)] = [
      (
        [":method": "GET", ":scheme": "http", ":path": "/", ":authority": "www.example.com"],
        "828684418cf1e3c2e5f23a6ba0ab90f4ff"
      ),
      (
        [
          ":method": "GET", ":scheme": "http", ":path": "/", ":authority": "www.example.com",
          "cache-control": "no-cache",
        ],
        "828684be5886a8eb10649cbf"
      ),
      (
        [
          ":method": "GET", ":scheme": "https", ":path": "/index.html",
          ":authority": "www.example.com", "custom-key": "custom-value",
        ],
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"
      ),
    ]
    for (list, hex) in requests {
      var block: [UInt8] = []
      encoder.encode(list, into: &block)
      #expect(block == bytes(hex))
      #expect(try decode(&decoder, hex).joined(separator: "\n") == list.description)
    }
  }
}

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
