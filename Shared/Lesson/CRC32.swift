/// CRC-32 as zlib, gzip and PNG compute it (ISO 3309): the remainder of the bytes, seen as one long
/// polynomial over bits, divided by another of degree 32.
///
/// Bits are taken lowest first, which is why the polynomial 04C11DB7 stands here in reverse. One byte is
/// divided at a time by a table of the 256 remainders; here eight at a time, by eight tables, the n-th for
/// a byte with n more behind it ("slicing by eight").
public struct CRC32: Sendable {
  private static let polynomial: UInt32 = 0xEDB8_8320

  /// Eight tables of 256 remainders, one behind the other.
  private static let tables: [UInt32] = {
    var tables = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { remainder, _ in
        remainder & 1 == 1 ? remainder >> 1 ^ polynomial : remainder >> 1
      }
    }
    for index in 256..<(8 * 256) {
      let previous = tables[index - 256]
      tables.append(previous >> 8 ^ tables[Int(previous & 0xFF)])
    }
    return tables
  }()

  private var remainder: UInt32 = 0xFFFF_FFFF

  /// The checksum of no bytes.
  public init() {}

  /// The checksum of all bytes so far.
  public var value: UInt32 { ~remainder }

  /// Takes the next bytes.
  public mutating func add(_ bytes: [UInt8]) {
    remainder = bytes.withUnsafeBytes { bytes in
      Self.tables.withUnsafeBufferPointer { tables in
        var remainder = remainder
        var index = 0
        while index + 8 <= bytes.count {
          let low = bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self).littleEndian
          let high = bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self).littleEndian
          let first = low ^ remainder
          remainder = tables[0x700 + Int(first & 0xFF)]
          remainder ^= tables[0x600 + Int(first >> 8 & 0xFF)]
          remainder ^= tables[0x500 + Int(first >> 16 & 0xFF)]
          remainder ^= tables[0x400 + Int(first >> 24)]
          remainder ^= tables[0x300 + Int(high & 0xFF)]
          remainder ^= tables[0x200 + Int(high >> 8 & 0xFF)]
          remainder ^= tables[0x100 + Int(high >> 16 & 0xFF)]
          remainder ^= tables[Int(high >> 24)]
          index += 8
        }
        while index < bytes.count {
          remainder =
            remainder >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: remainder) ^ bytes[index])]
          index += 1
        }
        return remainder
      }
    }
  }
}
