/// Options of a file.
public struct FileOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.FileOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 50

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }

  /// `java_package`, nil when not set.
  public var javaPackage: String? { serialized.string(1) }

  /// `go_package`, nil when not set.
  public var goPackage: String? { serialized.string(11) }

  /// `objc_class_prefix`, nil when not set.
  public var objcClassPrefix: String? { serialized.string(36) }

  /// `csharp_namespace`, nil when not set.
  public var csharpNamespace: String? { serialized.string(37) }

  /// `swift_prefix`, nil when not set.
  public var swiftPrefix: String? { serialized.string(39) }

  /// `deprecated`, nil when not set.
  public var deprecated: Bool? { serialized.bool(23) }
}

/// Options of a message.
public struct MessageOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.MessageOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 12

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }

  /// `message_set_wire_format`, nil when not set.
  public var messageSetWireFormat: Bool? { serialized.bool(1) }

  /// `deprecated`, nil when not set.
  public var deprecated: Bool? { serialized.bool(3) }

  /// `map_entry`, nil when not set.
  public var mapEntry: Bool? { serialized.bool(7) }

  /// `deprecated_legacy_json_field_conflicts`, nil when not set.
  public var deprecatedLegacyJSONFieldConflicts: Bool? { serialized.bool(11) }
}

/// Options of a field.
public struct FieldOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.FieldOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 21

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }

  /// `packed`, nil when not set.
  public var packed: Bool? { serialized.bool(2) }

  /// `deprecated`, nil when not set.
  public var deprecated: Bool? { serialized.bool(3) }

  /// `lazy`, nil when not set.
  public var lazy: Bool? { serialized.bool(5) }

  /// `weak`, nil when not set.
  public var weak: Bool? { serialized.bool(10) }

  /// `debug_redact`, nil when not set.
  public var debugRedact: Bool? { serialized.bool(16) }
}

/// Options of a oneof.
public struct OneofOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.OneofOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 1

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }
}

/// Options of an enum.
public struct EnumOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.EnumOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 7

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }

  /// `allow_alias`, nil when not set.
  public var allowAlias: Bool? { serialized.bool(2) }

  /// `deprecated`, nil when not set.
  public var deprecated: Bool? { serialized.bool(3) }

  /// `deprecated_legacy_json_field_conflicts`, nil when not set.
  public var deprecatedLegacyJSONFieldConflicts: Bool? { serialized.bool(6) }
}

/// Options of an enum value.
public struct EnumValueOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.EnumValueOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 2

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }

  /// `deprecated`, nil when not set.
  public var deprecated: Bool? { serialized.bool(1) }

  /// `debug_redact`, nil when not set.
  public var debugRedact: Bool? { serialized.bool(3) }
}

/// Options of a service.
public struct ServiceOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.ServiceOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 34

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }

  /// `deprecated`, nil when not set.
  public var deprecated: Bool? { serialized.bool(33) }
}

/// Options of a method.
public struct MethodOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.MethodOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 35

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }

  /// `deprecated`, nil when not set.
  public var deprecated: Bool? { serialized.bool(33) }

  /// `idempotency_level`: 0 unknown, 1 no side effects, 2 idempotent.
  public var idempotencyLevel: Int { Int(truncatingIfNeeded: serialized.varint(34) ?? 0) }
}

/// Options of a range of extensions.
public struct ExtensionRangeOptions: OptionsMessage {
  /// All options, custom ones included, in wire format.
  public var serialized: OptionBytes
  /// Options still to be interpreted; empty after linking.
  public var uninterpreted: [UninterpretedOption] = []
  /// The message's name in descriptor.proto.
  public static let typeName = ".google.protobuf.ExtensionRangeOptions"
  /// The number of the `features` field.
  public static let featuresNumber: UInt64 = 50

  /// Wraps a serialized options message.
  public init(_ serialized: OptionBytes = OptionBytes()) { self.serialized = serialized }
}
