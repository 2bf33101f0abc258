/// The value of a scalar option, checked against the option's type.
struct OptionValue {
  let pool: DescriptorPool
  let field: FieldDescriptorProto
  let name: String
  let option: UninterpretedOption

  /// The value in its type's encoding.
  func scalar() throws(OptionError) -> OptionScalar {
    let type = field.type ?? .int32
    switch type {
    case .float, .double: return .real(try number(type), type)
    case .bool: return .varint(try boolean() ? 1 : 0)
    case .enum: return .varint(UInt64(bitPattern: Int64(try enumValue())))
    case .string, .bytes:
      guard case .string(let bytes) = option.value else {
        throw fail("Value must be quoted string for \(word(type)) option \"\(name)\".")
      }
      return .bytes(bytes)
    default: return .integer(try integer(type), type)
    }
  }

  private func integer(_ type: FieldDescriptorProto.FieldType) throws(OptionError) -> Int64 {
    guard let range = type.integerRange else { throw fail("Option \"\(name)\" has no type.") }
    switch option.value {
    case .positive(let value):
      guard value <= range.maximum else {
        throw fail("Value out of range for \(range.name) option \"\(name)\".")
      }
      return Int64(bitPattern: value)
    case .negative(let value):
      guard range.minimum < 0 else {
        throw fail("Value must be non-negative integer for \(range.name) option \"\(name)\".")
      }
      guard value >= range.minimum else {
        throw fail("Value out of range for \(range.name) option \"\(name)\".")
      }
      return value
    default:
      let kind = range.minimum < 0 ? "integer" : "non-negative integer"
      throw fail("Value must be \(kind) for \(range.name) option \"\(name)\".")
    }
  }

  private func number(_ type: FieldDescriptorProto.FieldType) throws(OptionError) -> Double {
    switch option.value {
    case .double(let value): return value
    case .positive(let value): return Double(value)
    case .negative(let value): return Double(value)
    default: throw fail("Value must be number for \(word(type)) option \"\(name)\".")
    }
  }

  private func boolean() throws(OptionError) -> Bool {
    guard case .identifier(let word) = option.value else {
      throw fail("Value must be identifier for boolean option \"\(name)\".")
    }
    guard word == "true" || word == "false" else {
      throw fail("Value must be \"true\" or \"false\" for boolean option \"\(name)\".")
    }
    return word == "true"
  }

  private func enumValue() throws(OptionError) -> Int32 {
    guard case .identifier(let word) = option.value else {
      throw fail("Value must be identifier for enum-valued option \"\(name)\".")
    }
    guard let value = pool.enumeration(field.typeName)?.values.first(where: { $0.name == word })
    else {
      throw fail(
        "Enum type \"\(field.typeName.dropFirst())\" has no value named \"\(word)\" for option "
          + "\"\(name)\"."
      )
    }
    return value.number
  }

  private func word(_ type: FieldDescriptorProto.FieldType) -> String {
    switch type {
    case .float: "float"
    case .double: "double"
    case .bytes: "bytes"
    default: "string"
    }
  }

  private func fail(_ message: String) -> OptionError {
    OptionError(message: message, position: option.valuePosition)
  }
}
