extension Parser {
  private static let scalarTypes: [String: FieldDescriptorProto.FieldType] = [
    "double": .double, "float": .float, "int64": .int64, "uint64": .uint64, "int32": .int32,
    "fixed64": .fixed64, "fixed32": .fixed32, "bool": .bool, "string": .string, "group": .group,
    "bytes": .bytes, "uint32": .uint32, "sfixed32": .sfixed32, "sfixed64": .sfixed64,
    "sint32": .sint32, "sint64": .sint64,
  ]

  /// A type as written: a scalar, or the name of a message or enum.
  private struct TypeName {
    var type: FieldDescriptorProto.FieldType?
    var name = ""
  }

  /// A field with its label; group bodies and map entries are added to `types`.
  mutating func parseField(
    into field: inout FieldDescriptorProto,
    types: inout [DescriptorProto],
    path: [Int32],
    nestedType: [Int32],
    extendee: (begin: Token, end: Token)? = nil
  ) throws(Failure) {
    let location = open(path)
    defer { close(location) }
    if let extendee {
      let mark = open(path + [Path.extendee])
      start(mark, at: extendee.begin)
      end(mark, at: extendee.end)
    }
    let hasLabel = try parseLabel(into: &field, path: path)
    try parseFieldWithoutLabel(
      into: &field,
      types: &types,
      path: path,
      location: location,
      hasLabel: hasLabel,
      nestedType: nestedType
    )
  }

  private mutating func parseLabel(
    into field: inout FieldDescriptorProto,
    path: [Int32]
  ) throws(Failure) -> Bool {
    let label: FieldDescriptorProto.Label
    switch current.text {
    case "optional": label = .optional
    case "required": label = .required
    case "repeated": label = .repeated
    default: return false
    }
    if isEditions, label == .optional {
      report(
        "Label \"optional\" is not supported in editions. By default, all singular fields have "
          + "presence unless features.field_presence is set.",
        at: current.position
      )
    } else if isEditions, label == .required {
      report(
        "Label \"required\" is not supported in editions, use features.field_presence = "
          + "LEGACY_REQUIRED.",
        at: current.position
      )
    }
    let mark = open(path + [Path.label])
    advance()
    close(mark)
    field.label = label
    if label == .optional, file.syntax == "proto3" { field.proto3Optional = true }
    return true
  }

  /// A field from its type on.
  mutating func parseFieldWithoutLabel(
    into field: inout FieldDescriptorProto,
    types: inout [DescriptorProto],
    path: [Int32],
    location: Mark,
    hasLabel: Bool,
    nestedType: [Int32]
  ) throws(Failure) {
    let map = try parseFieldType(into: &field, path: path, hasLabel: hasLabel)
    let nameToken = current
    let nameMark = open(path + [Path.name])
    field.name = try consumeIdentifier("Expected field name.")
    close(nameMark)
    try consume("=", orReport: "Missing field number.")
    let numberMark = open(path + [Path.fieldNumber])
    field.number = try consumeInt32("Expected field number.")
    close(numberMark)
    try parseFieldOptions(into: &field, path: path)
    if field.type == .group {
      try parseGroup(
        into: &field,
        types: &types,
        path: path,
        location: location,
        nestedType: nestedType,
        nameToken: nameToken
      )
    } else {
      try consumeEnd(";", of: location)
    }
    if let map { types.append(mapEntry(of: &field, key: map.key, value: map.value)) }
  }

  private mutating func parseFieldType(
    into field: inout FieldDescriptorProto,
    path: [Int32],
    hasLabel: Bool
  ) throws(Failure) -> (key: TypeName, value: TypeName)? {
    let location = open(path)
    defer { close(location) }
    if isLooking(at: "map"), tokens[min(index + 1, tokens.count - 1)].text == "<" {
      advance()
      return try parseMapType(into: &field, location: location, hasLabel: hasLabel)
    }
    if !hasLabel, file.syntax.isEmpty {
      report("Expected \"required\", \"optional\", or \"repeated\".", at: current.position)
    }
    let type = try parseTypeName()
    if type.type == .group, isEditions {
      report(
        "Group syntax is no longer supported in editions. To get group behavior you can specify "
          + "features.message_encoding = DELIMITED on a message field.",
        at: previous.position
      )
    }
    field.type = type.type
    field.typeName = type.name
    extendPath(of: location, by: type.type == nil ? Path.typeName : Path.type)
    return nil
  }

