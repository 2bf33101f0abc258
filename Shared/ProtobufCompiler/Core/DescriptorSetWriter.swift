/// Writes descriptors in wire format, as descriptor.proto numbers their fields.
public struct DescriptorSetWriter: Sendable {
  /// Whether positions and comments are written too.
  public var includesSourceInfo: Bool

  /// A writer, by default without positions and comments.
  public init(includesSourceInfo: Bool = false) { self.includesSourceInfo = includesSourceInfo }

  /// A `FileDescriptorSet`.
  public func write(_ files: [FileDescriptorProto]) -> [UInt8] {
    var output = WireBytes()
    for file in files { output.append(1, bytes: write(file)) }
    return output.bytes
  }

  /// A `FileDescriptorProto`.
  public func write(_ file: FileDescriptorProto) -> [UInt8] {
    var output = WireBytes()
    output.append(1, string: file.name)
    if !file.package.isEmpty { output.append(2, string: file.package) }
    for name in file.dependencies { output.append(3, string: name) }
    for message in file.messages { output.append(4, bytes: write(message)) }
    for type in file.enums { output.append(5, bytes: write(type)) }
    for service in file.services { output.append(6, bytes: write(service)) }
    for field in file.extensions { output.append(7, bytes: write(field)) }
    write(file.options, 8, to: &output)
    if includesSourceInfo { output.append(9, bytes: write(file.sourceCodeInfo)) }
    for index in file.publicDependencies { output.append(10, int32: index) }
    for index in file.weakDependencies { output.append(11, int32: index) }
    if !file.syntax.isEmpty { output.append(12, string: file.syntax) }
    if file.edition != 0 { output.append(14, int32: file.edition) }
    for name in file.optionDependencies { output.append(15, string: name) }
    return output.bytes
  }

  private func write(_ message: DescriptorProto) -> [UInt8] {
    var output = WireBytes()
    output.append(1, string: message.name)
    for field in message.fields { output.append(2, bytes: write(field)) }
    for nested in message.nestedMessages { output.append(3, bytes: write(nested)) }
    for type in message.enums { output.append(4, bytes: write(type)) }
    for range in message.extensionRanges {
      var bytes = WireBytes()
      bytes.append(1, int32: range.start)
      bytes.append(2, int32: range.end)
      write(range.options, 3, to: &bytes)
      output.append(5, bytes: bytes.bytes)
    }
    for field in message.extensions { output.append(6, bytes: write(field)) }
    write(message.options, 7, to: &output)
    for oneof in message.oneofs {
      var bytes = WireBytes()
      bytes.append(1, string: oneof.name)
      write(oneof.options, 2, to: &bytes)
      output.append(8, bytes: bytes.bytes)
    }
    write(message.reservedRanges, 9, to: &output)
    for name in message.reservedNames { output.append(10, string: name) }
    if message.visibility != 0 { output.append(11, int32: message.visibility) }
    return output.bytes
  }

  private func write(_ ranges: [ReservedRange], _ number: Int32, to output: inout WireBytes) {
    for range in ranges {
      var bytes = WireBytes()
      bytes.append(1, int32: range.start)
      bytes.append(2, int32: range.end)
      output.append(number, bytes: bytes.bytes)
    }
  }

  private func write(_ field: FieldDescriptorProto) -> [UInt8] {
    var output = WireBytes()
    output.append(1, string: field.name)
    if !field.extendee.isEmpty { output.append(2, string: field.extendee) }
    output.append(3, int32: field.number)
    output.append(4, int32: field.label.rawValue)
    if let type = field.type { output.append(5, int32: type.rawValue) }
    if !field.typeName.isEmpty { output.append(6, string: field.typeName) }
    if let value = field.defaultValue { output.append(7, string: value) }
    write(field.options, 8, to: &output)
    if let index = field.oneofIndex { output.append(9, int32: index) }
    output.append(10, string: field.jsonName)
    if field.proto3Optional { output.append(17, bool: true) }
    return output.bytes
  }

  private func write(_ type: EnumDescriptorProto) -> [UInt8] {
    var output = WireBytes()
    output.append(1, string: type.name)
    for value in type.values {
      var bytes = WireBytes()
      bytes.append(1, string: value.name)
      bytes.append(2, int32: value.number)
      write(value.options, 3, to: &bytes)
      output.append(2, bytes: bytes.bytes)
    }
    write(type.options, 3, to: &output)
    write(type.reservedRanges, 4, to: &output)
    for name in type.reservedNames { output.append(5, string: name) }
    if type.visibility != 0 { output.append(6, int32: type.visibility) }
    return output.bytes
  }

  private func write(_ service: ServiceDescriptorProto) -> [UInt8] {
    var output = WireBytes()
    output.append(1, string: service.name)
    for method in service.methods {
      var bytes = WireBytes()
      bytes.append(1, string: method.name)
      bytes.append(2, string: method.inputType)
      bytes.append(3, string: method.outputType)
      write(method.options, 4, to: &bytes)
      if method.clientStreaming { bytes.append(5, bool: true) }
      if method.serverStreaming { bytes.append(6, bool: true) }
      output.append(2, bytes: bytes.bytes)
    }
    write(service.options, 3, to: &output)
    return output.bytes
  }

  private func write(_ info: SourceCodeInfo) -> [UInt8] {
    var output = WireBytes()
    for location in info.locations {
      var bytes = WireBytes()
      if !location.path.isEmpty { bytes.append(1, packed: location.path) }
      bytes.append(2, packed: location.span)
      if let comment = location.leadingComments { bytes.append(3, string: comment) }
      if let comment = location.trailingComments { bytes.append(4, string: comment) }
      for comment in location.leadingDetachedComments { bytes.append(6, string: comment) }
      output.append(1, bytes: bytes.bytes)
    }
    return output.bytes
  }

  private func write<O: OptionsMessage>(_ options: O?, _ number: Int32, to output: inout WireBytes)
  {
    if let options { output.append(number, bytes: options.serialized.bytes) }
  }
}
