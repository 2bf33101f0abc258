/// How a field's value is laid out; the low three bits of its tag.
@frozen public enum WireType: UInt8, Sendable, Hashable {
  /// One to ten bytes, seven bits each, least significant first: all integers, `bool`, enums.
  case varint = 0
  /// Eight bytes, little endian: `fixed64`, `sfixed64`, `double`.
  case fixed64 = 1
  /// A varint length and as many bytes: `string`, `bytes`, messages, packed lists, map entries.
  case lengthDelimited = 2
  /// Begins a group (proto2 only).
  case startGroup = 3
  /// Ends a group (proto2 only).
  case endGroup = 4
  /// Four bytes, little endian: `fixed32`, `sfixed32`, `float`.
  case fixed32 = 5
}

/// A field number and a wire type in one number, as they stand in front of each field.
@frozen public struct WireTag: Hashable, Sendable {
  /// `number << 3 | type`.
  public let rawValue: UInt32

  /// Wraps a tag as read.
  @inlinable public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The tag of field `number`.
  @inlinable public init(_ number: UInt32, _ type: WireType) {
    rawValue = number << 3 | UInt32(type.rawValue)
  }

  /// The field number, 1…2²⁹−1.
  @inlinable public var number: UInt32 { rawValue >> 3 }

  /// The layout of the value; nil for the two types that do not exist.
  @inlinable public var type: WireType? { WireType(rawValue: UInt8(rawValue & 7)) }
}

/// Maps signed numbers to unsigned ones so that small magnitudes stay short: 0, −1, 1, −2 … become 0, 1, 2, 3 ….
@frozen public enum ZigZag {
  /// The wire form of a `sint32`.
  @inlinable public static func encode(_ value: Int32) -> UInt32 {
    UInt32(bitPattern: (value << 1) ^ (value >> 31))
  }

  /// The wire form of a `sint64`.
  @inlinable public static func encode(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: (value << 1) ^ (value >> 63))
  }

  /// The value of a `sint32`'s wire form.
  @inlinable public static func decode(_ bits: UInt32) -> Int32 {
    Int32(bitPattern: bits >> 1) ^ -Int32(bitPattern: bits & 1)
  }

  /// The value of a `sint64`'s wire form.
  @inlinable public static func decode(_ bits: UInt64) -> Int64 {
    Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
  }
}