  private mutating func parseMapType(
    into field: inout FieldDescriptorProto,
    location: Mark,
    hasLabel: Bool
  ) throws(Failure) -> (key: TypeName, value: TypeName) {
    if field.oneofIndex != nil { throw fail("Map fields are not allowed in oneofs.") }
    if hasLabel {
      throw fail("Field labels (required/optional/repeated) are not allowed on map fields.")
    }
    if !field.extendee.isEmpty { throw fail("Map fields are not allowed to be extensions.") }
    field.label = .repeated
    try consume("<")
    let key = try parseTypeName()
    try consume(",")
    let value = try parseTypeName()
    if key.type == .group || value.type == .group {
      report("Groups are not allowed in maps.", at: previous.position)
    }
    try consume(">")
    extendPath(of: location, by: Path.typeName)
    return (key, value)
  }

  private mutating func parseTypeName() throws(Failure) -> TypeName {
    if let type = Self.scalarTypes[current.text] {
      advance()
      return TypeName(type: type)
    }
    return TypeName(name: try parseMessageName())
  }

  /// A possibly qualified name of a message or enum; scalars are refused.
  mutating func parseMessageName() throws(Failure) -> String {
    if Self.scalarTypes[current.text] != nil {
      report("Expected message type.", at: current.position)
      advance()
      return previous.text
    }
    var name = tryConsume(".") ? "." : ""
    name += try consumeIdentifier("Expected type name.")
    while tryConsume(".") { name += "." + (try consumeIdentifier("Expected identifier.")) }
    return name
  }

  /// The body of a group, which declares a message and a field at once.
  private mutating func parseGroup(
    into field: inout FieldDescriptorProto,
    types: inout [DescriptorProto],
    path: [Int32],
    location: Mark,
    nestedType: [Int32],
    nameToken: Token
  ) throws(Failure) {
    let groupMark = open(nestedType)
    defer { close(groupMark) }
    let fieldSpan = file.sourceCodeInfo.locations[location].span
    file.sourceCodeInfo.locations[groupMark].span = Array(fieldSpan.prefix(2))
    var group = DescriptorProto()
    group.name = field.name
    for namePath in [nestedType + [Path.name], path + [Path.typeName]] {
      let mark = open(namePath)
      start(mark, at: nameToken)
      end(mark, at: nameToken)
    }
    if let first = group.name.utf8.first, first < 0x41 || first > 0x5A {
      report("Group names must start with a capital letter.", at: nameToken.position)
    }
    field.name = field.name.lowercased()
    field.typeName = group.name
    guard isLooking(at: "{") else { throw fail("Missing group body.") }
    defer { types.append(group) }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.nestingLimit else {
      throw fail("Reached maximum recursion limit for nested messages.")
    }
    try parseMessageBlock(into: &group, path: nestedType, location: groupMark)
  }

  private func mapEntry(
    of field: inout FieldDescriptorProto,
    key: TypeName,
    value: TypeName
  ) -> DescriptorProto {
    var entry = DescriptorProto()
    entry.name = JSONName.mapEntry(field.name)
    entry.options = MessageOptions(OptionBytes([0x38, 0x01]))  // map_entry = true
    field.typeName = entry.name
    for (number, name, type) in [(Int32(1), "key", key), (Int32(2), "value", value)] {
      var part = FieldDescriptorProto()
      part.name = name
      part.jsonName = name
      part.number = number
      part.type = type.type
      part.typeName = type.name
      entry.fields.append(part)
    }
    return entry
  }
}
