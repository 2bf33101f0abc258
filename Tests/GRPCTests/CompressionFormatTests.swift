import Testing

@testable import GRPC

/// gzip (RFC 1952) and zlib's format (RFC 1950), a message at a time.
@Suite struct CompressionFormatTests {
  private static let formats: [Compression] = [.gzip, .deflate]

  private func inflate(
    _ bytes: [UInt8],
    _ compression: Compression,
    limit: Int = 1 << 20
  ) throws(RPCError) -> [UInt8] {
    try bytes.withRawBytes(0..<bytes.count) { bytes throws(RPCError) in
      try compression.decompress(bytes, limit: limit, side: "server")
    }
  }

  private func deflate(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
    let format = try #require(ZlibFormat(compression))
    return try #require(bytes.withUnsafeBytes { format.deflate($0) })
  }

  private func code(_ bytes: [UInt8], _ compression: Compression, limit: Int = 1 << 20) -> String {
    do {
      return "\(try inflate(bytes, compression, limit: limit).count) bytes"
    } catch {
      return "\(error)"
    }
  }

  @Test("What other programs have compressed is read")
  func foreign() throws {
    let gzip: [UInt8] = [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9,
      0x57, 0xC8, 0x40, 0x27, 0x01, 0xE3, 0x51, 0x3D, 0x8D, 0x17, 0x00, 0x00, 0x00,
    ]
    #expect(try inflate(gzip, .gzip) == Array("hello hello hello hello".utf8))
    let zlib: [UInt8] = [
      0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57, 0xC8, 0x40, 0x27, 0x01, 0x68, 0x03, 0x08,
      0xB1,
    ]
    #expect(try inflate(zlib, .deflate) == Array("hello hello hello hello".utf8))
  }

  @Test(
    "What is compressed is read back",
    arguments: formats,
    [0, 1, 100, 32_768, 32_769, 300_000]
  )
  func roundTrip(compression: Compression, count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    #expect(try inflate(try deflate(bytes, compression), compression) == bytes)
  }

  @Test("Nothing is compressed that would not become smaller")
  func noGain() {
    let cases: [(Compression, [UInt8])] = [
      (.gzip, [1, 2, 3]), (.deflate, []), (.identity, [UInt8](repeating: 0, count: 99)),
    ]
    for (compression, bytes) in cases {
      let compressed = bytes.withUnsafeBytes { compression.compress($0) }
      #expect(compressed == nil, "\(compression)")
    }
  }

  @Test(
    "Inflating stops at the limit, and a message of exactly the limit passes",
    arguments: formats
  )
  func limit(compression: Compression) throws {
    let compressed = try deflate([UInt8](repeating: 0, count: 100_000), compression)
    #expect(code(compressed, compression, limit: 100_000) == "100000 bytes")
    #expect(
      code(compressed, compression, limit: 99_999)
        == "RESOURCE_EXHAUSTED: a compressed message of \(compressed.count) bytes grows beyond this "
        + "server's maxReceiveMessageSize of 99,999"
    )
  }

  @Test("A bomb of 256 MB is given up at the limit")
  func bomb() throws {
    let member = try deflate([UInt8](repeating: 0, count: 1 << 20), .gzip)
    let bomb = (0..<256).flatMap { _ in member }
    #expect(bomb.count < 300_000)
    #expect(code(bomb, .gzip, limit: 4 << 20).hasPrefix("RESOURCE_EXHAUSTED"))
  }

  @Test(
    "What becomes large is inflated whole, up to the limit and not a byte beyond",
    arguments: formats
  )
  func large(format: Compression) throws {
    let bytes = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 7) }
    let compressed = try deflate(bytes, format)
    #expect(try inflate(compressed, format, limit: bytes.count) == bytes)
    #expect(code(compressed, format, limit: bytes.count - 1).hasPrefix("RESOURCE_EXHAUSTED"))
  }

  @Test("gzip may have several members (RFC 1952 §2.2); zlib's format has one")
  func members() throws {
    let gzip =
      try deflate(Array("ab".utf8), .gzip) + deflate([], .gzip) + deflate(Array("c".utf8), .gzip)
    #expect(try inflate(gzip, .gzip) == Array("abc".utf8))
    let zlib = try deflate(Array("ab".utf8), .deflate)
    #expect(code(zlib + zlib, .deflate).hasPrefix("INTERNAL: a message is not what"))
  }

  @Test(
    "What follows the end is an error",
    arguments: formats,
    [[0], [0x1F, 0x8B], Array("tail".utf8)]
  )
  func garbage(compression: Compression, tail: [UInt8]) throws {
    let bytes = try deflate(Array("hello".utf8), compression) + tail
    #expect(code(bytes, compression).hasPrefix("INTERNAL"))
  }

  @Test("A message that is cut off anywhere is an error", arguments: formats)
  func truncated(compression: Compression) throws {
    let whole = try deflate(Array("hello hello hello".utf8), compression)
    for length in 0..<whole.count {
      #expect(
        code(Array(whole.prefix(length)), compression)
          == "INTERNAL: a message is not what its grpc-encoding \(compression) says: it is cut off"
      )
    }
  }

  @Test("A flipped bit anywhere is found, or does no harm", arguments: formats)
  func corrupted(compression: Compression) throws {
    let text = Array("hello hello hello".utf8)
    let whole = try deflate(text, compression)
    for bit in 0..<(whole.count * 8) {
      var broken = whole
      broken[bit / 8] ^= 1 << (bit % 8)
      // Harmless: gzip's header has fields that say nothing about the content, and text that repeats itself
      // may be copied from a period further back.
      let result = code(broken, compression)
      let isHarmless = (try? inflate(broken, compression)) == text
      #expect(isHarmless || result.hasPrefix("INTERNAL"), "bit \(bit): \(result)")
    }
  }

  @Test("The compressed flag without a grpc-encoding is INTERNAL")
  func identity() {
    #expect(
      code([1, 2], .identity)
        == "INTERNAL: a message is marked as compressed, but its sender named no grpc-encoding"
    )
  }

  @Test(
    "grpc-accept-encoding is a list with blanks where anybody likes them",
    arguments: [
      ("", [Compression.identity]),
      ("gzip", [.identity, .gzip]),
      ("identity, deflate ,\tgzip", [.identity, .gzip, .deflate]),
      ("br,,gzip;q=1, deflate", [.identity, .deflate]),
      (" , ,", [.identity]),
    ]
  )
  func accepted(field: String, compressions: [Compression]) {
    let accepted = Array(field.utf8).withUnsafeBytes { AcceptedCompressions(field: $0) }
    let known = Compression.allCases.filter { accepted.contains($0) }
    #expect(known == compressions)
  }
}
