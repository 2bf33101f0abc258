/// How the Swift of a file uses the messages of rich errors, google/rpc, which live in the module GRPC and not in
/// Protobuf.
///
/// An import has to be as visible as its use, no less and no more: Swift rejects a public property whose module is
/// imported for the inside only, and warns of a public import that nothing public needs.
struct RichErrorUse {
  private let files: Set<String>
  private let types: Set<String>

  /// Looks for the messages among `files`, those that are imported.
  init(_ files: [FileDescriptorProto]) {
    let declaring = files.filter {
      $0.package == "google.rpc" && BundledProtos.runtimeNames.contains($0.name)
    }
    self.files = Set(declaring.map(\.name))
    types = declaring.reduce(into: []) { types, file in
      for message in file.messages { Self.add(message, ".google.rpc", to: &types) }
      for enumeration in file.enums { types.insert(".google.rpc.\(enumeration.name)") }
    }
  }

  /// Whether a field has one of the messages as its type, so that a property of what is generated has it, too.
  ///
  /// The file that declares them may be imported by another one, with `import public`.
  func isVisible(in file: FileDescriptorProto) -> Bool {
    file.messages.contains(where: hasSuchField)
  }

  /// Whether the file's descriptor refers to the descriptor of theirs.
  func isHidden(in file: FileDescriptorProto) -> Bool {
    file.dependencies.contains(where: files.contains)
  }

  private func hasSuchField(_ message: DescriptorProto) -> Bool {
    message.fields.contains { types.contains($0.typeName) }
      || message.nestedMessages.contains(where: hasSuchField)
  }

  private static func add(_ message: DescriptorProto, _ scope: String, to types: inout Set<String>)
  {
    let name = "\(scope).\(message.name)"
    types.insert(name)
    for nested in message.nestedMessages { add(nested, name, to: &types) }
    for enumeration in message.enums { types.insert("\(name).\(enumeration.name)") }
  }
}
