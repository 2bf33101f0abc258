// The codecs of the integer types and of `bool`: varints, packed in lists.

/// `int32`.
@frozen public enum Int32Codec: PackableCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: Int32 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Int32,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readInt32()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Int32, field number: UInt32, to writer: inout WireWriter) {
    writer.writeInt32(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Int32, to writer: inout WireWriter) {
    writer.writeVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: Int32, _ right: Int32) -> Bool {
    UInt32(bitPattern: left) > UInt32(bitPattern: right)
  }
}

/// `int64`.
@frozen public enum Int64Codec: PackableCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: Int64 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Int64,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readInt64()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Int64, field number: UInt32, to writer: inout WireWriter) {
    writer.writeInt64(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Int64, to writer: inout WireWriter) {
    writer.writeVarint(UInt64(bitPattern: value))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: Int64, _ right: Int64) -> Bool {
    UInt64(bitPattern: left) > UInt64(bitPattern: right)
  }
}

/// `uint32`.
@frozen public enum UInt32Codec: PackableCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: UInt32 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout UInt32,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readUInt32()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: UInt32, field number: UInt32, to writer: inout WireWriter) {
    writer.writeUInt32(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: UInt32, to writer: inout WireWriter) {
    writer.writeVarint(UInt64(value))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
    left > right
  }
}

/// `uint64`.
@frozen public enum UInt64Codec: PackableCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: UInt64 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout UInt64,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readUInt64()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: UInt64, field number: UInt32, to writer: inout WireWriter) {
    writer.writeUInt64(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: UInt64, to writer: inout WireWriter) {
    writer.writeVarint(value)
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: UInt64, _ right: UInt64) -> Bool {
    left > right
  }
}

/// `sint32`.
@frozen public enum SInt32Codec: PackableCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: Int32 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Int32,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readSInt32()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Int32, field number: UInt32, to writer: inout WireWriter) {
    writer.writeSInt32(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Int32, to writer: inout WireWriter) {
    writer.writeVarint(UInt64(ZigZag.encode(value)))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: Int32, _ right: Int32) -> Bool {
    UInt32(bitPattern: left) > UInt32(bitPattern: right)
  }
}

/// `sint64`.
@frozen public enum SInt64Codec: PackableCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: Int64 { 0 }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Int64,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readSInt64()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Int64, field number: UInt32, to writer: inout WireWriter) {
    writer.writeSInt64(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Int64, to writer: inout WireWriter) {
    writer.writeVarint(ZigZag.encode(value))
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: Int64, _ right: Int64) -> Bool {
    UInt64(bitPattern: left) > UInt64(bitPattern: right)
  }
}

/// `bool`.
@frozen public enum BoolCodec: PackableCodec, MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: Bool { false }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Bool,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readBool()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Bool, field number: UInt32, to writer: inout WireWriter) {
    writer.writeBool(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Bool, to writer: inout WireWriter) {
    writer.writeVarint(value ? 1 : 0)
  }

  /// Whether `left` is written before `right`.
  @inlinable
  public static func precedes(_ left: Bool, _ right: Bool) -> Bool {
    left && !right
  }
}
