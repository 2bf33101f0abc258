extension Parser {
  /// The number of `uninterpreted_option` in every options message.
  private static let uninterpretedOption: Int32 = 999

  // `option name = value;`
  mutating func parseOptionStatement<O: OptionsMessage>(
    into options: inout O,
    path: [Int32]
  ) throws(Failure) {
    let outer = open(path)
    defer { close(outer) }
    try parseOption(into: &options, path: path, isStatement: true)
  }

  // `[name = value, …]`
  mutating func parseOptionList<O: OptionsMessage>(
    into options: inout O,
    path: [Int32]
  ) throws(Failure) {
    let location = open(path)
    defer { close(location) }
    try consume("[")
    repeat {
      try parseOption(into: &options, path: path, isStatement: false)
    } while tryConsume(",")
    try consume("]")
  }

  /// The options of a field, among which `default` and `json_name` are no options at all.
  mutating func parseFieldOptions(
    into field: inout FieldDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    guard isLooking(at: "[") else { return }
    let optionsPath = path + [Path.fieldOptions]
    let location = open(optionsPath)
    defer { close(location) }
    try consume("[")
    repeat {
      if isLooking(at: "default") {
        try parseDefault(into: &field, path: path)
      } else if isLooking(at: "json_name") {
        try parseJSONName(into: &field, path: path)
      } else {
        var options = field.options ?? FieldOptions()
        defer { field.options = options }
        try parseOption(into: &options, path: optionsPath, isStatement: false)
      }
    } while tryConsume(",")
    try consume("]")
  }

  private mutating func parseOption<O: OptionsMessage>(
    into options: inout O,
    path: [Int32],
    isStatement: Bool
  ) throws(Failure) {
    let optionPath = path + [Self.uninterpretedOption, Int32(options.uninterpreted.count)]
    let location = open(optionPath)
    defer { close(location) }
    if isStatement { try consume("option") }
    var option = UninterpretedOption(
      path: optionPath,
      namePosition: current.position,
      valuePosition: current.position
    )
    let nameMark = open(optionPath + [2])
    repeat {
      option.name.append(
        try parseOptionNamePart(path: optionPath + [2, Int32(option.name.count)])
      )
    } while tryConsume(".")
    close(nameMark)
    try consume("=")
    option.valuePosition = current.position
    let valueMark = open(optionPath)
    option.value = try parseOptionValue(valueMark)
    close(valueMark)
    options.uninterpreted.append(option)
    if isStatement { try consumeEnd(";", of: location) }
  }

  private mutating func parseOptionNamePart(
    path: [Int32]
  ) throws(Failure) -> UninterpretedOption.NamePart {
    let location = open(path)
    defer { close(location) }
    guard tryConsume("(") else {
      let mark = open(path + [1])
      defer { close(mark) }
      return UninterpretedOption.NamePart(
        name: try consumeIdentifier("Expected identifier."),
        isExtension: false
      )
    }
    let mark = open(path + [1])
    var name = ""
    if current.kind == .identifier { name = try consumeIdentifier("Expected identifier.") }
    while tryConsume(".") { name += "." + (try consumeIdentifier("Expected identifier.")) }
    close(mark)
    try consume(")")
    return UninterpretedOption.NamePart(name: name, isExtension: true)
  }

  private mutating func parseOptionValue(
    _ mark: Mark
  ) throws(Failure) -> UninterpretedOption.Value {
    let isNegative = tryConsume("-")
    switch current.kind {
    case .identifier:
      extendPath(of: mark, by: 3)
      if isNegative { throw fail("Invalid '-' symbol before identifier.") }
      return .identifier(try consumeIdentifier("Expected identifier."))
    case .integer:
      extendPath(of: mark, by: isNegative ? 5 : 4)
      let value = try consumeInteger("Expected integer.", maximum: isNegative ? 1 << 63 : .max)
      return isNegative ? .negative(Int64(bitPattern: 0 &- value)) : .positive(value)
    case .float:
      extendPath(of: mark, by: 6)
      let value = try consumeNumber("Expected number.")
      return .double(isNegative ? -value : value)
    case .string:
      extendPath(of: mark, by: 7)
      if isNegative { throw fail("Invalid '-' symbol before string.") }
      return .string(try consumeString("Expected string."))
    case .symbol:
      guard isLooking(at: "{") else { throw fail("Expected option value.") }
      extendPath(of: mark, by: 8)
      if isNegative { throw fail("Invalid '-' symbol before inline aggregate.") }
      return .aggregate(try parseAggregate())
    case .end: throw fail("Unexpected end of stream while parsing option value.")
    }
  }

  /// The tokens within `{ … }`; the linker reads them when it knows the option's type.
  private mutating func parseAggregate() throws(Failure) -> [Token] {
    try consume("{")
    let first = index
    var open = 1
    while !isAtEnd {
      if isLooking(at: "{") { open += 1 }
      if isLooking(at: "}") { open -= 1 }
      advance()
      if open == 0 { return Array(tokens[first..<index - 1]) }
    }
    throw fail("Unexpected end of stream while parsing aggregate value.")
  }

  private mutating func parseJSONName(
    into field: inout FieldDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    if !field.jsonName.isEmpty {
      report("Already set option \"json_name\".", at: current.position)
    }
    let location = open(path + [Path.jsonName])
    defer { close(location) }
    try consume("json_name")
    try consume("=")
    let valueMark = open(path + [Path.jsonName])
    defer { close(valueMark) }
    field.jsonName = try consumeText("Expected string for JSON name.")
    field.hasCustomJSONName = true
  }

  private mutating func parseDefault(
    into field: inout FieldDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    if field.defaultValue != nil {
      report("Already set option \"default\".", at: current.position)
    }
    try consume("default")
    try consume("=")
    let location = open(path + [Path.defaultValue])
    defer { close(location) }
    field.defaultValue = ""
    field.defaultValue = try parseDefaultValue(of: field.type)
  }

  private mutating func parseDefaultValue(
    of type: FieldDescriptorProto.FieldType?
  ) throws(Failure) -> String {
    switch type {
    case nil:  // A message or an enum: the linker will know.
      advance()
      return previous.text
    case .int32, .sint32, .sfixed32: return try parseDefaultInteger(UInt64(Int32.max))
    case .int64, .sint64, .sfixed64: return try parseDefaultInteger(UInt64(Int64.max))
    case .uint32, .fixed32, .uint64, .fixed64:
      if tryConsume("-") {
        report("Unsigned field can't have negative default value.", at: current.position)
      }
      let maximum = type == .uint32 || type == .fixed32 ? UInt64(UInt32.max) : .max
      return String(
        try consumeInteger("Expected integer for field default value.", maximum: maximum)
      )
    case .float, .double:
      let sign = tryConsume("-") ? -1.0 : 1.0
      let value = sign * (try consumeNumber("Expected number."))
      return type == .float ? NumberFormat.float(value) : NumberFormat.double(value)
    case .bool:
      if tryConsume("true") { return "true" }
      if tryConsume("false") { return "false" }
      throw fail("Expected \"true\" or \"false\".")
    case .string: return try consumeText("Expected string for field default value.")
    case .bytes: return NumberFormat.escaped(try consumeString("Expected string."))
    case .enum:
      return try consumeIdentifier("Expected enum identifier for field default value.")
    case .message, .group: throw fail("Messages can't have default values.")
    }
  }

  private mutating func parseDefaultInteger(_ maximum: UInt64) throws(Failure) -> String {
    let isNegative = tryConsume("-")
    let value = try consumeInteger(
      "Expected integer for field default value.",
      maximum: maximum + (isNegative ? 1 : 0)
    )
    return (isNegative ? "-" : "") + String(value)
  }
}
