extension Linker {
  /// Checks what depends on options and features.
  mutating func validate(_ file: FileDescriptorProto) {
    for (index, message) in file.messages.enumerated() {
      validate(message, in: file.package, file, path: [Path.message, Int32(index)])
    }
    for (index, type) in file.enums.enumerated() {
      validate(type, file, path: [Path.fileEnum, Int32(index)])
    }
    for (index, field) in file.extensions.enumerated() {
      validate(field, of: nil, file, path: [Path.fileExtension, Int32(index)])
    }
    validateServices(file)
    validateImports(file)
  }

  private mutating func validate(
    _ message: DescriptorProto,
    in scope: String,
    _ file: FileDescriptorProto,
    path: [Int32]
  ) {
    let name = qualified(scope, message.name)
    for (index, field) in message.fields.enumerated() {
      validate(field, of: message, file, path: path + [Path.field, Int32(index)])
    }
    for (index, field) in message.extensions.enumerated() {
      validate(field, of: nil, file, path: path + [Path.nestedExtension, Int32(index)])
    }
    for (index, nested) in message.nestedMessages.enumerated() {
      validate(nested, in: name, file, path: path + [Path.nestedMessage, Int32(index)])
    }
    for (index, type) in message.enums.enumerated() {
      validate(type, file, path: path + [Path.nestedEnum, Int32(index)])
    }
    validateExtensionRanges(of: message, file, path: path)
    validateJSONNames(of: message, named: name, file, path: path)
  }

  private mutating func validateExtensionRanges(
    of message: DescriptorProto,
    _ file: FileDescriptorProto,
    path: [Int32]
  ) {
    let isMessageSet = message.options?.messageSetWireFormat ?? false
    let maximum = isMessageSet ? Int32.max : FieldLimits.maximum + 1
    for (index, range) in message.extensionRanges.enumerated() where range.end > maximum {
      report(
        "Extension numbers cannot be greater than \(maximum - 1).",
        at: path + [Path.extensionRange, Int32(index)]
      )
    }
    guard file.syntax == "proto3" else { return }
    if !message.extensionRanges.isEmpty {
      report("Extension ranges are not allowed in proto3.", at: path + [Path.extensionRange, 0])
    }
    if isMessageSet { report("MessageSet is not supported in proto3.", at: path + [Path.name]) }
  }

  private mutating func validate(
    _ type: EnumDescriptorProto,
    _ file: FileDescriptorProto,
    path: [Int32]
  ) {
    if type.features.enumType == .open, let first = type.values.first, first.number != 0 {
      report(
        file.syntax == "proto3"
          ? "The first enum value must be zero in proto3."
          : "The first enum value must be zero for open enums.",
        at: path + [Path.enumValue, 0, Path.valueNumber]
      )
    }
    if type.options?.allowAlias != true { validateAliases(of: type, path: path) }
    validateNames(of: type, file, path: path)
  }

  private mutating func validateAliases(of type: EnumDescriptorProto, path: [Int32]) {
    var names: [Int32: String] = [:]
    for (index, value) in type.values.enumerated() {
      if let other = names.updateValue(value.name, forKey: value.number) {
        names[value.number] = other
        report(
          "\"\(value.name)\" uses the same enum value as \"\(other)\". If this is intended, set "
            + "'option allow_alias = true;' to the enum definition.",
          at: path + [Path.enumValue, Int32(index), Path.valueNumber]
        )
      }
    }
  }

  /// Values that differ only in case and in the enum's name in front would be one in many languages.
  private mutating func validateNames(
    of type: EnumDescriptorProto,
    _ file: FileDescriptorProto,
    path: [Int32]
  ) {
    var seen: [String: EnumValueDescriptorProto] = [:]
    for (index, value) in type.values.enumerated() {
      let short = EnumValueName.short(value.name, in: type.name)
      guard let other = seen.updateValue(value, forKey: short) else { continue }
      seen[short] = other
      if other.name == value.name || other.number == value.number { continue }
      report(
        "Enum name \(value.name) has the same name as \(other.name) if you ignore case and strip "
          + "out the enum name prefix (if any). (If you are using allow_alias, please assign the "
          + "same numeric value to both enums.)",
        at: path + [Path.enumValue, Int32(index), Path.name],
        severity: file.syntax.isEmpty ? .warning : .error
      )
    }
  }

  /// The lite runtime knows no descriptors, which full messages need of all they contain.
  private mutating func validateImports(_ file: FileDescriptorProto) {
    guard file.options?.serialized.varint(9) != 3 else { return }
    for (index, name) in file.dependencies.enumerated()
    where pool.files.first(where: { $0.name == name })?.options?.serialized.varint(9) == 3 {
      report(
        "Files that do not use optimize_for = LITE_RUNTIME cannot import files which do use this "
          + "option.  This file is not lite, but it imports \"\(name)\" which is.",
        at: [Path.dependency, Int32(index)]
      )
    }
  }

  private mutating func validateServices(_ file: FileDescriptorProto) {
    let options = file.options?.serialized
    guard options?.varint(9) == 3, options?.bool(16) == true || options?.bool(17) == true else {
      return
    }
    for index in file.services.indices {
      report(
        "Files with optimize_for = LITE_RUNTIME cannot define services unless you set both "
          + "options cc_generic_services and java_generic_services to false.",
        at: [Path.service, Int32(index), Path.name]
      )
    }
  }
}

/// Names of enum values as languages that drop prefixes see them.
enum EnumValueName {
  /// The name in UpperCamelCase without the enum's own name in front.
  static func short(_ value: String, in type: String) -> String {
    let prefix = type.lowercased().filter { $0 != "_" }
    var rest = prefix[...]
    var name = value[...]
    while let expected = rest.first, let found = name.first {
      if found != "_" {
        guard String(found).lowercased() == String(expected) else { return camelCase(value[...]) }
        rest = rest.dropFirst()
      }
      name = name.dropFirst()
    }
    name = name.drop { $0 == "_" }
    return rest.isEmpty && !name.isEmpty ? camelCase(name) : camelCase(value[...])
  }

  private static func camelCase(_ name: Substring) -> String {
    name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
      .joined()
  }
}
