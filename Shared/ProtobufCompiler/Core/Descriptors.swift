/// One compiled `.proto` file, as descriptor.proto's `FileDescriptorProto` describes it.
///
/// The structs of this file mirror descriptor.proto by hand: a compiler that needed generated code
/// to describe a file could not compile its first file. After linking every type name is fully
/// qualified (`.package.Message`), and every option is interpreted.
public struct FileDescriptorProto: Sendable, Equatable {
  /// The path by which other files import this one.
  public var name = ""
  /// The package, "" when the file names none.
  public var package = ""
  /// Imported files, in the order of the import statements.
  public var dependencies: [String] = []
  /// Indices in `dependencies` of `import public`.
  public var publicDependencies: [Int32] = []
  /// Indices in `dependencies` of `import weak`.
  public var weakDependencies: [Int32] = []
  /// The names of `import option` (edition 2024), which only options may use.
  public var optionDependencies: [String] = []
  /// Top-level messages.
  public var messages: [DescriptorProto] = []
  /// Top-level enums.
  public var enums: [EnumDescriptorProto] = []
  /// Services.
  public var services: [ServiceDescriptorProto] = []
  /// Top-level extensions.
  public var extensions: [FieldDescriptorProto] = []
  /// `option …;` statements at the top level.
  public var options: FileOptions?
  /// Positions and comments of every declaration.
  public var sourceCodeInfo = SourceCodeInfo()
  /// "" means proto2, else "proto3" or "editions", as protoc writes it.
  public var syntax = ""
  /// The edition (1000 = 2023, 1001 = 2024) when `syntax` is "editions", else 0.
  public var edition: Int32 = 0
  /// What the edition, or the syntax, and `option features` add up to.
  ///
  /// Not serialized.
  public var features = FeatureSet.proto2

  /// An empty proto2 file.
  public init() {}
}

/// A message type.
public struct DescriptorProto: Sendable, Equatable {
  /// The simple name.
  public var name = ""
  /// Fields in the order of declaration, map and group fields among them.
  public var fields: [FieldDescriptorProto] = []
  /// Extensions declared inside this message (of any message).
  public var extensions: [FieldDescriptorProto] = []
  /// Nested messages; entries of map fields are among them (`options?.mapEntry == true`).
  public var nestedMessages: [DescriptorProto] = []
  /// Nested enums.
  public var enums: [EnumDescriptorProto] = []
  /// Numbers open to extensions.
  public var extensionRanges: [ExtensionRange] = []
  /// Oneofs; those made for proto3 `optional` come last.
  public var oneofs: [OneofDescriptorProto] = []
  /// Options of the message.
  public var options: MessageOptions?
  /// Reserved numbers, end exclusive.
  public var reservedRanges: [ReservedRange] = []
  /// Reserved names.
  public var reservedNames: [String] = []
  /// 0 unset, 1 local, 2 export (edition 2024).
  public var visibility: Int32 = 0
  /// Features in force inside this message.
  ///
  /// Not serialized.
  public var features = FeatureSet.proto2

  /// An empty message.
  public init() {}

  /// Whether this is the entry type of a map field.
  public var isMapEntry: Bool { options?.mapEntry ?? false }
}

/// A range of field numbers that extensions may use, end exclusive.
public struct ExtensionRange: Sendable, Equatable {
  /// First number.
  public var start: Int32 = 0
  /// One past the last number.
  public var end: Int32 = 0
  /// Options of the range.
  public var options: ExtensionRangeOptions?

  /// A range, end exclusive.
  public init(start: Int32 = 0, end: Int32 = 0, options: ExtensionRangeOptions? = nil) {
    self.start = start
    self.end = end
    self.options = options
  }
}

/// Reserved numbers: of a message with the end excluded, of an enum with the end included.
public struct ReservedRange: Sendable, Equatable {
  /// First number.
  public var start: Int32
  /// One past the last number in a message, the last one in an enum.
  public var end: Int32

  /// A range.
  public init(start: Int32, end: Int32) {
    self.start = start
    self.end = end
  }
}

