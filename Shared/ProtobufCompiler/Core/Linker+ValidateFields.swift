extension Linker {
  /// The rules for one field; `message` is nil for extensions.
  mutating func validate(
    _ field: FieldDescriptorProto,
    of message: DescriptorProto?,
    _ file: FileDescriptorProto,
    path: [Int32]
  ) {
    let typePath = path + [field.typeName.isEmpty ? Path.type : Path.typeName]
    if field.options?.packed == true, !field.isPackable {
      report(
        "[packed = true] can only be specified for repeated primitive fields.",
        at: typePath
      )
    }
    let isLazy = field.options?.lazy == true || field.options?.serialized.bool(15) == true
    if isLazy, field.type != .message {
      report("[lazy = true] can only be specified for submessage fields.", at: typePath)
    }
    validateJSType(of: field, path: typePath)
    if message?.options?.messageSetWireFormat == true {
      report("MessageSets cannot have fields, only extensions.", at: path + [Path.name])
    }
    if message == nil { validateExtension(field, file, path: path, typePath: typePath) }
    if field.type == .message, field.isRepeated { validateMap(field, typePath: typePath) }
    if file.syntax == "proto3" { validateProto3(field, path: path, typePath: typePath) }
    if file.syntax == "editions" { validateEditions(field, path: path, typePath: typePath) }
  }

  private mutating func validateJSType(of field: FieldDescriptorProto, path: [Int32]) {
    guard let value = field.options?.serialized.varint(6), value != 0 else { return }
    switch field.type {
    case .int64, .uint64, .sint64, .fixed64, .sfixed64: break
    default:
      report(
        "jstype is only allowed on int64, uint64, sint64, fixed64 or sfixed64 fields.",
        at: path
      )
    }
  }

  private mutating func validateExtension(
    _ field: FieldDescriptorProto,
    _ file: FileDescriptorProto,
    path: [Int32],
    typePath: [Int32]
  ) {
    guard let extendee = pool.message(field.extendee) else { return }
    if extendee.options?.messageSetWireFormat == true {
      if field.type != .message || field.label != .optional {
        report("Extensions of MessageSets must be optional messages.", at: typePath)
      }
    } else if field.number > FieldLimits.maximum {
      report(
        "Field numbers cannot be greater than \(FieldLimits.maximum).",
        at: path + [Path.fieldNumber]
      )
    }
    let owner = pool.symbols[String(field.extendee.dropFirst())].map { pool.files[$0.file] }
    if file.options?.serialized.varint(9) == 3, owner?.options?.serialized.varint(9) != 3 {
      report(
        "Extensions to non-lite types can only be declared in non-lite files.  Note that you "
          + "cannot extend a non-lite type to contain a lite type, but the reverse is allowed.",
        at: path + [Path.extendee]
      )
    }
  }

  /// The entry of a map: who made it, and what its key and value may be.
  private mutating func validateMap(_ field: FieldDescriptorProto, typePath: [Int32]) {
    guard let entry = pool.message(field.typeName), entry.isMapEntry, entry.fields.count == 2 else {
      return
    }
    switch entry.fields[0].type {
    case .enum: report("Key in map fields cannot be enum types.", at: typePath)
    case .float, .double, .bytes, .message, .group:
      report("Key in map fields cannot be float/double, bytes or message types.", at: typePath)
    default: break
    }
    let value = entry.fields[1]
    if value.type == .enum, pool.enumeration(value.typeName)?.values.first?.number != 0 {
      report("Enum value in map must define 0 as the first value.", at: typePath)
    }
  }

  private mutating func validateProto3(
    _ field: FieldDescriptorProto,
    path: [Int32],
    typePath: [Int32]
  ) {
    if !field.extendee.isEmpty, !Self.optionMessages.contains(field.extendee) {
      report(
        "Extensions in proto3 are only allowed for defining options.",
        at: path + [Path.extendee]
      )
    }
    if field.label == .required {
      report("Required fields are not allowed in proto3.", at: typePath)
    }
    if field.defaultValue != nil {
      report("Explicit default values are not allowed in proto3.", at: path + [Path.defaultValue])
    }
    if field.type == .group {
      report("Groups are not supported in proto3 syntax.", at: typePath)
    }
    if field.type == .enum, pool.enumeration(field.typeName)?.features.enumType == .closed,
      let symbol = pool.symbols[String(field.typeName.dropFirst())],
      pool.files[symbol.file].syntax != "proto3"
    {
      report(
        "Enum type \"\(field.typeName.dropFirst())\" is not a proto3 enum, but is used in "
          + "\"\(enclosing(path))\" which is a proto3 message type.",
        at: typePath
      )
    }
  }

  private mutating func validateEditions(
    _ field: FieldDescriptorProto,
    path: [Int32],
    typePath: [Int32]
  ) {
    if field.options?.packed != nil {
      report(
        "Field option packed is not allowed under edition syntax. Use the "
          + "repeated_field_encoding feature to control this behavior.",
        at: path + [Path.name]
      )
    }
    if field.features.fieldPresence == .implicit, field.defaultValue != nil {
      report("Implicit presence fields can't specify defaults.", at: path + [Path.name])
    }
    if field.features.fieldPresence == .implicit, !field.isRepeated, field.type == .enum,
      field.oneofIndex == nil, field.extendee.isEmpty,
      pool.enumeration(field.typeName)?.features.enumType == .closed
    {
      report("Implicit presence enum fields must always be open.", at: path + [Path.name])
    }
  }

  private func enclosing(_ path: [Int32]) -> String {
    let owner = Symbol(kind: .message, file: current, path: path.dropLast(2))
    return pool.message(at: owner)?.name ?? pool.files[current].package
  }

  private static let optionMessages: Set<String> = Set(
    [
      "FileOptions", "MessageOptions", "FieldOptions", "OneofOptions", "EnumOptions",
      "EnumValueOptions", "ServiceOptions", "MethodOptions", "ExtensionRangeOptions",
      "StreamOptions",
      "FeatureSet",
    ].flatMap { [".google.protobuf.\($0)", ".proto2.\($0)"] }
  )
}
