extension Linker {
  /// Hands the features down from the file to every declaration in it.
  mutating func resolveFeatures(of file: inout FileDescriptorProto) {
    file.features = file.features.merging(file.options?.features)
    let isLegacy = file.syntax != "editions"
    for index in file.messages.indices {
      resolveFeatures(of: &file.messages[index], file.features, isLegacy)
    }
    for index in file.enums.indices {
      file.enums[index].features = file.features.merging(file.enums[index].options?.features)
    }
    for index in file.extensions.indices {
      resolveFeatures(of: &file.extensions[index], file.features, isLegacy)
    }
  }

  private func resolveFeatures(
    of message: inout DescriptorProto,
    _ outer: FeatureSet,
    _ isLegacy: Bool
  ) {
    let features = outer.merging(message.options?.features)
    message.features = features
    for index in message.fields.indices {
      let oneof = message.fields[index].oneofIndex.flatMap { message.oneofs[Int($0)].options }
      resolveFeatures(of: &message.fields[index], features.merging(oneof?.features), isLegacy)
    }
    for index in message.extensions.indices {
      resolveFeatures(of: &message.extensions[index], features, isLegacy)
    }
    for index in message.nestedMessages.indices {
      resolveFeatures(of: &message.nestedMessages[index], features, isLegacy)
    }
    for index in message.enums.indices {
      message.enums[index].features = features.merging(message.enums[index].options?.features)
    }
  }

  private func resolveFeatures(
    of field: inout FieldDescriptorProto,
    _ outer: FeatureSet,
    _ isLegacy: Bool
  ) {
    field.features = outer.merging(field.options?.features)
    if isLegacy, field.proto3Optional { field.features.fieldPresence = .explicit }
    if field.label == .required { field.features.fieldPresence = .legacyRequired }
    if field.type == .group { field.features.messageEncoding = .delimited }
  }
}
