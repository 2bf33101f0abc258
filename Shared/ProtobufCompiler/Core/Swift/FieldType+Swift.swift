/// What the runtime calls each field type.
extension FieldDescriptorProto.FieldType {
  /// The part of the names `readInt32`, `writeInt32` and `Int32Codec` that tells the type.
  var codecStem: String {
    switch self {
    case .double: "Double"
    case .float: "Float"
    case .int64: "Int64"
    case .uint64: "UInt64"
    case .int32: "Int32"
    case .fixed64: "Fixed64"
    case .fixed32: "Fixed32"
    case .bool: "Bool"
    case .string: "String"
    case .bytes: "Bytes"
    case .uint32: "UInt32"
    case .enum: "Enum"
    case .sfixed32: "SFixed32"
    case .sfixed64: "SFixed64"
    case .sint32: "SInt32"
    case .sint64: "SInt64"
    case .message, .group: "Message"
    }
  }

  /// The Swift type of a scalar; nil for messages, enums and bytes.
  var swiftScalar: String? {
    switch self {
    case .double: "Double"
    case .float: "Float"
    case .int64, .sfixed64, .sint64: "Int64"
    case .uint64, .fixed64: "UInt64"
    case .int32, .sfixed32, .sint32: "Int32"
    case .uint32, .fixed32: "UInt32"
    case .bool: "Bool"
    case .string: "String"
    case .bytes, .enum, .message, .group: nil
    }
  }

  /// The wire type of one value.
  var wireType: UInt32 {
    switch self {
    case .double, .fixed64, .sfixed64: 1
    case .float, .fixed32, .sfixed32: 5
    case .string, .bytes, .message: 2
    case .group: 3
    case .int64, .uint64, .int32, .bool, .uint32, .enum, .sint32, .sint64: 0
    }
  }
}
