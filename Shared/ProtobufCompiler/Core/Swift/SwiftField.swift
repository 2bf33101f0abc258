/// A field as a Swift property, or as a case of a oneof's enum: its type, its default, and the statements that read and
/// write it.
struct SwiftField {
  /// What kind of property it is.
  enum Shape: Equatable {
    /// Not optional; the default is not written.
    case implicit
    /// Optional.
    case explicit
    /// An array.
    case list
    /// A dictionary, with the codecs of its keys and values.
    case map(key: String, value: String)
    /// A case of the enum in this property.
    case oneofCase(property: String, type: String)
  }

  let proto: FieldDescriptorProto
  /// Its place in the message.
  let index: Int
  /// The name without backticks.
  let name: String
  let shape: Shape
  /// The type of one value.
  let valueType: String
  /// The type of the property.
  let type: String
  /// Whether the property needs a box, or the case `indirect`.
  let isRecursive: Bool
  /// The name to use inside methods that have a parameter or variable of that name.
  var member: String { Self.inMethods(name) }

  private static func inMethods(_ name: String) -> String {
    locals.contains(name) ? "self.\(name)" : Identifiers.escaped(name)
  }

  private static let locals: Set<String> = ["reader", "writer", "tag", "value"]
  private let codecType: String
  private let defaultCase: String

  init(
    _ proto: FieldDescriptorProto,
    index: Int,
    name: String,
    oneof: (property: String, type: String)?,
    names: SwiftNames,
    isRecursive: Bool
  ) {
    self.proto = proto
    self.index = index
    self.name = name
    valueType = Self.valueType(of: proto, names)
    codecType = Self.codec(of: proto, names)
    defaultCase = names.types[proto.typeName]?.enumeration.map(Self.firstCase) ?? ""
    let entry = names.types[proto.typeName]?.message
    if proto.isRepeated, let entry, entry.isMapEntry, entry.fields.count == 2 {
      shape = .map(
        key: Self.codec(of: entry.fields[0], names),
        value: Self.codec(of: entry.fields[1], names)
      )
      let key = Self.valueType(of: entry.fields[0], names)
      type = "[\(key): \(Self.valueType(of: entry.fields[1], names))]"
    } else if proto.isRepeated {
      shape = .list
      type = "[\(valueType)]"
    } else if let oneof {
      shape = .oneofCase(property: oneof.property, type: oneof.type)
      type = valueType
    } else if proto.hasPresence {
      shape = .explicit
      type = "\(valueType)?"
    } else {
      shape = .implicit
      type = valueType
    }
    let isMessage = shape == .explicit && proto.type == .message
    if case .oneofCase = shape {
      self.isRecursive = isRecursive
    } else {
      self.isRecursive = isRecursive && isMessage
    }
  }

  /// What the property holds in a new message.
  var defaultValue: String {
    switch shape {
    case .list: return "[]"
    case .map: return "[:]"
    case .explicit, .oneofCase: return "nil"
    case .implicit: break
    }
    switch proto.type {
    case .bool: return "false"
    case .string: return "\"\""
    case .bytes: return "[]"
    case .enum: return ".\(Identifiers.escaped(defaultCase))"
    default: return "0"
    }
  }

  private static func firstCase(_ enumeration: EnumDescriptorProto) -> String {
    Identifiers.cases(enumeration.values, of: enumeration.name).first ?? "unrecognized"
  }

  private static func valueType(of field: FieldDescriptorProto, _ names: SwiftNames) -> String {
    if let scalar = field.type?.swiftScalar { return names.swift(scalar) }
    if field.type == .bytes { return "[\(names.swift("UInt8"))]" }
    return names.reference(to: field.typeName)
  }

  private static func codec(of field: FieldDescriptorProto, _ names: SwiftNames) -> String {
    let codec = names.runtime((field.type?.codecStem ?? "") + "Codec")
    guard field.type == .enum || field.type == .message else { return codec }
    return "\(codec)<\(names.reference(to: field.typeName))>"
  }
}

/// Reading and writing.
extension SwiftField {
  private var number: UInt32 { UInt32(bitPattern: proto.number) }
  private var stem: String { proto.type?.codecStem ?? "" }
  private var tag: UInt32 { number << 3 | (proto.type?.wireType ?? 0) }

  /// The tags under which the field may come; numbers in lists come packed or one by one.
  var tags: String {
    proto.isPackable ? "\(tag), \(number << 3 | 2)" : "\(tag)"
  }

  /// The statements of the field's `case` in the decoding loop.
  var readStatements: [String] {
    switch shape {
    case .map(let key, let value):
      return ["try reader.readMap(into: &\(member), \(key).self, \(value).self)"]
    case .list where proto.isPackable:
      return ["try reader.readRepeated(tag, into: &\(member), as: \(codecType).self)"]
    case .list: return ["try reader.read\(stem)(into: &\(member))"]
    case .oneofCase(let name, let type) where proto.type == .message:
      let property = Self.inMethods(name)
      // A message that comes twice is merged, also inside a oneof.
      return [
        "var value: \(valueType)? = nil",
        "if case .\(Identifiers.escaped(self.name))(let old) = \(property) { value = old }",
        "try reader.readMessage(into: &value)",
        "\(property) = value.map(\(type).\(Identifiers.escaped(self.name)))",
      ]
    case .oneofCase(let property, _):
      return [
        "\(Self.inMethods(property)) = .\(Identifiers.escaped(name))(try reader.read\(stem)())"
      ]
    case .explicit where proto.type == .message:
      return ["try reader.readMessage(into: &\(member))"]
    case .explicit where proto.type == .enum:
      return ["\(member) = try reader.readEnum() as \(valueType)"]
    case .explicit, .implicit: return ["\(member) = try reader.read\(stem)()"]
    }
  }

  /// The statement that writes the field if it is set.
  var writeStatement: String {
    switch shape {
    case .map(let key, let value):
      return "writer.writeMap(\(member), \(key).self, \(value).self, field: \(number))"
    case .list where proto.isPacked:
      return "writer.writePacked(\(member), as: \(codecType).self, field: \(number))"
    case .list where proto.type == .message:
      return "writer.writeMessages(\(member), field: \(number))"
    case .list:
      return "writer.writeRepeated(\(member), as: \(codecType).self, field: \(number))"
    case .oneofCase(let property, _):
      return "if case .\(Identifiers.escaped(name))(let value) = \(Self.inMethods(property)) "
        + "{ writer.write\(stem)(value, field: \(number)) }"
    case .explicit:
      return "if let value = \(member) { writer.write\(stem)(value, field: \(number)) }"
    case .implicit:
      return "if \(isSet) { writer.write\(stem)(\(member), field: \(number)) }"
    }
  }

  private var isSet: String {
    switch proto.type {
    case .bool: member
    case .string, .bytes: "!\(member).isEmpty"
    case .enum: "\(member).rawValue != 0"
    // Negative zero is not the default, though it equals it.
    case .float, .double: "\(member).bitPattern != 0"
    default: "\(member) != 0"
    }
  }
}
