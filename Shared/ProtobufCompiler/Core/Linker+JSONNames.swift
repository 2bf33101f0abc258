extension Linker {
  /// The JSON names of a message's fields must differ.
  ///
  /// In proto3 the fields' own names must differ even without case and underscores, as protoc 3.21
  /// has it; clashes of custom names are errors in editions and warnings before.
  mutating func validateJSONNames(
    of message: DescriptorProto,
    named name: String,
    _ file: FileDescriptorProto,
    path: [Int32]
  ) {
    if message.options?.deprecatedLegacyJSONFieldConflicts == true { return }
    if file.syntax == "proto3" { validatePlainNames(of: message, path: path) }
    var seen: [String: FieldDescriptorProto] = [:]
    for (index, field) in message.fields.enumerated() {
      guard let other = seen.updateValue(field, forKey: field.jsonName) else { continue }
      seen[field.jsonName] = other
      let isError = file.syntax == "editions" && file.features.jsonFormat == .allow
      report(
        "The \(kind(field)) JSON name of field \"\(field.name)\" (\"\(field.jsonName)\") conflicts "
          + "with the \(kind(other)) JSON name of field \"\(other.name)\".",
        at: path + [Path.field, Int32(index), Path.name],
        severity: isError ? .error : .warning
      )
    }
  }

  private func kind(_ field: FieldDescriptorProto) -> String {
    field.hasCustomJSONName ? "custom" : "default"
  }

  private mutating func validatePlainNames(of message: DescriptorProto, path: [Int32]) {
    var seen: [String: String] = [:]
    for (index, field) in message.fields.enumerated() {
      let plain = field.name.lowercased().filter { $0 != "_" }
      guard let other = seen.updateValue(field.name, forKey: plain) else { continue }
      seen[plain] = other
      report(
        "The JSON camel-case name of field \"\(field.name)\" conflicts with field \"\(other)\". "
          + "This is not allowed in proto3.",
        at: path + [Path.field, Int32(index), Path.name]
      )
    }
  }
}
