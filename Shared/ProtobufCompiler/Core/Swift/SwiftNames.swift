/// The Swift names of everything that a set of files declares.
///
/// Types of the target's own package stand bare at the top level; those of any other package nest in enums named after
/// its parts. Packages below `google` always nest, in the runtime's `Google`: a bare `Duration` or `Status` would
/// shadow Swift's and gRPC's own.
struct SwiftNames {
  /// A message or an enum.
  struct Declaration {
    /// The name from the top level on: `["Google", "Protobuf", "Timestamp"]`.
    var path: [String]
    /// The name in its scope.
    var name: String { path.last ?? "" }
    /// How code anywhere refers to it.
    var reference: String { path.joined(separator: ".") }
    /// The message, nil for an enum.
    var message: DescriptorProto?
    /// The enum, nil for a message.
    var enumeration: EnumDescriptorProto?
  }

  /// The package without a namespace.
  let ownPackage: String
  /// By full proto name with a leading dot.
  private(set) var types: [String: Declaration] = [:]
  /// The Swift names of services, by full proto name with a leading dot.
  private(set) var services: [String: String] = [:]
  /// The enum that holds a file's descriptor, by the file's name.
  private(set) var fileEnums: [String: String] = [:]
  /// Every simple type name that the files declare, at any depth.
  private(set) var declared: Set<String> = []
  private var taken: [[String]: Set<String>] = [:]
  private var isNamingImports = false
  private var namespaces: [String: [String]] = [:]
  private var namespaceDeclarations: [String: [[String]]] = [:]

  /// Names `targets` and, so that they can be referred to, the files they import.
  init(targets: [FileDescriptorProto], imports: [FileDescriptorProto], options: GeneratorOptions) {
    ownPackage = options.package ?? Self.choosePackage(targets)
    let targetNames = Set(targets.map(\.name))
    // The own package comes first, so that a namespace gives way to a type of the same name.
    let own = targets.filter { $0.package == ownPackage }
    let others = targets.filter { $0.package != ownPackage }
    for file in own + others { nameTopLevel(file) }
    for file in own + others { nameNested(file) }
    // What is only imported lives in a namespace and shadows nothing.
    let declaredHere = declared
    isNamingImports = true
    for file in imports where !targetNames.contains(file.name) {
      nameTopLevel(file)
      nameNested(file)
    }
    declared = declaredHere
    assignNamespaces(targets)
  }

  /// The package of the file nearest to the target's root, the first by name among several; none below `google`.
  static func choosePackage(_ files: [FileDescriptorProto]) -> String {
    let candidates = files.filter { !isGoogle($0.package) }
    let best = candidates.min { left, right in
      let depths = (left, right)
      let leftDepth = depths.0.name.split(separator: "/").count
      let rightDepth = depths.1.name.split(separator: "/").count
      return (leftDepth, left.name) < (rightDepth, right.name)
    }
    return best?.package ?? ""
  }

  /// What the runtime declares itself; any module may add to it.
  private static let runtimeNamespaces: Set<[String]> = [
    ["Google"], ["Google", "Protobuf"], ["Google", "Rpc"],
  ]

  static func isGoogle(_ package: String) -> Bool {
    package == "google" || package.hasPrefix("google.")
  }

  /// The enums that a file's types nest in, outermost first; empty for the own package.
  func namespace(of file: FileDescriptorProto) -> [String] {
    namespaces[file.package] ?? []
  }

  /// A type's name in code; "" for a name that no file declares, which linking has ruled out.
  func reference(to typeName: String) -> String {
    types[typeName]?.reference ?? ""
  }

  /// A name of Swift's own library, qualified if the files declare the same.
  func swift(_ name: String) -> String {
    declared.contains(name) ? "Swift.\(name)" : name
  }

  /// A name of the protobuf runtime, qualified if the files declare the same.
  func runtime(_ name: String) -> String {
    declared.contains(name) ? "Protobuf.\(name)" : name
  }

  /// A name of the gRPC library, qualified if the files declare the same.
  func grpc(_ name: String) -> String {
    declared.contains(name) ? "GRPC.\(name)" : name
  }

