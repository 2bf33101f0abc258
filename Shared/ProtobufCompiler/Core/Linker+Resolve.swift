extension Linker {
  /// Replaces the names that the file uses by what they mean, and derives what follows from that.
  mutating func resolve(_ file: inout FileDescriptorProto) {
    for index in file.messages.indices {
      resolve(
        &file.messages[index],
        in: file.package,
        syntax: file.syntax,
        path: [Path.message, Int32(index)]
      )
    }
    for index in file.extensions.indices {
      resolveExtension(
        &file.extensions[index],
        in: file.package,
        path: [Path.fileExtension, Int32(index)]
      )
    }
    for index in file.services.indices { resolveService(&file, index) }
    for (index, type) in file.enums.enumerated() {
      checkNumbers(of: type, path: [Path.fileEnum, Int32(index)])
    }
  }

  private mutating func resolve(
    _ message: inout DescriptorProto,
    in scope: String,
    syntax: String,
    path: [Int32]
  ) {
    let name = qualified(scope, message.name)
    for index in message.fields.indices {
      resolveField(&message.fields[index], in: name, path: path + [Path.field, Int32(index)])
    }
    for index in message.extensions.indices {
      let path = path + [Path.nestedExtension, Int32(index)]
      resolveExtension(&message.extensions[index], in: name, path: path)
    }
    for index in message.nestedMessages.indices {
      let path = path + [Path.nestedMessage, Int32(index)]
      resolve(&message.nestedMessages[index], in: name, syntax: syntax, path: path)
    }
    for (index, type) in message.enums.enumerated() {
      checkNumbers(of: type, path: path + [Path.nestedEnum, Int32(index)])
    }
    checkNumbers(of: message, named: name, path: path)
    checkOneofs(of: message, path: path)
  }

  private mutating func resolveService(_ file: inout FileDescriptorProto, _ index: Int) {
    let path = [Path.service, Int32(index), Path.method]
    let scope = qualified(file.package, file.services[index].name)
    for slot in file.services[index].methods.indices {
      let path = path + [Int32(slot)]
      var method = file.services[index].methods[slot]
      method.inputType =
        resolveMessage(method.inputType, in: scope, path: path + [Path.inputType]) ?? ""
      method.outputType =
        resolveMessage(method.outputType, in: scope, path: path + [Path.outputType]) ?? ""
      file.services[index].methods[slot] = method
    }
  }

  private mutating func resolveExtension(
    _ field: inout FieldDescriptorProto,
    in scope: String,
    path: [Int32]
  ) {
    let written = field.extendee
    resolveField(&field, in: scope, path: path)
    guard let extendee = resolveMessage(written, in: scope, path: path + [Path.extendee]) else {
      return
    }
    field.extendee = extendee
    let ranges = pool.message(extendee)?.extensionRanges ?? []
    if !ranges.contains(where: { $0.start <= field.number && field.number < $0.end }) {
      report(
        "\"\(extendee.dropFirst())\" does not declare \(field.number) as an extension number.",
        at: path + [Path.fieldNumber]
      )
    }
    if field.label == .required {
      report(
        "The extension \(qualified(scope, field.name)) cannot be required.",
        at: path + [Path.type]
      )
    }
    if field.hasCustomJSONName {
      report(
        "option json_name is not allowed on extension fields.",
        at: path + [Path.jsonName]
      )
    }
    if let other = extensionNumbers[extendee]?[field.number] {
      report(
        "Extension number \(field.number) has already been used in "
          + "\"\(extendee.dropFirst())\" by extension \"\(other.name)\" defined in "
          + "\(pool.files[other.file].name).",
        at: path + [Path.fieldNumber],
        severity: other.file == current ? .error : .warning
      )
    } else {
      extensionNumbers[extendee, default: [:]][field.number] =
        (qualified(scope, field.name), current)
    }
  }

  private mutating func resolveField(
    _ field: inout FieldDescriptorProto,
    in scope: String,
    path: [Int32]
  ) {
    if !field.hasCustomJSONName { field.jsonName = JSONName.field(field.name) }
    checkNumber(of: field, path: path)
    if field.label == .repeated, field.defaultValue != nil {
      report("Repeated fields can't have default values.", at: path + [Path.defaultValue])
    }
    guard !field.typeName.isEmpty else { return }
    let typePath = path + [Path.typeName]
    guard
      let (symbol, name) = lookUp(field.typeName, in: scope, typesOnly: true, path: typePath)
    else { return }
    switch symbol.kind {
    case .message:
      if field.type == nil { field.type = .message }
      if field.defaultValue != nil {
        report("Messages can't have default values.", at: path + [Path.defaultValue])
      }
    case .enum:
      field.type = .enum
      checkDefault(of: field, enumName: name, path: path)
    default: report("\"\(field.typeName)\" is not a type.", at: typePath)
    }
    field.typeName = ".\(name)"
  }

  private mutating func checkDefault(
    of field: FieldDescriptorProto,
    enumName: String,
    path: [Int32]
  ) {
    guard let value = field.defaultValue, let type = pool.enumeration("." + enumName) else {
      return
    }
    if !value.utf8.allSatisfy({ CharacterClass.isLetter($0) || CharacterClass.isDigit($0) }) {
      report(
        "Default value for an enum field must be an identifier.",
        at: path + [Path.defaultValue]
      )
    } else if !type.values.contains(where: { $0.name == value }) {
      report(
        "Enum type \"\(enumName)\" has no value named \"\(value)\".",
        at: path + [Path.defaultValue]
      )
    }
  }

  private mutating func resolveMessage(
    _ name: String,
    in scope: String,
    path: [Int32]
  ) -> String? {
    guard let (symbol, fullName) = lookUp(name, in: scope, typesOnly: false, path: path) else {
      return nil
    }
    guard symbol.kind == .message else {
      report("\"\(name)\" is not a message type.", at: path)
      return nil
    }
    return ".\(fullName)"
  }

  /// Looks a name up; reports if there is none.
  private mutating func lookUp(
    _ name: String,
    in scope: String,
    typesOnly: Bool,
    path: [Int32]
  ) -> (Symbol, String)? {
    switch pool.find(name, from: scope, visible: visible, typesOnly: typesOnly) {
    case .found(let symbol, let fullName):
      used.insert(symbol.file)
      return (symbol, fullName)
    case .notImported(let file):
      report(
        "\"\(name)\" seems to be defined in \"\(pool.files[file].name)\", which is not imported by "
          + "\"\(pool.files[current].name)\".  To use it here, please add the necessary import.",
        at: path
      )
    case .notFound(let resolved?):
      report(
        "\"\(name)\" is resolved to \"\(resolved)\", which is not defined. The innermost scope is "
          + "searched first in name resolution. Consider using a leading '.'(i.e., \".\(name)\") "
          + "to start from the outermost scope.",
        at: path
      )
    case .notFound(nil):
      report("\"\(name)\" is not defined.", at: path)
    }
    return nil
  }
}
