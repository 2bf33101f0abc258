/// A field of each scalar type: value and tag, without regard to defaults. Room for both is checked once.
extension WireWriter {
  /// An unsigned varint field.
  @inlinable @inline(__always)
  public mutating func writeUInt64(_ value: UInt64, field number: UInt32) {
    reserve(15)
    putVarint(value)
    putVarint(UInt64(WireTag(number, .varint).rawValue))
  }

  /// An `int64` field; a negative number takes ten bytes.
  @inlinable @inline(__always)
  public mutating func writeInt64(_ value: Int64, field number: UInt32) {
    writeUInt64(UInt64(bitPattern: value), field: number)
  }

  /// An `int32` field; a negative number is extended to 64 bits, so that an `int64` reader understands it.
  @inlinable @inline(__always)
  public mutating func writeInt32(_ value: Int32, field number: UInt32) {
    writeUInt64(UInt64(bitPattern: Int64(value)), field: number)
  }

  /// A `uint32` field.
  @inlinable @inline(__always)
  public mutating func writeUInt32(_ value: UInt32, field number: UInt32) {
    writeUInt64(UInt64(value), field: number)
  }

  /// A `sint32` field.
  @inlinable @inline(__always)
  public mutating func writeSInt32(_ value: Int32, field number: UInt32) {
    writeUInt64(UInt64(ZigZag.encode(value)), field: number)
  }

  /// A `sint64` field.
  @inlinable @inline(__always)
  public mutating func writeSInt64(_ value: Int64, field number: UInt32) {
    writeUInt64(ZigZag.encode(value), field: number)
  }

  /// A `bool` field.
  @inlinable @inline(__always)
  public mutating func writeBool(_ value: Bool, field number: UInt32) {
    writeUInt64(value ? 1 : 0, field: number)
  }

  /// A `fixed32` field.
  @inlinable @inline(__always)
  public mutating func writeFixed32(_ value: UInt32, field number: UInt32) {
    reserve(9)
    cursor -= 4
    cursor.storeBytes(of: value.littleEndian, as: UInt32.self)
    putVarint(UInt64(WireTag(number, .fixed32).rawValue))
  }

  /// A `fixed64` field.
  @inlinable @inline(__always)
  public mutating func writeFixed64(_ value: UInt64, field number: UInt32) {
    reserve(13)
    cursor -= 8
    cursor.storeBytes(of: value.littleEndian, as: UInt64.self)
    putVarint(UInt64(WireTag(number, .fixed64).rawValue))
  }

  /// A `sfixed32` field.
  @inlinable @inline(__always)
  public mutating func writeSFixed32(_ value: Int32, field number: UInt32) {
    writeFixed32(UInt32(bitPattern: value), field: number)
  }

  /// A `sfixed64` field.
  @inlinable @inline(__always)
  public mutating func writeSFixed64(_ value: Int64, field number: UInt32) {
    writeFixed64(UInt64(bitPattern: value), field: number)
  }

  /// A `float` field.
  @inlinable @inline(__always)
  public mutating func writeFloat(_ value: Float, field number: UInt32) {
    writeFixed32(value.bitPattern, field: number)
  }

  /// A `double` field.
  @inlinable @inline(__always)
  public mutating func writeDouble(_ value: Double, field number: UInt32) {
    writeFixed64(value.bitPattern, field: number)
  }

  /// A `string` field.
  @inlinable @inline(__always)
  public mutating func writeString(_ value: String, field number: UInt32) {
    putString(value)
    putVarint(UInt64(WireTag(number, .lengthDelimited).rawValue))
  }

  /// A `bytes` field.
  @inlinable @inline(__always)
  public mutating func writeBytes(_ value: [UInt8], field number: UInt32) {
    value.withUnsafeBytes { putDelimited($0) }
    putVarint(UInt64(WireTag(number, .lengthDelimited).rawValue))
  }

  /// A length-delimited field from raw memory.
  @inlinable
  public mutating func writeDelimited(_ bytes: UnsafeRawBufferPointer, field number: UInt32) {
    putDelimited(bytes)
    putVarint(UInt64(WireTag(number, .lengthDelimited).rawValue))
  }

  /// Puts length and tag in front of everything that was written since `count` was `mark`: a nested message, a packed
  /// list, a map entry.
  @inlinable @inline(__always)
  public mutating func closeDelimited(from mark: Int, field number: UInt32) {
    reserve(15)
    putVarint(UInt64(count - mark))
    putVarint(UInt64(WireTag(number, .lengthDelimited).rawValue))
  }

  /// The bytes of a string and their length, with room for a tag.
  @inlinable @inline(never)
  mutating func putString(_ value: String) {
    let done: Void? = value.utf8.withContiguousStorageIfAvailable {
      putDelimited(UnsafeRawBufferPointer($0))
    }
    // Only a string bridged from Objective-C has no contiguous bytes.
    if done == nil { [UInt8](value.utf8).withUnsafeBytes { putDelimited($0) } }
  }

  /// Bytes and their length, with room for a tag.
  @inlinable @inline(__always)
  mutating func putDelimited(_ bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count + 15)
    if let base = bytes.baseAddress {
      cursor -= bytes.count
      cursor.copyMemory(from: base, byteCount: bytes.count)
    }
    putVarint(UInt64(bytes.count))
  }
}
