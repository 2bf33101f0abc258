extension Linker {
  /// Interprets every option of the file.
  ///
  /// Names are looked up as seen from the declaration.
  mutating func interpretOptions(of file: inout FileDescriptorProto) {
    interpret(&file.options, element: qualified(file.package, "dummy"))
    for index in file.messages.indices { interpretOptions(of: &file.messages[index], file.package) }
    for index in file.enums.indices { interpretOptions(of: &file.enums[index], file.package) }
    for index in file.extensions.indices {
      let name = qualified(file.package, file.extensions[index].name)
      interpret(&file.extensions[index].options, element: name)
    }
    for index in file.services.indices {
      let name = qualified(file.package, file.services[index].name)
      interpret(&file.services[index].options, element: name)
      for slot in file.services[index].methods.indices {
        let method = "\(name).\(file.services[index].methods[slot].name)"
        interpret(&file.services[index].methods[slot].options, element: method)
      }
    }
  }

  private mutating func interpretOptions(of message: inout DescriptorProto, _ scope: String) {
    let name = qualified(scope, message.name)
    interpret(&message.options, element: name)
    for index in message.oneofs.indices where message.oneofs[index].options != nil {
      interpret(&message.oneofs[index].options, element: "\(name).\(message.oneofs[index].name)")
    }
    for index in message.fields.indices where message.fields[index].options != nil {
      interpret(&message.fields[index].options, element: "\(name).\(message.fields[index].name)")
    }
    for index in message.extensions.indices where message.extensions[index].options != nil {
      let element = "\(name).\(message.extensions[index].name)"
      interpret(&message.extensions[index].options, element: element)
    }
    for index in message.extensionRanges.indices {
      interpret(&message.extensionRanges[index].options, element: name)
    }
    for index in message.nestedMessages.indices {
      interpretOptions(of: &message.nestedMessages[index], name)
    }
    for index in message.enums.indices { interpretOptions(of: &message.enums[index], name) }
  }

  private mutating func interpretOptions(of type: inout EnumDescriptorProto, _ scope: String) {
    interpret(&type.options, element: qualified(scope, type.name))
    for index in type.values.indices where type.values[index].options != nil {
      interpret(&type.values[index].options, element: qualified(scope, type.values[index].name))
    }
  }

  private mutating func interpret<O: OptionsMessage>(_ options: inout O?, element: String) {
    guard var result = options, !result.uninterpreted.isEmpty else { return }
    if pool.schema == nil { pool.schema = DescriptorPool.bundledSchema() }
    let scope = element.lastIndex(of: ".").map { String(element[..<$0]) } ?? ""
    var interpreter = OptionInterpreter(
      pool: pool,
      visible: visible,
      scope: scope,
      optionsType: O.typeName,
      isEditions: pool.files[current].syntax == "editions"
    )
    for option in result.uninterpreted {
      do {
        interpretedPaths[option.path] =
          option.path.dropLast(2) + (try interpreter.interpret(option))
      } catch {
        report(error.message, position: error.position)
      }
    }
    used.formUnion(interpreter.used)
    result.uninterpreted = []
    result.serialized = OptionBytes(result.serialized.bytes + interpreter.serialized)
    options = result
  }
}

/// An option that makes no sense, and where.
struct OptionError: Error {
  var message: String
  var position: SourcePosition?
}
