import HPACK
import Testing

@testable import GRPC

@Suite struct WireMetadataTests {
  @Test("Metadata is an ordered multimap, in which case does not matter to a look-up")
  func orderedMultimap() {
    var metadata: Metadata = ["x-key": "1", "other": "2", "x-key": "3"]
    #expect(metadata.map(\.key) == ["x-key", "other", "x-key"])
    #expect(metadata["x-KEY"] == "1")
    #expect(metadata.values(for: "x-key") == ["1", "3"])
    metadata["x-key"] = "4"
    #expect(metadata.description == "[other: 2, x-key: 4]")
    metadata["x-key"] = nil
    #expect(metadata.count == 1)
    #expect(metadata["missing"] == nil)
  }

  @Test(
    "A key that may not be sent is refused with its reason",
    arguments: [
      ("", "is empty"), (":path", "colon"), ("two words", "character other than"),
      ("ü", "character other than"), ("grpc-mine", "reserved"), ("te", "set by gRPC itself"),
      ("Note", "upper-case letter, which HTTP/2 forbids: write \"note\""),
      ("content-type", "set by gRPC itself"), ("connection", "set by gRPC itself"),
      ("trace-bin", "must be given as bytes"),
    ]
  )
  func refusedKeys(key: String, reason: String) throws {
    let violation = try #require(Metadata(dictionaryLiteral: (key, "x")).violation)
    #expect(violation.contains(reason))
  }

  @Test("A value of another range than printable ASCII, or bytes under a text key, is refused")
  func refusedValues() {
    #expect(Metadata(dictionaryLiteral: ("key", "é")).violation?.contains("printable") == true)
    #expect(Metadata(dictionaryLiteral: ("key", "a\nb")).violation?.contains("printable") == true)
    var metadata = Metadata()
    metadata.append([1], for: "key")
    #expect(metadata.violation?.contains("-bin") == true)
  }

  @Test("Lower-case keys of letters, digits, _, - and . and the status details may be sent")
  func allowed() {
    var metadata: Metadata = ["a-z_0.9": " ~", "empty": ""]
    metadata.append([0, 255], for: "x-bin")
    metadata.append([1], for: "grpc-status-details-bin")
    #expect(metadata.violation == nil)
  }

  @Test(
    "Binary values are accepted padded, un-padded and joined by commas (PROTOCOL-HTTP2)",
    arguments: [
      ("AQ==", [[1]]), ("AQ", [[1]]), ("AQI=", [[1, 2]]), ("AQI", [[1, 2]]), ("AQID", [[1, 2, 3]]),
      ("", [[]]), ("AQ==,Ag", [[1], [2]]), ("AQ, Ag==", [[1], [2]]), ("+/8", [[0xFB, 0xFF]]),
    ] as [(String, [[UInt8]])]
  )
  func binary(field: String, values: [[UInt8]]) {
    #expect(received("x-bin", field).binaryValues(for: "x-bin") == values)
  }

  @Test(
    "A binary value that is not base64 is kept as text",
    arguments: ["A", "AQ=", "A?==", "AQ==="]
  )
  func brokenBinary(field: String) {
    #expect(received("x-bin", field)["x-bin"] == field)
  }

  @Test("Base64 is written without padding and reads back")
  func base64() {
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
      let text = Base64.encode(bytes)
      #expect(!text.contains("="))
      #expect(Array(text.utf8).withUnsafeBytes(Base64.decode) == bytes)
    }
  }

  @Test("Reserved keys and values outside ASCII are tolerated from a peer")
  func tolerated() {
    #expect(received("grpc-new", "x")["grpc-new"] == "x")
    #expect(received("key", "é")["key"] == "é")
  }

  @Test("RFC 7541 §7.1.3: secrets are never indexed, and short cookies count as secrets")
  func secrets() {
    let long = String(repeating: "x", count: 20)
    let cases: [(String, String, HeaderList.Indexing)] = [
      ("authorization", long, .neverIndexed), ("proxy-authorization", "x", .neverIndexed),
      ("cookie", "a=1", .neverIndexed), ("cookie", long, .withoutIndexing),
      ("set-cookie", "a=1", .neverIndexed), ("x-other", "x", .withoutIndexing),
    ]
    for (key, value, indexing) in cases {
      var list = HeaderList()
      list.append(Metadata(dictionaryLiteral: (key, value)))
      #expect(list.indexing(0) == indexing)
      // A proxy that decodes the field finds out that it must not index it either (§6.2.3).
      var block: [UInt8] = []
      var encoder = HPACKEncoder()
      encoder.encode(list, into: &block)
      #expect((block[0] & 0xF0 == 0x10) == (indexing == .neverIndexed))
    }
  }

  private func received(_ name: String, _ value: String) -> Metadata {
    var metadata = Metadata()
    Array(name.utf8).withUnsafeBytes { name in
      Array(value.utf8).withUnsafeBytes { metadata.appendReceived(name: name, value: $0) }
    }
    return metadata
  }
}
