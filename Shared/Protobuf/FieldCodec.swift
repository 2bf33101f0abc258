/// How the values of one field type are read and written, for lists and maps; the type parameters of
/// `WireReader.readRepeated`, `WireReader.readMap` and their writing counterparts.
public protocol FieldCodec {
  /// The Swift type of the values.
  associatedtype Value: Sendable, Hashable
  /// The layout of a value.
  static var wireType: WireType { get }
  /// What an absent value means, in a map entry.
  static var defaultValue: Value { get }
  /// Reads a value behind its tag; messages merge into what is there.
  static func read(into value: inout Value, from reader: inout WireReader) throws(DecodingError)
  /// Writes value and tag.
  static func write(_ value: Value, field number: UInt32, to writer: inout WireWriter)
}

/// A codec whose lists are written packed: one tag and one length for all values.
public protocol PackableCodec: FieldCodec {
  /// Writes a value without a tag.
  static func writeBare(_ value: Value, to writer: inout WireWriter)
}

/// A codec whose values lie on the wire as they lie in memory, so that packed lists are copied whole.
public protocol FixedWidthCodec: PackableCodec {
  /// The value of some bytes.
  static func value(at pointer: UnsafeRawPointer) -> Value
}

/// A codec whose values may be keys of maps; entries are written in the order of their keys.
///
/// The format leaves the order open. Ours is the deterministic one of upb, the library below Python, Ruby and PHP:
/// numbers as unsigned bits, the largest first; strings by their bytes, the longer of two that begin alike first.
public protocol MapKeyCodec: FieldCodec {
  /// Whether `left` is written before `right`.
  static func precedes(_ left: Value, _ right: Value) -> Bool
}
