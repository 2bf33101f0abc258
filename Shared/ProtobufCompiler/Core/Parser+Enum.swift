extension Parser {
  // Reads `enum Name { … }`.
  mutating func parseEnum(
    into type: inout EnumDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    let location = open(path)
    defer { close(location) }
    try consume("enum")
    let nameMark = open(path + [Path.name])
    type.name = try consumeIdentifier("Expected enum name.")
    close(nameMark)
    try consumeEnd("{", of: location)
    while !tryConsumeEnd("}", of: nil) {
      if isAtEnd { throw fail("Reached end of input in enum definition (missing '}').") }
      do { try parseEnumStatement(into: &type, path: path) } catch { skipStatement() }
    }
    try checkAliases(of: type)
  }

  private mutating func parseEnumStatement(
    into type: inout EnumDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    if tryConsumeEnd(";", of: nil) { return }
    switch current.text {
    case "option":
      var options = type.options ?? EnumOptions()
      defer { type.options = options }
      try parseOptionStatement(into: &options, path: path + [Path.enumOptions])
    case "reserved": try parseEnumReserved(into: &type, path: path)
    default:
      var value = EnumValueDescriptorProto()
      defer { type.values.append(value) }
      let slot = Int32(type.values.count)
      try parseEnumValue(into: &value, path: path + [Path.enumValue, slot])
    }
  }

  private mutating func parseEnumValue(
    into value: inout EnumValueDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    let location = open(path)
    defer { close(location) }
    let nameMark = open(path + [Path.name])
    value.name = try consumeIdentifier("Expected enum constant name.")
    close(nameMark)
    try consume("=", orReport: "Missing numeric value for enum constant.")
    let numberMark = open(path + [Path.valueNumber])
    value.number = try consumeSignedInt32("Expected integer.")
    close(numberMark)
    if isLooking(at: "[") {
      var options = EnumValueOptions()
      defer { value.options = options }
      try parseOptionList(into: &options, path: path + [Path.valueOptions])
    }
    try consumeEnd(";", of: location)
  }

  /// `allow_alias` must be there for a reason.
  private mutating func checkAliases(of type: EnumDescriptorProto) throws(Failure) {
    guard let option = type.options?.uninterpreted.first(where: { $0.isNamed("allow_alias") })
    else { return }
    guard option.value == .identifier("true") else {
      throw fail(
        "\"\(type.name)\" declares 'option allow_alias = false;' which has no effect. "
          + "Please remove the declaration."
      )
    }
    guard Set(type.values.map(\.number)).count < type.values.count else {
      throw fail(
        "\"\(type.name)\" declares support for enum aliases but no enum values share field "
          + "numbers. Please remove the unnecessary 'option allow_alias = true;' declaration."
      )
    }
  }
}
