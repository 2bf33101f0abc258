import TestSupport
import Testing

@testable import HPACK

/// The examples of RFC 7541 Appendix C, each under its own number: decoded, encoded to the same bytes, and with the
/// dynamic table that the RFC prints behind each, at both ends.
@Suite("RFC 7541 Appendix C")
struct AppendixCTests {
  /// One header block of an example.
  struct Message {
    let fields: HeaderList
    let hex: String
    /// The dynamic table afterwards, the newest entry first, and its size.
    let table: [String]
    let size: Int
  }

  private func decode(_ decoder: inout HPACKDecoder, _ hex: String) throws -> HeaderList {
    var list = HeaderList()
    let block = bytes(hex)
    let fits = try block.withUnsafeBytes { try decoder.decode($0, into: &list) }
    #expect(fits)
    return list
  }

  private func entries(of table: DynamicTable) -> [String] {
    (0..<table.count).compactMap { index in
      table.withField(index) {
        "\(String(decoding: $0.name, as: UTF8.self)): \(String(decoding: $0.value, as: UTF8.self))"
      }
    }
  }

  /// Takes messages both ways, one after the other, with tables of this size.
  private func expect(
    _ messages: [Message],
    tableSize: Int = 4096,
    _ huffmanUse: HPACKEncoder.HuffmanUse
  ) throws {
    var decoder = HPACKDecoder(maximumTableSize: tableSize)
    var encoder = HPACKEncoder()
    encoder.huffmanUse = huffmanUse
    if tableSize < 4096 {
      // The examples begin with both tables at this size, without a word about it in the first block.
      encoder.setMaximumTableSize(tableSize)
      var update: [UInt8] = []
      encoder.encode(HeaderList(), into: &update)
    }
    for message in messages {
      #expect(try decode(&decoder, message.hex) == message.fields)
      var block: [UInt8] = []
      encoder.encode(message.fields, into: &block)
      #expect(block == bytes(message.hex))
      for table in [decoder.table, encoder.table] {
        #expect(entries(of: table) == message.table)
        #expect(table.size == message.size)
      }
    }
  }

  // MARK: C.1

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

  // MARK: C.2

  @Test("C.2.1 A literal with indexing")
  func literalWithIndexing() throws {
    let message = Message(
      fields: ["custom-key": "custom-header"],
      hex: "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
      table: ["custom-key: custom-header"],
      size: 55
    )
    try expect([message], .never)
  }

  @Test(
    "C.2.2, C.2.3 A literal without indexing, and one that is never indexed, stay what they are",
    arguments: [
      (
        ":path", "/sample/path", HeaderList.Indexing.withoutIndexing, "040c2f73616d706c652f70617468"
      ),
      ("password", "secret", .neverIndexed, "100870617373776f726406736563726574"),
    ]
  )
  func literals(name: String, value: String, indexing: HeaderList.Indexing, hex: String) throws {
    var list = HeaderList()
    list.append(name: name, value: value, indexing: indexing)
    try expect([Message(fields: list, hex: hex, table: [], size: 0)], .never)
    var decoder = HPACKDecoder()
    #expect(try decode(&decoder, hex).indexing(0) == indexing)
  }

  @Test("C.2.4 An indexed field")
  func indexed() throws {
    try expect([Message(fields: [":method": "GET"], hex: "82", table: [], size: 0)], .never)
  }

  // MARK: C.3 and C.4

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
  private static let requestTables: [([String], Int)] = [
    ([":authority: www.example.com"], 57),
    (["cache-control: no-cache", ":authority: www.example.com"], 110),
    (
      ["custom-key: custom-value", "cache-control: no-cache", ":authority: www.example.com"], 164
    ),
  ]

  private func messages(
    _ lists: [HeaderList],
    _ blocks: [String],
    _ tables: [([String], Int)]
  ) -> [Message] {
    lists.indices.map {
      Message(fields: lists[$0], hex: blocks[$0], table: tables[$0].0, size: tables[$0].1)
    }
  }

  @Test("C.3.1, C.3.2, C.3.3 Requests without Huffman coding")
  func requests() throws {
    let blocks = [
      "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
      "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ]
    try expect(messages(Self.requests, blocks, Self.requestTables), .never)
  }

  @Test("C.4.1, C.4.2, C.4.3 Requests with Huffman coding")
  func huffmanRequests() throws {
    let blocks = [
      "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ]
    try expect(messages(Self.requests, blocks, Self.requestTables), .always)
    // What our encoder does when nobody asks for an example.
    try expect(messages(Self.requests, blocks, Self.requestTables), .whenShorter)
  }

  // MARK: C.5 and C.6

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
  private static let responseTables: [([String], Int)] = [
    (
      [
        "location: https://www.example.com", "date: Mon, 21 Oct 2013 20:13:21 GMT",
        "cache-control: private", ":status: 302",
      ], 222
    ),
    (
      [
        ":status: 307", "location: https://www.example.com", "date: Mon, 21 Oct 2013 20:13:21 GMT",
        "cache-control: private",
      ], 222
    ),
    (
      [
        "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
        "content-encoding: gzip", "date: Mon, 21 Oct 2013 20:13:22 GMT",
      ], 215
    ),
  ]

  @Test("C.5.1, C.5.2, C.5.3 Responses without Huffman coding, in a table of 256 bytes that evicts")
  func responses() throws {
    let blocks = [
      "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54"
        + "6e1768747470733a2f2f7777772e6578616d706c652e636f6d",
      "4803333037c1c0bf",
      "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f"
        + "3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b20"
        + "76657273696f6e3d31",
    ]
    try expect(
      messages(Self.responses, blocks, Self.responseTables),
      tableSize: 256,
      .never
    )
  }

  @Test("C.6.1, C.6.2, C.6.3 Responses with Huffman coding, in a table of 256 bytes that evicts")
  func huffmanResponses() throws {
    let blocks = [
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad1718"
        + "63c78f0b97c8e9ae82ae43d3",
      "4883640effc1c0bf",
      "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b3"
        + "35dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ]
    try expect(
      messages(Self.responses, blocks, Self.responseTables),
      tableSize: 256,
      .always
    )
  }
}
