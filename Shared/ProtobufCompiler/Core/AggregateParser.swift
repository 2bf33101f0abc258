/// Reads the text format between the braces of an option's value into wire format.
///
/// The fields come out in the order of their numbers, as protoc writes a message it has parsed.
struct AggregateParser {
  private let pool: DescriptorPool
  private let visible: Set<Int>
  private let scope: String
  private let tokens: [Token]
  private let option: UninterpretedOption
  private var index = 0
  /// Files whose extensions or types were used.
  private(set) var used: Set<Int> = []

  /// The fields of one message while it is read.
  private struct Content {
    var fields: [(number: Int32, bytes: [UInt8])] = []
    var packed: [Int32: WireBytes] = [:]
    var seen: Set<Int32> = []
    var oneofs: [Int32: String] = [:]
  }

  init(
    pool: DescriptorPool,
    visible: Set<Int>,
    scope: String,
    tokens: [Token],
    option: UninterpretedOption
  ) {
    self.pool = pool
    self.visible = visible
    self.scope = scope
    self.tokens = tokens
    self.option = option
  }

  /// Reads all tokens as one message.
  mutating func parse(messageNamed name: String) throws(OptionError) -> [UInt8] {
    try parseMessage(named: name, until: "")
  }

  private var text: String { index < tokens.count ? tokens[index].text : "" }

  private mutating func tryConsume(_ text: String) -> Bool {
    guard index < tokens.count, self.text == text else { return false }
    index += 1
    return true
  }

  private func fail(_ message: String) -> OptionError {
    OptionError(
      message: "Error while parsing option value for \"\(option.spelling)\": \(message)",
      position: option.valuePosition
    )
  }

  private mutating func parseMessage(
    named name: String,
    until end: String
  ) throws(OptionError) -> [UInt8] {
    guard let message = pool.message(name) else { throw fail("\"\(name)\" is not a message.") }
    var content = Content()
    while index < tokens.count, text != end {
      try parseField(of: message, named: name, into: &content)
      if !tryConsume(",") { _ = tryConsume(";") }
    }
    if !end.isEmpty, !tryConsume(end) { throw fail("Expected \"\(end)\".") }
    for field in message.fields
    where field.label == .required && !content.seen.contains(field.number) {
      throw fail("Message missing required fields: \(field.name)")
    }
    if message.isMapEntry { fillIn(message, into: &content) }
    for (number, values) in content.packed {
      var bytes = WireBytes()
      bytes.append(number, bytes: values.bytes)
      content.fields.append((number, bytes.bytes))
    }
    let ordered = content.fields.indices.sorted {
      (content.fields[$0].number, $0) < (content.fields[$1].number, $1)
    }
    return ordered.flatMap { content.fields[$0].bytes }
  }

  /// The entry of a map always has its key and its value.
  private func fillIn(_ entry: DescriptorProto, into content: inout Content) {
    for field in entry.fields where !content.seen.contains(field.number) {
      var bytes = WireBytes()
      switch field.type ?? .int32 {
      case .message, .string, .bytes: bytes.append(field.number, bytes: [])
      case .double: bytes.append(field.number, fixed64: 0)
      case .float: bytes.append(field.number, fixed32: 0)
      case let type: OptionScalar.integer(0, type).write(field.number, to: &bytes)
      }
      content.fields.append((field.number, bytes.bytes))
    }
  }

  private mutating func parseField(
    of message: DescriptorProto,
    named messageName: String,
    into content: inout Content
  ) throws(OptionError) {
    let field: FieldDescriptorProto
    if tryConsume("[") {
      let name = try parseBracketedName()
      if name.contains("/") {
        return try parseAny(name, of: message, named: messageName, into: &content)
      }
      field = try findExtension(name, of: messageName)
    } else {
      guard index < tokens.count, tokens[index].kind == .identifier else {
        throw fail("Expected identifier, got: \(text)")
      }
      field = try findField(text, of: message, named: messageName)
      index += 1
    }
    try note(field, of: message, in: &content)
    let isMessage = field.type == .message || field.type == .group
    let hasColon = tryConsume(":")
    if !hasColon, !isMessage { throw fail("Expected \":\", found \"\(text)\".") }
    guard field.isRepeated, tryConsume("[") else {
      return try parseValue(of: field, into: &content)
    }
    if tryConsume("]") { return }
    repeat { try parseValue(of: field, into: &content) } while tryConsume(",")
    if !tryConsume("]") { throw fail("Expected \"]\", found \"\(text)\".") }
  }

