extension Parser {
  // Reads `message Name { … }`.
  mutating func parseMessage(into message: inout DescriptorProto, path: [Int32]) throws(Failure) {
    let location = open(path)
    defer { close(location) }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.nestingLimit else {
      throw fail("Reached maximum recursion limit for nested messages.")
    }
    try consume("message")
    let nameMark = open(path + [Path.name])
    message.name = try consumeIdentifier("Expected message name.")
    close(nameMark)
    try parseMessageBlock(into: &message, path: path, location: location)
    if file.syntax == "proto3" { addSyntheticOneofs(to: &message) }
  }

  /// `{ … }` of a message or a group.
  mutating func parseMessageBlock(
    into message: inout DescriptorProto,
    path: [Int32],
    location: Mark
  ) throws(Failure) {
    try consumeEnd("{", of: location)
    while !tryConsumeEnd("}", of: nil) {
      if isAtEnd { throw fail("Reached end of input in message definition (missing '}').") }
      do { try parseMessageStatement(into: &message, path: path) } catch { skipStatement() }
    }
    closeOpenRanges(of: &message)
  }

  private mutating func parseMessageStatement(
    into message: inout DescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    if tryConsumeEnd(";", of: nil) { return }
    switch current.text {
    case "message", "enum": try parseNestedType(into: &message, path: path)
    case "export", "local":
      guard file.edition >= 1001, isVisibilityModifier else { fallthrough }
      let visibility: Int32 = tryConsume("local") ? 1 : 2
      if visibility == 2 { advance() }
      try parseNestedType(into: &message, path: path, visibility: visibility)
    case "extensions": try parseExtensionRanges(into: &message, path: path)
    case "reserved": try parseReserved(into: &message, path: path)
    case "extend":
      let extensions = try parseExtend(
        path: path + [Path.nestedExtension],
        nestedTypes: path + [Path.nestedMessage],
        first: message.extensions.count,
        firstNested: message.nestedMessages.count
      )
      message.extensions += extensions.fields
      message.nestedMessages += extensions.messages
    case "option":
      var options = message.options ?? MessageOptions()
      defer { message.options = options }
      try parseOptionStatement(into: &options, path: path + [Path.messageOptions])
    case "oneof": try parseOneof(into: &message, path: path)
    default:
      var field = FieldDescriptorProto()
      var types: [DescriptorProto] = []
      defer {
        message.fields.append(field)
        message.nestedMessages += types
      }
      try parseField(
        into: &field,
        types: &types,
        path: path + [Path.field, Int32(message.fields.count)],
        nestedType: path + [Path.nestedMessage, Int32(message.nestedMessages.count)]
      )
    }
  }

  private var isVisibilityModifier: Bool {
    let next = tokens[min(index + 1, tokens.count - 1)].text
    return next == "message" || next == "enum"
  }

  private mutating func parseNestedType(
    into message: inout DescriptorProto,
    path: [Int32],
    visibility: Int32 = 0
  ) throws(Failure) {
    if isLooking(at: "message") {
      var nested = DescriptorProto()
      nested.visibility = visibility
      defer { message.nestedMessages.append(nested) }
      let slot = Int32(message.nestedMessages.count)
      try parseMessage(into: &nested, path: path + [Path.nestedMessage, slot])
    } else {
      var nested = EnumDescriptorProto()
      nested.visibility = visibility
      defer { message.enums.append(nested) }
      try parseEnum(into: &nested, path: path + [Path.nestedEnum, Int32(message.enums.count)])
    }
  }

  private mutating func parseOneof(
    into message: inout DescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    let slot = message.oneofs.count
    let oneofPath = path + [Path.oneof, Int32(slot)]
    let location = open(oneofPath)
    defer { close(location) }
    try consume("oneof")
    message.oneofs.append(OneofDescriptorProto())
    let nameMark = open(oneofPath + [Path.name])
    message.oneofs[slot].name = try consumeIdentifier("Expected oneof name.")
    close(nameMark)
    try consumeEnd("{", of: location)
    repeat {
      if isAtEnd { throw fail("Reached end of input in oneof definition (missing '}').") }
      if isLooking(at: "option") {
        var options = message.oneofs[slot].options ?? OneofOptions()
        defer { message.oneofs[slot].options = options }
        try parseOptionStatement(into: &options, path: oneofPath + [Path.oneofOptions])
      } else {
        parseOneofField(into: &message, oneof: slot, path: path)
      }
    } while !tryConsumeEnd("}", of: nil)
  }

  private mutating func parseOneofField(
    into message: inout DescriptorProto,
    oneof: Int,
    path: [Int32]
  ) {
    if isLooking(at: "required") || isLooking(at: "optional") || isLooking(at: "repeated") {
      report(
        "Fields in oneofs must not have labels (required / optional / repeated).",
        at: current.position
      )
      advance()
    }
    var field = FieldDescriptorProto()
    var types: [DescriptorProto] = []
    field.oneofIndex = Int32(oneof)
    let fieldPath = path + [Path.field, Int32(message.fields.count)]
    let location = open(fieldPath)
    do {
      try parseFieldWithoutLabel(
        into: &field,
        types: &types,
        path: fieldPath,
        location: location,
        hasLabel: true,
        nestedType: path + [Path.nestedMessage, Int32(message.nestedMessages.count)]
      )
    } catch {
      skipStatement()
    }
    close(location)
    message.fields.append(field)
    message.nestedMessages += types
  }

  /// `extend Message { … }`; new fields get indices from `first` on.
  mutating func parseExtend(
    path: [Int32],
    nestedTypes: [Int32],
    first: Int,
    firstNested: Int? = nil
  ) throws(Failure) -> (fields: [FieldDescriptorProto], messages: [DescriptorProto]) {
    let location = open(path)
    defer { close(location) }
    try consume("extend")
    let begin = current
    let extendee = try parseMessageName()
    let finish = previous
    try consumeEnd("{", of: location)
    var fields: [FieldDescriptorProto] = []
    var messages: [DescriptorProto] = []
    repeat {
      if isAtEnd { throw fail("Reached end of input in extend definition (missing '}').") }
      var field = FieldDescriptorProto()
      field.extendee = extendee
      let fieldPath = path + [Int32(first + fields.count)]
      let nested = Int32((firstNested ?? file.messages.count) + messages.count)
      do {
        try parseField(
          into: &field,
          types: &messages,
          path: fieldPath,
          nestedType: nestedTypes + [nested],
          extendee: (begin, finish)
        )
      } catch {
        skipStatement()
      }
      fields.append(field)
    } while !tryConsumeEnd("}", of: nil)
    return (fields, messages)
  }

  /// Every proto3 `optional` field gets a oneof of its own, behind those the file declares.
  func addSyntheticOneofs(to message: inout DescriptorProto) {
    guard message.fields.contains(where: { $0.proto3Optional }) else { return }
    var names = Set(message.fields.map(\.name))
    for oneof in message.oneofs { names.insert(oneof.name) }
    for index in message.fields.indices where message.fields[index].proto3Optional {
      var name = message.fields[index].name
      if !name.hasPrefix("_") { name = "_" + name }
      while names.contains(name) { name = "X" + name }
      names.insert(name)
      message.fields[index].oneofIndex = Int32(message.oneofs.count)
      var oneof = OneofDescriptorProto()
      oneof.name = name
      message.oneofs.append(oneof)
    }
  }
}
