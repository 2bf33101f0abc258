/// `string`.
@frozen public enum StringCodec: MapKeyCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .lengthDelimited }

  /// What an absent value means.
  @inlinable public static var defaultValue: String { "" }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout String,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readString()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: String, field number: UInt32, to writer: inout WireWriter) {
    writer.writeString(value, field: number)
  }

  /// Whether `left` is written before `right`: in the order of their bytes, but the longer of two that begin alike first.
  @inlinable
  public static func precedes(_ left: String, _ right: String) -> Bool {
    var rest = right.utf8.makeIterator()
    for byte in left.utf8 {
      guard let other = rest.next() else { return true }
      if byte != other { return byte < other }
    }
    return false
  }
}

/// `bytes`.
@frozen public enum BytesCodec: FieldCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .lengthDelimited }

  /// What an absent value means.
  @inlinable public static var defaultValue: [UInt8] { [] }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout [UInt8],
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readBytes()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: [UInt8], field number: UInt32, to writer: inout WireWriter) {
    writer.writeBytes(value, field: number)
  }
}

/// A generated enum.
@frozen public enum EnumCodec<Value: ProtobufEnum>: PackableCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .varint }

  /// What an absent value means.
  @inlinable public static var defaultValue: Value { Value() }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Value,
    from reader: inout WireReader
  ) throws(DecodingError) {
    value = try reader.readEnum()
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Value, field number: UInt32, to writer: inout WireWriter) {
    writer.writeEnum(value, field: number)
  }

  /// Writes a value without a tag.
  @inlinable
  public static func writeBare(_ value: Value, to writer: inout WireWriter) {
    writer.writeVarint(UInt64(bitPattern: Int64(value.rawValue)))
  }
}

/// A message, as the value of a map.
@frozen public enum MessageCodec<Value: Message>: FieldCodec {
  /// The layout of a value.
  @inlinable public static var wireType: WireType { .lengthDelimited }

  /// What an absent value means.
  @inlinable public static var defaultValue: Value { Value() }

  /// Reads a value behind its tag.
  @inlinable
  public static func read(
    into value: inout Value,
    from reader: inout WireReader
  ) throws(DecodingError) {
    try reader.mergeMessage(into: &value)
  }

  /// Writes value and tag.
  @inlinable
  public static func write(_ value: Value, field number: UInt32, to writer: inout WireWriter) {
    writer.writeMessage(value, field: number)
  }
}
