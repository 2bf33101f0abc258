// JSON values written as Swift literals: `["name": "Ada", "born": 1815, "tags": ["a", nil]]`.

extension Google.Protobuf.Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// JSON's null.
  public init(nilLiteral: ()) {
    self.init(kind: .nullValue(.nullValue))
  }

  /// True or false.
  public init(booleanLiteral value: Bool) {
    self.init(kind: .boolValue(value))
  }

  /// A number.
  public init(floatLiteral value: Double) {
    self.init(kind: .numberValue(value))
  }

  /// A number.
  public init(integerLiteral value: Int64) {
    self.init(kind: .numberValue(Double(value)))
  }

  /// A string.
  public init(stringLiteral value: String) {
    self.init(kind: .stringValue(value))
  }

  /// An array.
  public init(arrayLiteral elements: Google.Protobuf.Value...) {
    self.init(kind: .listValue(Google.Protobuf.ListValue(values: elements)))
  }

  /// An object; of a name that occurs twice, the last value counts.
  public init(dictionaryLiteral members: (String, Google.Protobuf.Value)...) {
    let fields = Dictionary(members, uniquingKeysWith: { $1 })
    self.init(kind: .structValue(Google.Protobuf.Struct(fields: fields)))
  }

  /// The number, nil for anything else.
  public var number: Double? {
    if case .numberValue(let value) = kind { value } else { nil }
  }

  /// The string, nil for anything else.
  public var string: String? {
    if case .stringValue(let value) = kind { value } else { nil }
  }

  /// True or false, nil for anything else.
  public var bool: Bool? {
    if case .boolValue(let value) = kind { value } else { nil }
  }

  /// The elements, nil for anything but an array.
  public var array: [Google.Protobuf.Value]? {
    if case .listValue(let value) = kind { value.values } else { nil }
  }

  /// The members, nil for anything but an object.
  public var object: [String: Google.Protobuf.Value]? {
    if case .structValue(let value) = kind { value.fields } else { nil }
  }

  /// Whether this is JSON's null.
  public var isNull: Bool {
    if case .nullValue = kind { true } else { false }
  }
}

extension Google.Protobuf.Struct: ExpressibleByDictionaryLiteral {
  /// An object; of a name that occurs twice, the last value counts.
  public init(dictionaryLiteral members: (String, Google.Protobuf.Value)...) {
    self.init(fields: Dictionary(members, uniquingKeysWith: { $1 }))
  }

  /// A member, nil when there is none.
  public subscript(name: String) -> Google.Protobuf.Value? {
    get { fields[name] }
    set { fields[name] = newValue }
  }
}

extension Google.Protobuf.ListValue: ExpressibleByArrayLiteral {
  /// An array.
  public init(arrayLiteral elements: Google.Protobuf.Value...) {
    self.init(values: elements)
  }
}