/// A field or an extension.
public struct FieldDescriptorProto: Sendable, Equatable {
  /// The type of a field; raw values are descriptor.proto's.
  public enum FieldType: Int32, Sendable {
    /// The values of descriptor.proto's `FieldDescriptorProto.Type`.
    case double = 1
    case float, int64, uint64, int32, fixed64, fixed32, bool, string, group, message, bytes
    case uint32, `enum`, sfixed32, sfixed64, sint32, sint64
  }
  /// How often a field occurs; raw values are descriptor.proto's.
  public enum Label: Int32, Sendable {
    /// The values of descriptor.proto's `FieldDescriptorProto.Label`.
    case optional = 1
    case required, repeated
  }

  /// The name as written in the `.proto` file.
  public var name = ""
  /// The field number.
  public var number: Int32 = 0
  /// How often the field occurs.
  public var label = Label.optional
  /// The type; nil only before linking, when a name may mean a message or an enum.
  public var type: FieldType?
  /// `.package.Type` for messages, groups and enums, else "".
  public var typeName = ""
  /// `.package.Message` for extensions, else "".
  public var extendee = ""
  /// The explicit default as text: numbers in decimal, bytes C-escaped, enums by name.
  public var defaultValue: String?
  /// Index in the message's `oneofs`.
  public var oneofIndex: Int32?
  /// The JSON name: explicit, or lowerCamelCase of the name.
  public var jsonName = ""
  /// Whether the file itself sets `json_name`.
  ///
  /// Not serialized.
  public var hasCustomJSONName = false
  /// Options of the field.
  public var options: FieldOptions?
  /// Whether the field is proto3 `optional` (and so in a synthetic oneof).
  public var proto3Optional = false
  /// Features in force for this field.
  ///
  /// Not serialized.
  public var features = FeatureSet.proto2

  /// An empty field.
  public init() {}

  /// Whether the field is repeated (maps included).
  public var isRepeated: Bool { label == .repeated }

  /// Whether values of this type may be packed.
  public var isPackable: Bool {
    guard isRepeated, let type else { return false }
    return type != .string && type != .bytes && type != .message && type != .group
  }

  /// Whether this field is written packed.
  public var isPacked: Bool {
    isPackable && (options?.packed ?? (features.repeatedFieldEncoding == .packed))
  }

  /// Whether an absent field can be told from one with the default value.
  public var hasPresence: Bool {
    if isRepeated { return false }
    if type == .message || type == .group || oneofIndex != nil || !extendee.isEmpty { return true }
    return features.fieldPresence != .implicit
  }
}

/// A oneof.
public struct OneofDescriptorProto: Sendable, Equatable {
  /// The name; synthetic ones begin with `_` (or `X_`).
  public var name = ""
  /// Options of the oneof.
  public var options: OneofOptions?

  /// An empty oneof.
  public init() {}
}

/// An enum type.
public struct EnumDescriptorProto: Sendable, Equatable {
  /// The simple name.
  public var name = ""
  /// Values in the order of declaration.
  public var values: [EnumValueDescriptorProto] = []
  /// Options of the enum.
  public var options: EnumOptions?
  /// Reserved numbers, end inclusive.
  public var reservedRanges: [ReservedRange] = []
  /// Reserved names.
  public var reservedNames: [String] = []
  /// 0 unset, 1 local, 2 export (edition 2024).
  public var visibility: Int32 = 0
  /// Features in force for this enum (`enumType` says open or closed).
  ///
  /// Not serialized.
  public var features = FeatureSet.proto2

  /// An empty enum.
  public init() {}
}

/// A value of an enum.
public struct EnumValueDescriptorProto: Sendable, Equatable {
  /// The name.
  public var name = ""
  /// The number.
  public var number: Int32 = 0
  /// Options of the value.
  public var options: EnumValueOptions?

  /// An empty value.
  public init() {}
}

/// A service.
public struct ServiceDescriptorProto: Sendable, Equatable {
  /// The simple name.
  public var name = ""
  /// Methods in the order of declaration.
  public var methods: [MethodDescriptorProto] = []
  /// Options of the service.
  public var options: ServiceOptions?

  /// An empty service.
  public init() {}
}

/// A method of a service.
public struct MethodDescriptorProto: Sendable, Equatable {
  /// The name.
  public var name = ""
  /// `.package.Message` of the request.
  public var inputType = ""
  /// `.package.Message` of the response.
  public var outputType = ""
  /// Options of the method.
  public var options: MethodOptions?
  /// Whether the client sends a stream.
  public var clientStreaming = false
  /// Whether the server sends a stream.
  public var serverStreaming = false

  /// An empty method.
  public init() {}
}
