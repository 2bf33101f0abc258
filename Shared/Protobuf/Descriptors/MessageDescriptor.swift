/// Names, numbers and types of a message's fields.
public struct MessageDescriptor: Sendable {
  /// The file that declares the message.
  public let file: FileDescriptor
  let node: MessageNode

  /// The full name, such as `helloworld.HelloRequest`.
  public var fullName: String { node.fullName }

  /// The fields in the order of declaration.
  public var fields: [FieldDescriptor] { node.fields }

  /// Whether this describes the entries of a map field: `key` is field 1, `value` field 2.
  public var isMapEntry: Bool { node.isMapEntry }

  /// The field with this number.
  public func field(_ number: Int32) -> FieldDescriptor? {
    node.fields.first { $0.number == number }
  }

  /// The field with this name, as the `.proto` spells it.
  public func field(named name: String) -> FieldDescriptor? {
    node.fields.first { $0.name == name }
  }

  /// The message that `field` of this message holds; nil for other fields.
  public func message(of field: FieldDescriptor) -> MessageDescriptor? {
    guard field.type == .message || field.type == .group else { return nil }
    return file.message(named: field.typeName)
  }

  /// The enum that `field` of this message holds; nil for other fields.
  public func enumeration(of field: FieldDescriptor) -> EnumDescriptor? {
    field.type == .enum ? file.enumeration(named: field.typeName) : nil
  }
}

/// A field of a message.
public struct FieldDescriptor: Sendable, Hashable {
  /// The type of a field's values, numbered as in descriptor.proto.
  public enum FieldType: Int32, Sendable, Hashable {
    /// The types in the order of their numbers.
    case double = 1
    case float, int64, uint64, int32, fixed64, fixed32, bool, string, group, message, bytes
    case uint32, `enum`, sfixed32, sfixed64, sint32, sint64
  }

  /// How often a field occurs, numbered as in descriptor.proto.
  public enum Label: Int32, Sendable, Hashable {
    /// At most once.
    case optional = 1
    /// Exactly once (proto2).
    case required
    /// Any number of times, maps included.
    case repeated
  }

  /// The name, as the `.proto` spells it.
  public internal(set) var name = ""
  /// The number on the wire.
  public internal(set) var number: Int32 = 0
  /// The type of the values.
  public internal(set) var type = FieldType.bytes
  /// How often the field occurs.
  public internal(set) var label = Label.optional
  /// The full name of the message or enum, "" for other types.
  public internal(set) var typeName = ""
  /// The index of the oneof the field belongs to.
  public internal(set) var oneofIndex: Int32?

  /// The layout of one value.
  public var wireType: WireType {
    switch type {
    case .double, .fixed64, .sfixed64: .fixed64
    case .float, .fixed32, .sfixed32: .fixed32
    case .string, .bytes, .message: .lengthDelimited
    case .group: .startGroup
    case .int64, .uint64, .int32, .bool, .uint32, .enum, .sint32, .sint64: .varint
    }
  }
}

/// The values of an enum.
public struct EnumDescriptor: Sendable {
  /// The full name, such as `chat.Mood`.
  public internal(set) var fullName = ""
  /// Names and numbers in the order of declaration.
  public internal(set) var values: [(name: String, number: Int32)] = []

  /// The first name of a number, as the `.proto` spells it.
  public func name(of number: Int32) -> String? {
    values.first { $0.number == number }?.name
  }
}

/// A message without its file.
struct MessageNode: Sendable {
  var fullName = ""
  var fields: [FieldDescriptor] = []
  var isMapEntry = false
}
