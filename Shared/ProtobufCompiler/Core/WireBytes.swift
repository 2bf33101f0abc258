/// Appends fields in wire format, front to back; for options and descriptors, which are small.
struct WireBytes: Sendable {
  private(set) var bytes: [UInt8] = []

  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func append(_ number: Int32, varint value: UInt64) {
    appendTag(number, 0)
    appendVarint(value)
  }

  mutating func append(_ number: Int32, int32 value: Int32) {
    append(number, varint: UInt64(bitPattern: Int64(value)))
  }

  mutating func append(_ number: Int32, bool value: Bool) { append(number, varint: value ? 1 : 0) }

  mutating func append(_ number: Int32, string value: String) {
    append(number, bytes: Array(value.utf8))
  }

  mutating func append(_ number: Int32, bytes value: [UInt8]) {
    appendTag(number, 2)
    appendVarint(UInt64(value.count))
    bytes += value
  }

  mutating func append(_ number: Int32, group value: [UInt8]) {
    appendTag(number, 3)
    bytes += value
    appendTag(number, 4)
  }

  mutating func append(_ number: Int32, packed values: [Int32]) {
    var content = WireBytes()
    for value in values { content.appendVarint(UInt64(bitPattern: Int64(value))) }
    append(number, bytes: content.bytes)
  }

  mutating func append(_ number: Int32, fixed64 value: UInt64) {
    appendTag(number, 1)
    appendLittleEndian(value, count: 8)
  }

  mutating func append(_ number: Int32, fixed32 value: UInt32) {
    appendTag(number, 5)
    appendLittleEndian(UInt64(value), count: 4)
  }

  mutating func appendLittleEndian(_ value: UInt64, count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
  }

  private mutating func appendTag(_ number: Int32, _ wireType: UInt64) {
    appendVarint(UInt64(UInt32(bitPattern: number)) << 3 | wireType)
  }
}

/// A scalar value of an option, ready to be written.
enum OptionScalar {
  case varint(UInt64)
  case fixed32(UInt32)
  case fixed64(UInt64)
  case bytes([UInt8])

  /// An integer in the encoding of its type; the value is known to fit.
  static func integer(_ value: Int64, _ type: FieldDescriptorProto.FieldType) -> OptionScalar {
    switch type {
    case .sint32, .sint64: .varint(UInt64(bitPattern: value << 1 ^ value >> 63))
    case .sfixed32, .fixed32: .fixed32(UInt32(truncatingIfNeeded: value))
    case .sfixed64, .fixed64: .fixed64(UInt64(bitPattern: value))
    default: .varint(UInt64(bitPattern: value))
    }
  }

  static func real(_ value: Double, _ type: FieldDescriptorProto.FieldType) -> OptionScalar {
    type == .float ? .fixed32(Float(value).bitPattern) : .fixed64(value.bitPattern)
  }

  func write(_ number: Int32, to output: inout WireBytes) {
    switch self {
    case .varint(let value): output.append(number, varint: value)
    case .fixed32(let value): output.append(number, fixed32: value)
    case .fixed64(let value): output.append(number, fixed64: value)
    case .bytes(let value): output.append(number, bytes: value)
    }
  }

  /// Writes the value without a tag, as an element of a packed field.
  func writePacked(to output: inout WireBytes) {
    switch self {
    case .varint(let value): output.appendVarint(value)
    case .fixed32(let value): output.appendLittleEndian(UInt64(value), count: 4)
    case .fixed64(let value): output.appendLittleEndian(value, count: 8)
    case .bytes: break
    }
  }
}

extension FieldDescriptorProto.FieldType {
  /// Signed 32, signed 64, unsigned 32 and unsigned 64 bits; nil for what is no integer.
  var integerRange: (minimum: Int64, maximum: UInt64, name: String)? {
    switch self {
    case .int32, .sint32, .sfixed32: (Int64(Int32.min), UInt64(Int32.max), "int32")
    case .int64, .sint64, .sfixed64: (Int64.min, UInt64(Int64.max), "int64")
    case .uint32, .fixed32: (0, UInt64(UInt32.max), "uint32")
    case .uint64, .fixed64: (0, UInt64.max, "uint64")
    default: nil
    }
  }
}
