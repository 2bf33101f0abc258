// The codecs of the types of four and eight bytes: copied as they are, packed in lists.

/// `fixed32`.
@frozen public enum Fixed32Codec: FixedWidthCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .fixed32 }

  /// What an absent value means.
  @inlinable public static var defaultValue: UInt32 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout UInt32,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readFixed32()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: UInt32, field number: UInt32, to writer: inout WireWriter) {
    writer.writeFixed32(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: UInt32, to writer: inout WireWriter) {
    writer.writeLittleEndian(value)
  }

  /// The value of some bytes.
  @inlinable
  public static func value(at pointer: UnsafeRawPointer) -> UInt32 {
    UInt32(littleEndian: pointer.loadUnaligned(as: UInt32.self))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
    left > right
  }
}

/// `sfixed32`.
@frozen public enum SFixed32Codec: FixedWidthCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .fixed32 }

  /// What an absent value means.
  @inlinable public static var defaultValue: Int32 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Int32,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readSFixed32()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Int32, field number: UInt32, to writer: inout WireWriter) {
    writer.writeSFixed32(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Int32, to writer: inout WireWriter) {
    writer.writeLittleEndian(UInt32(bitPattern: value))
  }

  /// The value of some bytes.
  @inlinable
  public static func value(at pointer: UnsafeRawPointer) -> Int32 {
    Int32(bitPattern: UInt32(littleEndian: pointer.loadUnaligned(as: UInt32.self)))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: Int32, _ right: Int32) -> Bool {
    UInt32(bitPattern: left) > UInt32(bitPattern: right)
  }
}

/// `float`.
@frozen public enum FloatCodec: FixedWidthCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .fixed32 }

  /// What an absent value means.
  @inlinable public static var defaultValue: Float { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Float,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readFloat()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Float, field number: UInt32, to writer: inout WireWriter) {
    writer.writeFloat(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Float, to writer: inout WireWriter) {
    writer.writeLittleEndian(value.bitPattern)
  }

  /// The value of some bytes.
  @inlinable
  public static func value(at pointer: UnsafeRawPointer) -> Float {
    Float(bitPattern: UInt32(littleEndian: pointer.loadUnaligned(as: UInt32.self)))
  }
}

/// `fixed64`.
@frozen public enum Fixed64Codec: FixedWidthCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .fixed64 }

  /// What an absent value means.
  @inlinable public static var defaultValue: UInt64 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout UInt64,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readFixed64()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: UInt64, field number: UInt32, to writer: inout WireWriter) {
    writer.writeFixed64(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: UInt64, to writer: inout WireWriter) {
    writer.writeLittleEndian(value)
  }

  /// The value of some bytes.
  @inlinable
  public static func value(at pointer: UnsafeRawPointer) -> UInt64 {
    UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: UInt64, _ right: UInt64) -> Bool {
    left > right
  }
}

/// `sfixed64`.
@frozen public enum SFixed64Codec: FixedWidthCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .fixed64 }

  /// What an absent value means.
  @inlinable public static var defaultValue: Int64 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Int64,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readSFixed64()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Int64, field number: UInt32, to writer: inout WireWriter) {
    writer.writeSFixed64(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Int64, to writer: inout WireWriter) {
    writer.writeLittleEndian(UInt64(bitPattern: value))
  }

  /// The value of some bytes.
  @inlinable
  public static func value(at pointer: UnsafeRawPointer) -> Int64 {
    Int64(bitPattern: UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self)))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: Int64, _ right: Int64) -> Bool {
    UInt64(bitPattern: left) > UInt64(bitPattern: right)
  }
}

/// `double`.
@frozen public enum DoubleCodec: FixedWidthCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .fixed64 }

  /// What an absent value means.
  @inlinable public static var defaultValue: Double { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Double,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readDouble()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Double, field number: UInt32, to writer: inout WireWriter) {
    writer.writeDouble(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Double, to writer: inout WireWriter) {
    writer.writeLittleEndian(value.bitPattern)
  }

  /// The value of some bytes.
  @inlinable
  public static func value(at pointer: UnsafeRawPointer) -> Double {
    Double(bitPattern: UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self)))
  }
}
