import TestSupport
import Testing

@testable import HPACK

/// The examples of RFC 7541 Appendix C, each under its own number, decoded and – where our encoder makes the same
/// choices – encoded.
@Suite("RFC 7541 Appendix C")
struct AppendixCTests {
  private func decode(_ decoder: inout HPACKDecoder, _ hex: String) throws -> HeaderList {
    try decode(&decoder, bytes(hex))
  }

  private func decode(_ decoder: inout HPACKDecoder, _ block: [UInt8]) throws -> HeaderList {
    var list = HeaderList()
    let fits = try block.withUnsafeBytes { try decoder.decode($0, into: &list) }
    #expect(fits)
    return list
  }

  private func decode(_ hex: String) throws -> HeaderList {
    var decoder = HPACKDecoder()
    return try decode(&decoder, hex)
  }

  /// Decodes blocks one after the other, with one table of this size.
  private func expect(
    _ messages: [(HeaderList, String)],
    tableSize: Int = 4096,
    encodes: Bool
  ) throws {
    var decoder = HPACKDecoder(maximumTableSize: tableSize)
    var mirror = HPACKDecoder(maximumTableSize: tableSize)
    var encoder = HPACKEncoder()
    if tableSize < 4096 {
      // The examples begin with both tables at this size, without a word about it in the first block.
      encoder.setMaximumTableSize(tableSize)
      var update: [UInt8] = []
      encoder.encode(HeaderList(), into: &update)
    }
    for (list, hex) in messages {
      #expect(try decode(&decoder, hex) == list)
      guard encodes else { continue }
      var block: [UInt8] = []
      encoder.encode(list, into: &block)
      // Where Huffman's code saves nothing, the RFC uses it (C.6) and we do not.
      #expect(block.count == bytes(hex).count)
      #expect(try decode(&mirror, block) == list)
    }
  }

  @Test(
    "C.1.1, C.1.2, C.1.3 Integers",
    arguments: [(10, 5, "0a"), (1337, 5, "1f9a0a"), (42, 8, "2a")]
  )
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

  @Test("C.2.1 A literal with indexing")
  func literalWithIndexing() throws {
    let list = try decode("400a637573746f6d2d6b65790d637573746f6d2d686561646572")
    #expect(list == ["custom-key": "custom-header"])
    #expect(list.indexing(0) == .indexed)
  }

  @Test("C.2.2 A literal without indexing")
  func literalWithoutIndexing() throws {
    let list = try decode("040c2f73616d706c652f70617468")
    #expect(list == [":path": "/sample/path"])
    #expect(list.indexing(0) == .withoutIndexing)
  }

  @Test("C.2.3 A literal that is never indexed")
  func literalNeverIndexed() throws {
    let list = try decode("100870617373776f726406736563726574")
    #expect(list == ["password": "secret"])
    #expect(list.indexing(0) == .neverIndexed)
  }

  @Test("C.2.4 An indexed field")
  func indexed() throws {
    #expect(try decode("82") == [":method": "GET"])
  }

  private static let requests: [HeaderList] = [
    [":method": "GET", ":scheme": "http", ":path": "/", ":authority": "www.example.com"],
    [
      ":method": "GET", ":scheme": "http", ":path": "/", ":authority": "www.example.com",
      "cache-control": "no-cache",
    ],
    [
      ":method": "GET", ":scheme": "https", ":path": "/index.html",
      ":authority": "www.example.com", "custom-key": "custom-value",
    ],
  ]

  @Test("C.3 Requests without Huffman coding")
  func requests() throws {
    let blocks = [
      "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
      "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ]
    try expect(Array(zip(Self.requests, blocks)), encodes: false)
  }

  @Test("C.4 Requests with Huffman coding: our encoder writes as few bytes")
  func huffmanRequests() throws {
    let blocks = [
      "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ]
    try expect(Array(zip(Self.requests, blocks)), encodes: true)
  }

  private static let responses: [HeaderList] = [
    [
      ":status": "302", "cache-control": "private", "date": "Mon, 21 Oct 2013 20:13:21 GMT",
      "location": "https://www.example.com",
    ],
    [
      ":status": "307", "cache-control": "private", "date": "Mon, 21 Oct 2013 20:13:21 GMT",
      "location": "https://www.example.com",
    ],
    [
      ":status": "200", "cache-control": "private", "date": "Mon, 21 Oct 2013 20:13:22 GMT",
      "location": "https://www.example.com", "content-encoding": "gzip",
      "set-cookie": "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ],
  ]

  @Test("C.5 Responses without Huffman coding, in a table of 256 bytes that evicts")
  func responses() throws {
    let blocks = [
      "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
        + "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
      "4803333037c1c0bf",
      "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f"
        + "3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b20"
        + "76657273696f6e3d31",
    ]
    try expect(Array(zip(Self.responses, blocks)), tableSize: 256, encodes: false)
  }

  @Test("C.6 Responses with Huffman coding, in a table of 256 bytes that evicts: as few bytes")
  func huffmanResponses() throws {
    let blocks = [
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad1718"
        + "63c78f0b97c8e9ae82ae43d3",
      "4883640effc1c0bf",
      "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b3"
        + "35dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ]
    try expect(Array(zip(Self.responses, blocks)), tableSize: 256, encodes: true)
  }
}
