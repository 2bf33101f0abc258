/// The numbers of descriptor.proto's fields, of which the paths of source locations consist.
enum Path {
  static let package: Int32 = 2
  static let dependency: Int32 = 3
  static let message: Int32 = 4
  static let fileEnum: Int32 = 5
  static let service: Int32 = 6
  static let fileExtension: Int32 = 7
  static let fileOptions: Int32 = 8
  static let publicDependency: Int32 = 10
  static let weakDependency: Int32 = 11
  static let syntax: Int32 = 12
  static let optionDependency: Int32 = 15

  static let name: Int32 = 1
  static let field: Int32 = 2
  static let nestedMessage: Int32 = 3
  static let nestedEnum: Int32 = 4
  static let extensionRange: Int32 = 5
  static let nestedExtension: Int32 = 6
  static let messageOptions: Int32 = 7
  static let oneof: Int32 = 8
  static let reservedRange: Int32 = 9
  static let reservedName: Int32 = 10

  static let extendee: Int32 = 2
  static let fieldNumber: Int32 = 3
  static let label: Int32 = 4
  static let type: Int32 = 5
  static let typeName: Int32 = 6
  static let defaultValue: Int32 = 7
  static let fieldOptions: Int32 = 8
  static let jsonName: Int32 = 10

  static let rangeStart: Int32 = 1
  static let rangeEnd: Int32 = 2
  static let rangeOptions: Int32 = 3
  static let oneofOptions: Int32 = 2

  static let enumValue: Int32 = 2
  static let valueNumber: Int32 = 2
  static let enumOptions: Int32 = 3
  static let valueOptions: Int32 = 3
  static let enumReservedRange: Int32 = 4
  static let enumReservedName: Int32 = 5

  static let method: Int32 = 2
  static let serviceOptions: Int32 = 3
  static let inputType: Int32 = 2
  static let outputType: Int32 = 3
  static let methodOptions: Int32 = 4
  static let clientStreaming: Int32 = 5
  static let serverStreaming: Int32 = 6
  static let visibility: Int32 = 11
  static let enumVisibility: Int32 = 6
}

extension Parser {
  /// Reads the whole file.
  mutating func parseFile() {
    beginComments()
    let root = open([])
    defer { close(root) }
    if isLooking(at: "syntax") || isLooking(at: "edition") {
      do { try parseSyntax() } catch { return }
    }
    while !isAtEnd {
      do {
        try parseTopLevelStatement()
      } catch {
        skipStatement()
        if isLooking(at: "}") {
          report("Unmatched \"}\".", at: current.position)
          _ = tryConsumeEnd("}", of: nil)
        }
      }
    }
  }

  private mutating func parseSyntax() throws(Failure) {
    let isEdition = isLooking(at: "edition")
    let location = open([Path.syntax])  // also for an edition, as protoc has it
    defer { close(location) }
    advance()
    try consume("=")
    let token = current
    let value = try consumeText(
      isEdition ? "Expected edition." : "Expected syntax identifier."
    )
    try consumeEnd(";", of: location)
    switch (isEdition, value) {
    case (false, "proto2"): break
    case (false, "proto3"):
      file.syntax = value
      file.features = .proto3
    case (true, "2023"), (true, "2024"):
      file.syntax = "editions"
      file.edition = value == "2023" ? 1000 : 1001
      file.features = .edition2023
    default:
      report(
        isEdition
          ? "Unknown edition \"\(value)\".  This parser knows \"2023\" and \"2024\"."
          : "Unrecognized syntax identifier \"\(value)\".  "
            + "This parser only recognizes \"proto2\" and \"proto3\".",
        at: token.position
      )
      throw Failure()
    }
  }

  private mutating func parseTopLevelStatement() throws(Failure) {
    if tryConsumeEnd(";", of: nil) { return }
    switch current.text {
    case "message", "enum": try parseType(in: nil)
    case "export", "local": try parseVisibleType(in: nil)
    case "service": try parseService()
    case "extend":
      let extensions = try parseExtend(
        path: [Path.fileExtension],
        nestedTypes: [Path.message],
        first: file.extensions.count
      )
      file.extensions += extensions.fields
      file.messages += extensions.messages
    case "import": try parseImport()
    case "package": try parsePackage()
    case "option":
      var options = file.options ?? FileOptions()
      defer { file.options = options }
      try parseOptionStatement(into: &options, path: [Path.fileOptions])
    default: throw fail("Expected top-level statement (e.g. \"message\").")
    }
  }

  private mutating func parseVisibleType(in path: [Int32]?) throws(Failure) {
    guard file.edition >= 1001, tokens[min(index + 1, tokens.count - 1)].kind == .identifier else {
      throw fail("Expected top-level statement (e.g. \"message\").")
    }
    let visibility: Int32 = isLooking(at: "local") ? 1 : 2
    advance()
    guard isLooking(at: "message") || isLooking(at: "enum") else {
      throw fail(
        "\"local\" and \"export\" visibility modifiers are valid only on message and enum."
      )
    }
    try parseType(in: path, visibility: visibility)
  }

  private mutating func parseType(in path: [Int32]?, visibility: Int32 = 0) throws(Failure) {
    if isLooking(at: "enum") {
      let path = [Path.fileEnum, Int32(file.enums.count)]
      file.enums.append(EnumDescriptorProto())
      let slot = file.enums.count - 1
      var type = EnumDescriptorProto()
      type.visibility = visibility
      defer { file.enums[slot] = type }
      try parseEnum(into: &type, path: path)
    } else {
      let path = [Path.message, Int32(file.messages.count)]
      file.messages.append(DescriptorProto())
      let slot = file.messages.count - 1
      var type = DescriptorProto()
      type.visibility = visibility
      defer { file.messages[slot] = type }
      try parseMessage(into: &type, path: path)
    }
  }

  private mutating func parsePackage() throws(Failure) {
    if !file.package.isEmpty {
      report("Multiple package definitions.", at: current.position)
      file.package = ""
    }
    let location = open([Path.package])
    defer { close(location) }
    try consume("package")
    repeat {
      if !file.package.isEmpty { file.package += "." }
      file.package += try consumeIdentifier("Expected identifier.")
    } while tryConsume(".")
    try consumeEnd(";", of: location)
  }

  private mutating func parseImport() throws(Failure) {
    let isOption =
      file.edition >= 1001 && tokens[min(index + 1, tokens.count - 1)].text == "option"
    let location = open(
      isOption
        ? [Path.optionDependency, Int32(file.optionDependencies.count)]
        : [Path.dependency, Int32(file.dependencies.count)]
    )
    defer { close(location) }
    try consume("import")
    let slot = Int32(file.dependencies.count)
    if isOption {
      advance()
    } else if isLooking(at: "public") {
      let mark = open([Path.publicDependency, Int32(file.publicDependencies.count)])
      advance()
      close(mark)
      file.publicDependencies.append(slot)
    } else if isLooking(at: "weak") {
      let mark = open([Path.weakDependency, Int32(file.weakDependencies.count)])
      advance()
      close(mark)
      file.weakDependencies.append(slot)
    }
    let name = try consumeText("Expected a string naming the file to import.")
    if isOption { file.optionDependencies.append(name) } else { file.dependencies.append(name) }
    try consumeEnd(";", of: location)
  }
}
