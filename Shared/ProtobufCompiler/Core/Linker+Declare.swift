extension Linker {
  /// Enters every name of the file in the pool.
  mutating func declare(_ file: FileDescriptorProto) {
    declarePackage(file.package)
    for (index, message) in file.messages.enumerated() {
      declare(message, in: file.package, path: [Path.message, Int32(index)])
    }
    for (index, type) in file.enums.enumerated() {
      declare(type, in: file.package, path: [Path.fileEnum, Int32(index)])
    }
    for (index, service) in file.services.enumerated() {
      let path = [Path.service, Int32(index)]
      let name = qualified(file.package, service.name)
      declare(name, .service, path: path)
      for (slot, method) in service.methods.enumerated() {
        declare("\(name).\(method.name)", .method, path: path + [Path.method, Int32(slot)])
      }
    }
    for (index, field) in file.extensions.enumerated() {
      let path = [Path.fileExtension, Int32(index)]
      declare(qualified(file.package, field.name), .field, path: path)
    }
  }

  private mutating func declarePackage(_ package: String) {
    var name = ""
    for part in package.split(separator: ".") {
      name = qualified(name, String(part))
      guard let other = pool.symbols[name] else {
        pool.symbols[name] = Symbol(kind: .package, file: current, path: [])
        continue
      }
      if other.kind != .package {
        report(
          "\"\(name)\" is already defined (as something other than a package) in file "
            + "\"\(pool.files[other.file].name)\".",
          at: [Path.package]
        )
      }
    }
  }

  private mutating func declare(_ message: DescriptorProto, in scope: String, path: [Int32]) {
    let name = qualified(scope, message.name)
    declare(name, .message, path: path)
    for (index, oneof) in message.oneofs.enumerated() {
      declare("\(name).\(oneof.name)", .oneof, path: path + [Path.oneof, Int32(index)])
    }
    for (index, field) in message.fields.enumerated() {
      declare("\(name).\(field.name)", .field, path: path + [Path.field, Int32(index)])
    }
    for (index, nested) in message.nestedMessages.enumerated() {
      declare(nested, in: name, path: path + [Path.nestedMessage, Int32(index)])
    }
    for (index, type) in message.enums.enumerated() {
      declare(type, in: name, path: path + [Path.nestedEnum, Int32(index)])
    }
    for (index, field) in message.extensions.enumerated() {
      let path = path + [Path.nestedExtension, Int32(index)]
      declare("\(name).\(field.name)", .field, path: path)
    }
  }

  private mutating func declare(_ type: EnumDescriptorProto, in scope: String, path: [Int32]) {
    for (index, value) in type.values.enumerated() {
      let path = path + [Path.enumValue, Int32(index)]
      guard !declare(qualified(scope, value.name), .enumValue, path: path) else { continue }
      let place = scope.isEmpty ? "the global scope" : "\"\(scope)\""
      report(
        "Note that enum values use C++ scoping rules, meaning that enum values are siblings of "
          + "their type, not children of it.  Therefore, \"\(value.name)\" must be unique within "
          + "\(place), not just within \"\(type.name)\".",
        at: path + [Path.name]
      )
    }
    declare(qualified(scope, type.name), .enum, path: path)
  }

  @discardableResult
  private mutating func declare(_ name: String, _ kind: Symbol.Kind, path: [Int32]) -> Bool {
    let other = pool.symbols.updateValue(
      Symbol(kind: kind, file: current, path: path),
      forKey: name
    )
    guard let other else { return true }
    pool.symbols[name] = other
    let dot = name.lastIndex(of: ".")
    let message: String
    if other.file != current {
      message = "\"\(name)\" is already defined in file \"\(pool.files[other.file].name)\"."
    } else if let dot {
      message = "\"\(name[name.index(after: dot)...])\" is already defined in \"\(name[..<dot])\"."
    } else {
      message = "\"\(name)\" is already defined."
    }
    report(message, at: path + [Path.name])
    return false
  }
}
