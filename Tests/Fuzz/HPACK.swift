import HPACK

/// The header decoder: three blocks through one table, and what it accepts goes through our encoder and back.
enum Target: FuzzTarget {
  static func seeds() -> [[UInt8]] {
    var encoder = HPACKEncoder()
    let lists: [HeaderList] = [
      [":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "localhost:50051"],
      [":status": "200", "content-type": "application/grpc", "grpc-status": "0"],
      [
        "x-one": "ÄÖÜ\u{1}", "trace-bin": "AAEC/w", "x-long": String(repeating: "long ", count: 40),
      ],
    ]
    return lists.flatMap { list -> [[UInt8]] in
      var first: [UInt8] = []
      encoder.encode(list, into: &first)
      encoder.setMaximumTableSize(256)
      var second: [UInt8] = []
      encoder.encode(list, into: &second)
      encoder.setMaximumTableSize(4096)
      return [[0] + first, [UInt8(truncatingIfNeeded: first.count)] + first + second]
    }
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let rest = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    let split = min(Int(first), rest.count)
    var decoder = HPACKDecoder()
    var encoder = HPACKEncoder()
    var mirror = HPACKDecoder()
    for part in [rest[..<split], rest[split...], rest[..<split]] {
      var list = HeaderList()
      guard
        let fits = try? decoder.decode(
          UnsafeRawBufferPointer(rebasing: part),
          into: &list,
          maximumSize: 16_384
        )
      else { return }
      precondition(!fits || list.size <= 16_384)
      _ = list.description
      guard fits else { continue }
      var block: [UInt8] = []
      encoder.encode(list, into: &block)
      var again = HeaderList()
      let good = block.withUnsafeBytes { try? mirror.decode($0, into: &again) }
      precondition(good == true && again == list, "our encoder and decoder differ")
    }
  }
}