  /// The name of an extension, or the URL of a type (`type.googleapis.com/package.Type`).
  private mutating func parseBracketedName() throws(OptionError) -> String {
    var name = ""
    while index < tokens.count, text != "]" {
      name += text
      index += 1
    }
    guard tryConsume("]") else { throw fail("Expected \"]\".") }
    return name
  }

  private func findField(
    _ name: String,
    of message: DescriptorProto,
    named messageName: String
  ) throws(OptionError) -> FieldDescriptorProto {
    let field = message.fields.first { field in
      guard field.type == .group else { return field.name == name }
      return name == String(field.typeName.split(separator: ".").last ?? "")
    }
    guard let field else {
      throw fail(
        "Message type \"\(messageName.dropFirst())\" has no field named \"\(name)\"."
      )
    }
    return field
  }

  private mutating func findExtension(
    _ name: String,
    of messageName: String
  ) throws(OptionError) -> FieldDescriptorProto {
    guard case .found(let symbol, _) = pool.find(name, from: scope, visible: visible),
      let field = pool.fieldExtension(at: symbol), field.extendee == messageName
    else {
      throw fail(
        "Extension \"\(name)\" is not defined or is not an extension of "
          + "\"\(messageName.dropFirst())\"."
      )
    }
    used.insert(symbol.file)
    return field
  }

  /// Notes that a field has a value; a second one, or another of its oneof, is an error.
  private func note(
    _ field: FieldDescriptorProto,
    of message: DescriptorProto,
    in content: inout Content
  ) throws(OptionError) {
    let isNew = content.seen.insert(field.number).inserted
    guard !field.isRepeated else { return }
    if !isNew { throw fail("Non-repeated field \"\(field.name)\" is specified multiple times.") }
    guard let oneof = field.oneofIndex else { return }
    if let other = content.oneofs.updateValue(field.name, forKey: oneof) {
      throw fail(
        "Field \"\(field.name)\" is specified along with field \"\(other)\", another member of "
          + "oneof \"\(message.oneofs[Int(oneof)].name)\"."
      )
    }
  }

  private mutating func parseAny(
    _ url: String,
    of message: DescriptorProto,
    named messageName: String,
    into content: inout Content
  ) throws(OptionError) {
    guard messageName == ".google.protobuf.Any" else {
      throw fail("Expected an extension of \"\(messageName.dropFirst())\", found \"\(url)\".")
    }
    _ = tryConsume(":")
    let typeName = "." + (url.split(separator: "/").last ?? "")
    guard let symbol = pool.symbols[String(typeName.dropFirst())], symbol.kind == .message else {
      throw fail("Could not find type \"\(url)\" stored in google.protobuf.Any.")
    }
    used.insert(symbol.file)
    let value = try parseBraces(typeName)
    var bytes = WireBytes()
    bytes.append(1, string: url)
    if !value.isEmpty { bytes.append(2, bytes: value) }
    content.fields.append((1, bytes.bytes))
  }

  private mutating func parseBraces(_ typeName: String) throws(OptionError) -> [UInt8] {
    if tryConsume("{") { return try parseMessage(named: typeName, until: "}") }
    if tryConsume("<") { return try parseMessage(named: typeName, until: ">") }
    throw fail("Expected \"{\", found \"\(text)\".")
  }

  private mutating func parseValue(
    of field: FieldDescriptorProto,
    into content: inout Content
  ) throws(OptionError) {
    var bytes = WireBytes()
    switch field.type {
    case .message: bytes.append(field.number, bytes: try parseBraces(field.typeName))
    case .group: bytes.append(field.number, group: try parseBraces(field.typeName))
    default:
      let value = try parseScalar(of: field)
      if field.isPacked {
        value.writePacked(to: &content.packed[field.number, default: WireBytes()])
        return
      }
      value.write(field.number, to: &bytes)
    }
    content.fields.append((field.number, bytes.bytes))
  }

  private mutating func parseScalar(
    of field: FieldDescriptorProto
  ) throws(OptionError) -> OptionScalar {
    let isNegative = tryConsume("-")
    guard index < tokens.count else { throw fail("Unexpected end of value.") }
    let token = tokens[index]
    index += 1
    var value = AggregateScalar(pool: pool, field: field, token: token, isNegative: isNegative)
    while token.kind == .string, index < tokens.count, tokens[index].kind == .string {
      value.moreStrings.append(tokens[index].text)
      index += 1
    }
    guard let scalar = value.scalar() else {
      throw fail("Invalid value for field \"\(field.name)\": \(token.text)")
    }
    return scalar
  }
}
