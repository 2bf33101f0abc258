/// Reads the parts of a `FileDescriptorProto` that reflection needs, by hand: the generated type would need itself.
///
/// The bytes come from our own compiler. Should they be damaged, what lies behind the damage is missing.
struct ParsedFile {
  var name = ""
  var package = ""
  var messages: [String: MessageNode] = [:]
  var enums: [String: EnumDescriptor] = [:]

  init(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      var reader = WireReader(buffer)
      try? parseFile(&reader)
    }
  }

  private mutating func parseFile(_ reader: inout WireReader) throws(DecodingError) {
    // Nested declarations are named after the package, which is field 2 and so comes before them.
    while let tag = try reader.nextTag() {
      switch tag >> 3 {
      case 1: name = try reader.readString()
      case 2: package = try reader.readString()
      case 4: try parseMessage(&reader, scope: package)
      case 5: try parseEnum(&reader, scope: package)
      default: try reader.skip(WireTag(rawValue: tag))
      }
    }
  }

  private mutating func parseMessage(
    _ reader: inout WireReader,
    scope: String
  ) throws(DecodingError) {
    var node = MessageNode()
    let file = try reader.enterMessage()
    while let tag = try reader.nextTag() {
      switch tag >> 3 {
      case 1: node.fullName = Self.join(scope, try reader.readString())
      case 2: node.fields.append(try parseField(&reader))
      case 3: try parseMessage(&reader, scope: node.fullName)
      case 4: try parseEnum(&reader, scope: node.fullName)
      case 7: node.isMapEntry = try parseMapEntryOption(&reader)
      default: try reader.skip(WireTag(rawValue: tag))
      }
    }
    reader.leaveMessage(file)
    messages[node.fullName] = node
  }

  private func parseField(_ reader: inout WireReader) throws(DecodingError) -> FieldDescriptor {
    var field = FieldDescriptor()
    let message = try reader.enterMessage()
    while let tag = try reader.nextTag() {
      switch tag >> 3 {
      case 1: field.name = try reader.readString()
      case 3: field.number = try reader.readInt32()
      case 4: field.label = FieldDescriptor.Label(rawValue: try reader.readInt32()) ?? .optional
      case 5: field.type = FieldDescriptor.FieldType(rawValue: try reader.readInt32()) ?? .bytes
      case 6: field.typeName = String(try reader.readString().drop { $0 == "." })
      case 9: field.oneofIndex = try reader.readInt32()
      default: try reader.skip(WireTag(rawValue: tag))
      }
    }
    reader.leaveMessage(message)
    return field
  }

  private func parseMapEntryOption(_ reader: inout WireReader) throws(DecodingError) -> Bool {
    var isMapEntry = false
    let message = try reader.enterMessage()
    while let tag = try reader.nextTag() {
      if tag >> 3 == 7 {
        isMapEntry = try reader.readBool()
      } else {
        try reader.skip(WireTag(rawValue: tag))
      }
    }
    reader.leaveMessage(message)
    return isMapEntry
  }

  private mutating func parseEnum(_ reader: inout WireReader, scope: String) throws(DecodingError) {
    var descriptor = EnumDescriptor()
    let parent = try reader.enterMessage()
    while let tag = try reader.nextTag() {
      switch tag >> 3 {
      case 1: descriptor.fullName = Self.join(scope, try reader.readString())
      case 2: descriptor.values.append(try parseEnumValue(&reader))
      default: try reader.skip(WireTag(rawValue: tag))
      }
    }
    reader.leaveMessage(parent)
    enums[descriptor.fullName] = descriptor
  }

  private func parseEnumValue(
    _ reader: inout WireReader
  ) throws(DecodingError) -> (name: String, number: Int32) {
    var value: (name: String, number: Int32) = ("", 0)
    let parent = try reader.enterMessage()
    while let tag = try reader.nextTag() {
      switch tag >> 3 {
      case 1: value.name = try reader.readString()
      case 2: value.number = try reader.readInt32()
      default: try reader.skip(WireTag(rawValue: tag))
      }
    }
    reader.leaveMessage(parent)
    return value
  }

  private static func join(_ scope: String, _ name: String) -> String {
    scope.isEmpty ? name : "\(scope).\(name)"
  }
}