  private mutating func nameTopLevel(_ file: FileDescriptorProto) {
    let scope = makeNamespace(file.package)
    let prefix = file.package.isEmpty ? "" : ".\(file.package)"
    let swiftPrefix = file.options?.swiftPrefix ?? ""
    for message in file.messages {
      let name = claim(swiftPrefix + Identifiers.type(message.name), "Message", in: scope)
      types["\(prefix).\(message.name)"] = Declaration(path: scope + [name], message: message)
    }
    for enumeration in file.enums { add(enumeration, prefix, scope, swiftPrefix) }
    for service in file.services {
      let name = claim(swiftPrefix + Identifiers.type(service.name), "Service", in: scope)
      services["\(prefix).\(service.name)"] = name
    }
    let base = file.name.split(separator: "/").last.map(String.init) ?? file.name
    let short = Identifiers.type(Self.identifier(base)) + "Proto"
    let long = Identifiers.type(Self.identifier(file.name)) + "Proto"
    let isFree = taken[scope]?.contains(short) != true
    let enumName = claim(isFree ? short : long, "File", in: scope)
    fileEnums[file.name] = (scope + [enumName]).joined(separator: ".")
  }

  /// A file name without `.proto`, with `_` for whatever an identifier can't hold.
  private static func identifier(_ name: String) -> String {
    let stem = name.hasSuffix(".proto") ? String(name.dropLast(6)) : name
    return String(stem.map { $0.isLetter || $0.isNumber ? $0 : "_" })
  }

  private mutating func nameNested(_ file: FileDescriptorProto) {
    let prefix = file.package.isEmpty ? "" : ".\(file.package)"
    for message in file.messages {
      let fullName = "\(prefix).\(message.name)"
      nameNested(message, fullName, types[fullName]?.path ?? [])
    }
  }

  private mutating func nameNested(_ message: DescriptorProto, _ fullName: String, _ path: [String])
  {
    for nested in message.nestedMessages {
      let nestedName = "\(fullName).\(nested.name)"
      // The entries of a map have no Swift type.
      let name =
        nested.isMapEntry ? "" : claim(Identifiers.type(nested.name), "Message", in: path)
      types[nestedName] = Declaration(path: path + [name], message: nested)
      nameNested(nested, nestedName, path + [name])
    }
    for nested in message.enums { add(nested, fullName, path, "") }
  }

  private mutating func add(
    _ enumeration: EnumDescriptorProto,
    _ prefix: String,
    _ scope: [String],
    _ swiftPrefix: String
  ) {
    let name = claim(swiftPrefix + Identifiers.type(enumeration.name), "Enum", in: scope)
    types["\(prefix).\(enumeration.name)"] = Declaration(
      path: scope + [name],
      enumeration: enumeration
    )
  }

  /// The enum of a real oneof of a message whose Swift path is `path`.
  func oneofType(_ oneof: OneofDescriptorProto, in path: [String]) -> String {
    let name = Identifiers.type(oneof.name)
    let isTaken = taken[path]?.contains(name) == true || shadows(name, in: path)
    return isTaken || Identifiers.isReserved(name, in: path) ? "\(name)OneOf" : name
  }

  /// Whether a nested type would hide a top-level one from the code around it, where references begin at the top.
  ///
  /// What is only imported has got its name in another module, where these top-level types are unknown.
  private func shadows(_ name: String, in scope: [String]) -> Bool {
    !isNamingImports && !scope.isEmpty && taken[[]]?.contains(name) == true
  }

  /// Enters a name into a scope; one that is reserved or taken gets its kind, then `_`, behind.
  private mutating func claim(_ wish: String, _ kind: String, in scope: [String]) -> String {
    let isTaken = taken[scope]?.contains(wish) == true || shadows(wish, in: scope)
    var name = Identifiers.isReserved(wish, in: scope) || isTaken ? wish + kind : wish
    while taken[scope]?.contains(name) == true { name += "_" }
    taken[scope, default: []].insert(name)
    declared.insert(name)
    return name
  }

  private mutating func assignNamespaces(_ targets: [FileDescriptorProto]) {
    var known = Self.runtimeNamespaces
    for file in targets {
      let path = namespace(of: file)
      for length in path.indices {
        let part = Array(path[...length])
        guard known.insert(part).inserted else { continue }
        namespaceDeclarations[file.name, default: []].append(part)
      }
    }
  }

  private mutating func makeNamespace(_ package: String) -> [String] {
    if let known = namespaces[package] { return known }
    guard package != ownPackage, !package.isEmpty else {
      namespaces[package] = []
      return []
    }
    let parts = package.split(separator: ".").map(String.init)
    let parent = parts.count > 1 ? makeNamespace(parts.dropLast().joined(separator: ".")) : []
    let wish = Identifiers.type(parts.last ?? "")
    let isShared = Self.runtimeNamespaces.contains(parent + [wish])
    let name = isShared ? wish : claim(wish, "Package", in: parent)
    let path = parent + [name]
    namespaces[package] = path
    return path
  }

  /// What a file must declare so that its types have a place: the parts of its namespace that no earlier file declares,
  /// outermost first.
  func namespacesDeclared(by file: FileDescriptorProto) -> [[String]] {
    namespaceDeclarations[file.name] ?? []
  }
}
