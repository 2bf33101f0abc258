/// A scalar of the text format.
struct AggregateScalar {
  let pool: DescriptorPool
  let field: FieldDescriptorProto
  let token: Token
  let isNegative: Bool
  /// String tokens that follow directly and continue the string.
  var moreStrings: [String] = []

  init(pool: DescriptorPool, field: FieldDescriptorProto, token: Token, isNegative: Bool) {
    self.pool = pool
    self.field = field
    self.token = token
    self.isNegative = isNegative
  }

  /// The value in the encoding of the field's type, nil if it is no such value.
  func scalar() -> OptionScalar? {
    let type = field.type ?? .int32
    switch type {
    case .float, .double: return number.map { .real($0, type) }
    case .bool: return isNegative ? nil : boolean.map { .varint($0 ? 1 : 0) }
    case .enum: return enumValue.map { .varint(UInt64(bitPattern: Int64($0))) }
    case .string, .bytes:
      guard token.kind == .string, !isNegative else { return nil }
      var bytes: [UInt8] = []
      for text in [token.text] + moreStrings { Literal.appendString(text, to: &bytes) }
      return .bytes(bytes)
    default: return integer(type).map { .integer($0, type) }
    }
  }

  private func integer(_ type: FieldDescriptorProto.FieldType) -> Int64? {
    guard token.kind == .integer, let range = type.integerRange else { return nil }
    if isNegative {
      guard range.minimum < 0 else { return nil }
      let limit = range.maximum + 1
      return Literal.integer(token.text, maximum: limit).map { Int64(bitPattern: 0 &- $0) }
    }
    return Literal.integer(token.text, maximum: range.maximum).map { Int64(bitPattern: $0) }
  }

  private var number: Double? {
    let sign = isNegative ? -1.0 : 1.0
    switch token.kind {
    case .integer: return Literal.integer(token.text, maximum: .max).map { sign * Double($0) }
    case .float: return sign * Literal.double(token.text)
    case .identifier:
      switch token.text.lowercased() {
      case "inf", "infinity": return sign * .infinity
      case "nan": return .nan
      default: return nil
      }
    default: return nil
    }
  }

  private var boolean: Bool? {
    switch token.text {
    case "true", "True", "t", "1": true
    case "false", "False", "f", "0": false
    default: nil
    }
  }

  private var enumValue: Int32? {
    let values = pool.enumeration(field.typeName)?.values ?? []
    if token.kind == .identifier, !isNegative {
      return values.first { $0.name == token.text }?.number
    }
    guard let number = integer(.int32).map({ Int32(truncatingIfNeeded: $0) }) else { return nil }
    return values.contains { $0.number == number } ? number : nil
  }
}
