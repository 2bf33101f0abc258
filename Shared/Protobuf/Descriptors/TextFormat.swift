/// Values as protobuf's text format writes them.
enum TextFormat {
  /// Reads one value without its tag and returns its text.
  static func value(
    _ reader: inout WireReader,
    of type: FieldDescriptor.FieldType,
    enumeration: EnumDescriptor?
  ) throws(DecodingError) -> String {
    switch type {
    case .double: number(try reader.readDouble())
    case .float: number(try reader.readFloat())
    case .int64: "\(try reader.readInt64())"
    case .uint64: "\(try reader.readUInt64())"
    case .int32: "\(try reader.readInt32())"
    case .fixed64: "\(try reader.readFixed64())"
    case .fixed32: "\(try reader.readFixed32())"
    case .bool: "\(try reader.readBool())"
    case .string: quote(try reader.readString())
    case .bytes: quote(try reader.readDelimited())
    case .uint32: "\(try reader.readUInt32())"
    case .sfixed32: "\(try reader.readSFixed32())"
    case .sfixed64: "\(try reader.readSFixed64())"
    case .sint32: "\(try reader.readSInt32())"
    case .sint64: "\(try reader.readSInt64())"
    case .enum: name(try reader.readInt32(), in: enumeration)
    case .message, .group: quote(try reader.readDelimited())
    }
  }

  /// A floating-point number: the shortest form that reads back the same, integers without `.0`.
  static func number<F: BinaryFloatingPoint & CustomStringConvertible>(_ value: F) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func name(_ number: Int32, in enumeration: EnumDescriptor?) -> String {
    enumeration?.name(of: number) ?? "\(number)"
  }

  /// A string in quotes, its control characters escaped.
  static func quote(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar.value >= 0x20, scalar.value != 0x7F, scalar != "\"", scalar != "\\" {
        result.unicodeScalars.append(scalar)
      } else {
        result += escape(UInt8(truncatingIfNeeded: scalar.value))
      }
    }
    return result + "\""
  }

  /// Bytes in quotes, everything but printable ASCII escaped.
  static func quote(_ bytes: UnsafeRawBufferPointer) -> String {
    var result = "\""
    for byte in bytes {
      let isPlain =
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      result += isPlain ? String(UnicodeScalar(byte)) : escape(byte)
    }
    return result + "\""
  }

  private static func escape(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\n"): return "\\n"
    case UInt8(ascii: "\r"): return "\\r"
    case UInt8(ascii: "\t"): return "\\t"
    case UInt8(ascii: "\""): return "\\\""
    case UInt8(ascii: "\\"): return "\\\\"
    default:
      let digits = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }
  }
}
