/// Writes a message as a Swift struct.
struct MessageGenerator {
  let names: SwiftNames
  let options: GeneratorOptions
  let recursion: RecursionGraph
  let comments: [[Int32]: SourceCodeInfo.Location]
  /// The enum that holds the descriptor of the file.
  let fileEnum: String

  private var access: String { options.access }

  /// Writes `message` and everything nested in it.
  ///
  /// `fullName` is the proto name with a leading dot; `path` is where the message stands in its file, for its comments.
  func write(
    _ message: DescriptorProto,
    _ fullName: String,
    _ path: [Int32],
    to writer: inout CodeWriter
  ) {
    guard !message.isMapEntry, let type = names.types[fullName] else { return }
    let fields = self.fields(of: message, fullName, type.path)
    let oneofs = realOneofs(of: message, fields, path)
    writer.separate()
    writer.document(comment(path))
    writer.block("\(access)struct \(type.name): \(names.runtime("Message"))") { writer in
      writeProperties(fields, oneofs, path, to: &writer)
      writeInitializers(fields, to: &writer)
      for oneof in oneofs { writeOneof(oneof, path, to: &writer) }
      for (index, nested) in message.nestedMessages.enumerated() {
        write(nested, "\(fullName).\(nested.name)", path + [3, Int32(index)], to: &writer)
      }
      let enums = EnumGenerator(names: names, options: options, comments: comments)
      for (index, nested) in message.enums.enumerated() {
        enums.write(nested, "\(fullName).\(nested.name)", path + [4, Int32(index)], to: &writer)
      }
      writeDescriptor(fullName, to: &writer)
      writeDecoding(fields, to: &writer)
      writeEncoding(fields, to: &writer)
    }
  }

  /// A oneof that the `.proto` declares, as opposed to those made for `optional`.
  private struct Oneof {
    var property: String
    var type: String
    var fields: [SwiftField]
    var path: [Int32]
  }

  private func comment(_ path: [Int32]) -> String? {
    let location = comments[path]
    return location?.leadingComments ?? location?.trailingComments
  }

  /// The fields as Swift properties.
  ///
  /// Groups (proto2) have none: they stay among the unknown fields.
  private func fields(
    of message: DescriptorProto,
    _ fullName: String,
    _ path: [String]
  ) -> [SwiftField] {
    var taken: Set<String> = []
    func claim(_ wish: String) -> String {
      var name = wish
      while !taken.insert(name).inserted { name += "_" }
      return name
    }
    var properties: [Int32: String] = [:]
    var result: [SwiftField] = []
    for (index, proto) in message.fields.enumerated()
    where proto.type != .group && proto.features.messageEncoding == .lengthPrefixed {
      var oneof: (property: String, type: String)?
      var name = Identifiers.oneofCase(proto.name)
      if let oneofIndex = proto.oneofIndex, !proto.proto3Optional {
        let declaration = message.oneofs[Int(oneofIndex)]
        let property = properties[oneofIndex] ?? claim(Identifiers.field(declaration.name))
        properties[oneofIndex] = property
        oneof = (property, names.oneofType(declaration, in: path))
      } else {
        name = claim(Identifiers.field(proto.name))
      }
      result.append(
        SwiftField(
          proto,
          index: index,
          name: name,
          oneof: oneof,
          names: names,
          isRecursive: recursion.isRecursive(fullName, proto.typeName)
        )
      )
    }
    return result
  }

  private func realOneofs(
    of message: DescriptorProto,
    _ fields: [SwiftField],
    _ path: [Int32]
  ) -> [Oneof] {
    message.oneofs.indices.compactMap { index in
      let members = fields.filter {
        $0.proto.oneofIndex == Int32(index) && !$0.proto.proto3Optional
      }
      guard let first = members.first, case .oneofCase(let property, let type) = first.shape else {
        return nil
      }
      return Oneof(
        property: property,
        type: type,
        fields: members,
        path: path + [8, Int32(index)]
      )
    }
  }

