/// A name that some file declares.
struct Symbol: Sendable {
  enum Kind: Sendable {
    case package, message, field, oneof, `enum`, enumValue, service, method

    /// Whether fields may have it as their type.
    var isType: Bool { self == .message || self == .enum }

    /// Whether other names may lie inside it.
    var isAggregate: Bool { isType || self == .package || self == .service }
  }

  var kind: Kind
  /// Index of the file in the pool; for a package the first file that named it.
  var file: Int
  /// Where in the file: field numbers of descriptor.proto and indices.
  var path: [Int32]
}

/// All files of one run, and the names they declare.
struct DescriptorPool: Sendable {
  var files: [FileDescriptorProto] = []
  var symbols: [String: Symbol] = [:]
  /// The messages of the bundled descriptor.proto, whose fields are the options that need no
  /// import.
  ///
  /// Nil only while that file itself is linked.
  var schema: Schema?

  /// The messages and enums of one file, by full name.
  struct Schema: Sendable {
    var messages: [String: DescriptorProto] = [:]
    var enums: [String: EnumDescriptorProto] = [:]
  }

  /// The result of looking a name up.
  enum Lookup {
    case found(Symbol, fullName: String)
    /// The first part led into a scope that lacks the rest.
    case notFound(resolvedTo: String?)
    /// Some file declares the name, but none that may be used here.
    case notImported(file: Int)
  }

  /// Looks up a name as written, from the innermost scope outwards.
  ///
  /// The first part of the name decides: the innermost scope that has a symbol of that name is the
  /// only one searched for the rest.
  func find(
    _ name: String,
    from scope: String,
    visible: Set<Int>,
    typesOnly: Bool = false
  ) -> Lookup {
    if name.hasPrefix(".") { return find(fullName: String(name.dropFirst()), visible: visible) }
    let first = name.prefix { $0 != "." }
    let isCompound = first.utf8.count < name.utf8.count
    var scope = scope[...]
    while !scope.isEmpty {
      let candidate = scope + "." + first
      if let symbol = symbols[String(candidate)], isVisible(symbol, String(candidate), visible) {
        if isCompound {
          if symbol.kind.isAggregate {
            let fullName = scope + "." + name
            let result = find(fullName: String(fullName), visible: visible)
            guard case .notFound = result else { return result }
            return .notFound(resolvedTo: String(fullName))
          }
        } else if !typesOnly || symbol.kind.isType {
          return .found(symbol, fullName: String(candidate))
        }
      }
      scope = scope.lastIndex(of: ".").map { scope[..<$0] } ?? ""
    }
    return find(fullName: name, visible: visible)
  }

  private func find(fullName: String, visible: Set<Int>) -> Lookup {
    guard let symbol = symbols[fullName] else { return .notFound(resolvedTo: nil) }
    guard isVisible(symbol, fullName, visible) else { return .notImported(file: symbol.file) }
    return .found(symbol, fullName: fullName)
  }

  private func isVisible(_ symbol: Symbol, _ name: String, _ visible: Set<Int>) -> Bool {
    guard symbol.kind == .package else { return visible.contains(symbol.file) }
    return visible.contains {
      files[$0].package == name || files[$0].package.hasPrefix(name + ".")
    }
  }

  /// The message a resolved name (`.package.Message`) means.
  func message(_ name: String) -> DescriptorProto? {
    if let message = schema?.messages[name] { return message }
    guard let symbol = symbols[String(name.dropFirst())], symbol.kind == .message else {
      return nil
    }
    return message(at: symbol)
  }

  /// The enum a resolved name means.
  func enumeration(_ name: String) -> EnumDescriptorProto? {
    if let type = schema?.enums[name] { return type }
    guard let symbol = symbols[String(name.dropFirst())], symbol.kind == .enum,
      let last = symbol.path.last
    else { return nil }
    guard symbol.path.count > 2 else { return files[symbol.file].enums[Int(last)] }
    let parent = Symbol(kind: .message, file: symbol.file, path: symbol.path.dropLast(2))
    return message(at: parent)?.enums[Int(last)]
  }

  /// The extension at a symbol, nil if the symbol is another field.
  func fieldExtension(at symbol: Symbol) -> FieldDescriptorProto? {
    guard symbol.kind == .field, let last = symbol.path.last else { return nil }
    guard symbol.path.count > 2 else { return files[symbol.file].extensions[Int(last)] }
    guard symbol.path[symbol.path.count - 2] == Path.nestedExtension else { return nil }
    let parent = Symbol(kind: .message, file: symbol.file, path: symbol.path.dropLast(2))
    return message(at: parent)?.extensions[Int(last)]
  }

  /// The message at a symbol.
  func message(at symbol: Symbol) -> DescriptorProto? {
    guard symbol.path.count >= 2, symbol.path[0] == Path.message else { return nil }
    var message = files[symbol.file].messages[Int(symbol.path[1])]
    for depth in stride(from: 3, to: symbol.path.count, by: 2) {
      message = message.nestedMessages[Int(symbol.path[depth])]
    }
    return message
  }

  /// The options' schema: descriptor.proto, bundled so that options need no search path.
  static func bundledSchema() -> Schema {
    var parser = Parser(
      name: "google/protobuf/descriptor.proto",
      source: Array((BundledProtos.source(of: "google/protobuf/descriptor.proto") ?? "").utf8),
      displayName: "google/protobuf/descriptor.proto"
    )
    parser.parseFile()
    var linker = Linker(pool: DescriptorPool(), displayNames: [parser.file.name])
    linker.linkNames(of: parser.file, dependencies: [])
    var schema = Schema()
    for message in linker.pool.files[0].messages {
      add(message, named: ".google.protobuf.\(message.name)", to: &schema)
    }
    for type in linker.pool.files[0].enums {
      schema.enums[".google.protobuf.\(type.name)"] = type
    }
    return schema
  }

  private static func add(_ message: DescriptorProto, named name: String, to schema: inout Schema) {
    schema.messages[name] = message
    for nested in message.nestedMessages {
      add(nested, named: "\(name).\(nested.name)", to: &schema)
    }
    for type in message.enums { schema.enums["\(name).\(type.name)"] = type }
  }
}
