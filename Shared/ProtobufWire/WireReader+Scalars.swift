/// The scalar types, one method each. All integers shorter than 64 bits keep the low bits of what was sent.
extension WireReader {
  /// An `int32`.
  @inlinable public mutating func readInt32() throws(DecodingError) -> Int32 {
    Int32(truncatingIfNeeded: try readVarint())
  }

  /// An `int64`.
  @inlinable public mutating func readInt64() throws(DecodingError) -> Int64 {
    Int64(bitPattern: try readVarint())
  }

  /// A `uint32`.
  @inlinable public mutating func readUInt32() throws(DecodingError) -> UInt32 {
    UInt32(truncatingIfNeeded: try readVarint())
  }

  /// A `uint64`.
  @inlinable public mutating func readUInt64() throws(DecodingError) -> UInt64 {
    try readVarint()
  }

  /// A `sint32`: zigzag.
  @inlinable public mutating func readSInt32() throws(DecodingError) -> Int32 {
    ZigZag.decode(UInt32(truncatingIfNeeded: try readVarint()))
  }

  /// A `sint64`: zigzag.
  @inlinable public mutating func readSInt64() throws(DecodingError) -> Int64 {
    ZigZag.decode(try readVarint())
  }

  /// A `bool`: any value but zero is true.
  @inlinable public mutating func readBool() throws(DecodingError) -> Bool {
    try readVarint() != 0
  }

  /// A `fixed32`.
  @inlinable public mutating func readFixed32() throws(DecodingError) -> UInt32 {
    guard end - cursor >= 4 else { throw DecodingError(.truncated, at: offset) }
    let value = cursor.loadUnaligned(as: UInt32.self)
    cursor += 4
    return UInt32(littleEndian: value)
  }

  /// A `fixed64`.
  @inlinable public mutating func readFixed64() throws(DecodingError) -> UInt64 {
    guard end - cursor >= 8 else { throw DecodingError(.truncated, at: offset) }
    let value = cursor.loadUnaligned(as: UInt64.self)
    cursor += 8
    return UInt64(littleEndian: value)
  }

  /// A `sfixed32`.
  @inlinable public mutating func readSFixed32() throws(DecodingError) -> Int32 {
    Int32(bitPattern: try readFixed32())
  }

  /// A `sfixed64`.
  @inlinable public mutating func readSFixed64() throws(DecodingError) -> Int64 {
    Int64(bitPattern: try readFixed64())
  }

  /// A `float`.
  @inlinable public mutating func readFloat() throws(DecodingError) -> Float {
    Float(bitPattern: try readFixed32())
  }

  /// A `double`.
  @inlinable public mutating func readDouble() throws(DecodingError) -> Double {
    Double(bitPattern: try readFixed64())
  }

  /// A `string`, whose UTF-8 is checked.
  @inlinable public mutating func readString() throws(DecodingError) -> String {
    let bytes = try readDelimited()
    guard isValidUTF8(bytes) else { throw DecodingError(.invalidUTF8, at: offset - bytes.count) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A `bytes` value, copied.
  @inlinable public mutating func readBytes() throws(DecodingError) -> [UInt8] {
    [UInt8](try readDelimited())
  }
}