  private func writeProperties(
    _ fields: [SwiftField],
    _ oneofs: [Oneof],
    _ path: [Int32],
    to writer: inout CodeWriter
  ) {
    var written: Set<String> = []
    for field in fields {
      if case .oneofCase(let property, let type) = field.shape {
        guard written.insert(property).inserted else { continue }
        let path = oneofs.first { $0.property == property }?.path ?? []
        writer.document(comment(path))
        writer.line("\(access)var \(Identifiers.escaped(property)): \(type)?")
        continue
      }
      writer.document(comment(path + [2, Int32(field.index)]))
      let declaration = "\(access)var \(Identifiers.escaped(field.name)): \(field.type)"
      switch field.shape {
      case .explicit where field.isRecursive:
        writer.line("@\(names.runtime("Boxed")) \(declaration)")
      case .explicit, .oneofCase: writer.line(declaration)
      case .implicit, .list, .map: writer.line("\(declaration) = \(field.defaultValue)")
      }
    }
    writer.line("/// Fields that this version of the schema does not know.")
    writer.line(
      "\(access)var unknownFields = \(names.runtime("UnknownFields"))()"
    )
  }

  private func writeInitializers(
    _ fields: [SwiftField],
    to writer: inout CodeWriter
  ) {
    writer.separate()
    writer.line("/// A message whose fields all have their defaults.")
    writer.line("\(access)init() {}")
    var parameters: [(name: String, type: String, defaultValue: String)] = []
    for field in fields {
      if case .oneofCase(let property, let type) = field.shape {
        guard !parameters.contains(where: { $0.name == property }) else { continue }
        parameters.append((property, "\(type)?", "nil"))
      } else {
        parameters.append((field.name, field.type, field.defaultValue))
      }
    }
    guard !parameters.isEmpty else { return }
    writer.separate()
    writer.line("/// A message with the given fields; the others have their defaults.")
    let list = parameters.map { "\(Identifiers.escaped($0.name)): \($0.type) = \($0.defaultValue)" }
    writer.call("\(access)init", list, " {")
    writer.indented { writer in
      for parameter in parameters {
        writer.line("self.\(parameter.name) = \(Identifiers.escaped(parameter.name))")
      }
    }
    writer.line("}")
  }

  private func writeOneof(_ oneof: Oneof, _ path: [Int32], to writer: inout CodeWriter) {
    writer.separate()
    writer.document(comment(oneof.path) ?? " The values that `\(oneof.property)` can hold.")
    let conformances = "\(names.swift("Sendable")), \(names.swift("Hashable"))"
    writer.block("\(access)enum \(oneof.type): \(conformances)") { writer in
      for field in oneof.fields {
        let prefix = field.isRecursive ? "indirect " : ""
        writer.document(comment(path + [2, Int32(field.index)]))
        writer.line("\(prefix)case \(Identifiers.escaped(field.name))(\(field.valueType))")
      }
    }
  }

  private func writeDescriptor(_ fullName: String, to writer: inout CodeWriter) {
    writer.separate()
    writer.line("/// The names, numbers and types of the fields.")
    let type = names.runtime("MessageDescriptor")
    writer.block("\(access)static var messageDescriptor: \(type)") { writer in
      writer.line("\(fileEnum).descriptor.declared(\"\(fullName.dropFirst())\")")
    }
  }

  private func writeDecoding(_ fields: [SwiftField], to writer: inout CodeWriter) {
    writer.separate()
    writer.line("/// Reads fields up to the end of the message.")
    let reader = names.runtime("WireReader")
    let error = names.runtime("DecodingError")
    writer.line("\(access)mutating func merge(from reader: inout \(reader)) throws(\(error)) {")
    writer.indented { writer in
      writer.block("while let tag = try reader.nextTag()") { writer in
        guard !fields.isEmpty else {
          return writer.line("try reader.readUnknown(tag, into: &unknownFields.bytes)")
        }
        writer.line("switch tag {")
        for field in fields {
          let statements = field.readStatements
          if statements.count == 1 {
            writer.line("case \(field.tags): \(statements[0])")
          } else {
            writer.line("case \(field.tags):")
            writer.indented { writer in for statement in statements { writer.line(statement) } }
          }
        }
        writer.line("default: try reader.readUnknown(tag, into: &unknownFields.bytes)")
        writer.line("}")
      }
    }
    writer.line("}")
  }

  private func writeEncoding(_ fields: [SwiftField], to writer: inout CodeWriter) {
    writer.separate()
    writer.line(
      "/// Writes all fields, the last one first: the writer fills its buffer from the end."
    )
    let type = names.runtime("WireWriter")
    writer.block("\(access)func encode(to writer: inout \(type))") { writer in
      writer.line("writer.writeRaw(unknownFields.bytes)")
      for field in fields.sorted(by: { $0.proto.number > $1.proto.number }) {
        writer.line(field.writeStatement)
      }
    }
  }
}
