/// Turns the options of one declaration into the wire format of their options message.
///
/// A plain name is a field of the options message as descriptor.proto declares it, a name in
/// parentheses an extension of it; further parts lead into embedded messages.
struct OptionInterpreter {
  private let pool: DescriptorPool
  private let visible: Set<Int>
  private let scope: String
  private let optionsType: String
  private let isEditions: Bool
  /// Fields of descriptor.proto itself, which are written in front, in the order of their numbers.
  private var known: [(number: Int32, bytes: [UInt8])] = []
  private var custom: [UInt8] = []
  /// How many elements each repeated option has, by its numbers.
  private var counts: [[Int32]: Int32] = [:]
  /// Files whose extensions were used.
  private(set) var used: Set<Int> = []

  init(
    pool: DescriptorPool,
    visible: Set<Int>,
    scope: String,
    optionsType: String,
    isEditions: Bool
  ) {
    self.pool = pool
    self.visible = visible
    self.scope = scope
    self.optionsType = optionsType
    self.isEditions = isEditions
  }

  /// All that has been interpreted so far.
  var serialized: [UInt8] {
    let ordered = known.indices.sorted {
      (known[$0].number, $0) < (known[$1].number, $1)
    }
    return ordered.flatMap { known[$0].bytes } + custom
  }

  /// Interprets one option; returns where it lies in the options message.
  mutating func interpret(_ option: UninterpretedOption) throws(OptionError) -> [Int32] {
    let fields = try resolve(option)
    guard let leaf = fields.last else { return [] }
    var numbers = fields.map(\.number)
    let all = OptionBytes(known.flatMap(\.bytes) + custom)
    if !leaf.isRepeated, isSet(numbers[...], in: all) {
      throw OptionError(
        message: "Option \"\(option.spelling)\" was already set.",
        position: option.namePosition
      )
    }
    var bytes = WireBytes()
    try write(option, leaf, to: &bytes)
    for field in fields.dropLast().reversed() {
      var outer = WireBytes()
      if field.type == .group {
        outer.append(field.number, group: bytes.bytes)
      } else {
        outer.append(field.number, bytes: bytes.bytes)
      }
      bytes = outer
    }
    if fields[0].extendee.isEmpty {
      known.append((fields[0].number, bytes.bytes))
    } else {
      custom += bytes.bytes
    }
    if leaf.isRepeated {
      let index = counts[numbers, default: 0]
      counts[numbers] = index + 1
      numbers.append(index)
    }
    return numbers
  }

  private mutating func resolve(
    _ option: UninterpretedOption
  ) throws(OptionError) -> [FieldDescriptorProto] {
    func fail(_ message: String) -> OptionError {
      OptionError(message: message, position: option.namePosition)
    }
    if option.isNamed("uninterpreted_option") {
      throw fail("Option must not use reserved name \"uninterpreted_option\".")
    }
    if let first = option.name.first, first.name == "features", !first.isExtension, !isEditions {
      throw fail("Features are only valid under editions.")
    }
    var fields: [FieldDescriptorProto] = []
    var message = pool.message(optionsType)
    var messageName = optionsType
    for (index, part) in option.name.enumerated() {
      let spelled = option.name[...index].map { $0.isExtension ? "(\($0.name))" : $0.name }
        .joined(separator: ".")
      guard let field = try find(part, in: message, named: messageName, spelled, fail) else {
        throw fail(
          "Option \"\(spelled)\" unknown. Ensure that your proto definition file imports the "
            + "proto which defines the option."
        )
      }
      fields.append(field)
      guard index + 1 < option.name.count else { break }
      guard field.type == .message || field.type == .group else {
        throw fail("Option \"\(spelled)\" is an atomic type, not a message.")
      }
      if field.isRepeated {
        throw fail(
          "Option field \"\(spelled)\" is a repeated message. Repeated message options must be "
            + "initialized using an aggregate value."
        )
      }
      messageName = field.typeName
      message = pool.message(messageName)
    }
    return fields
  }

  private mutating func find(
    _ part: UninterpretedOption.NamePart,
    in message: DescriptorProto?,
    named messageName: String,
    _ spelled: String,
    _ fail: (String) -> OptionError
  ) throws(OptionError) -> FieldDescriptorProto? {
    guard part.isExtension else { return message?.fields.first { $0.name == part.name } }
    switch pool.find(part.name, from: scope, visible: visible) {
    case .found(let symbol, _):
      guard let field = pool.fieldExtension(at: symbol) else {
        throw fail(
          "Option field \"\(spelled)\" is not a field or extension of message "
            + "\"\(messageName.split(separator: ".").last ?? "")\"."
        )
      }
      guard field.extendee == messageName else {
        throw fail(
          "Option field \"\(spelled)\" is not a field or extension of message "
            + "\"\(messageName.split(separator: ".").last ?? "")\"."
        )
      }
      used.insert(symbol.file)
      return field
    case .notFound(let resolved?):
      throw fail(
        "Option \"\(spelled)\" is resolved to \"(\(resolved))\", which is not defined. The "
          + "innermost scope is searched first in name resolution. Consider using a leading "
          + "'.'(i.e., \"(.\(part.name))\") to start from the outermost scope."
      )
    case .notImported, .notFound: return nil
    }
  }

  /// Whether what `numbers` leads to has a value already.
  private func isSet(_ numbers: ArraySlice<Int32>, in bytes: OptionBytes) -> Bool {
    guard let first = numbers.first else { return true }
    var result = false
    bytes.forEachField { number, field in
      guard number == UInt64(first), !result else { return }
      switch field {
      case .bytes(let range), .group(let range):
        let content = OptionBytes(Array(bytes.bytes[range]))
        result = numbers.count == 1 || isSet(numbers.dropFirst(), in: content)
      default: result = true
      }
    }
    return result
  }

  private mutating func write(
    _ option: UninterpretedOption,
    _ field: FieldDescriptorProto,
    to output: inout WireBytes
  ) throws(OptionError) {
    let name = option.spelling
    guard field.type == .message || field.type == .group else {
      try OptionValue(pool: pool, field: field, name: name, option: option).scalar()
        .write(field.number, to: &output)
      return
    }
    guard case .aggregate(let tokens) = option.value else {
      throw OptionError(
        message: "Option \"\(name)\" is a message. To set the entire message, use syntax like "
          + "\"\(name) = { <proto text format> }\". To set fields within it, use syntax like "
          + "\"\(name).foo = value\".",
        position: option.valuePosition
      )
    }
    var parser = AggregateParser(
      pool: pool,
      visible: visible,
      scope: scope,
      tokens: tokens,
      option: option
    )
    let content = try parser.parse(messageNamed: field.typeName)
    used.formUnion(parser.used)
    if field.type == .group {
      output.append(field.number, group: content)
    } else {
      output.append(field.number, bytes: content)
    }
  }
}
