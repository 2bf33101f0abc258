// A wrapper is written like the value that it holds: `request.limit = 5`.

extension Google.Protobuf.DoubleValue: ExpressibleByFloatLiteral {
  /// Holds a literal.
  public init(floatLiteral value: Double) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: Double) {
    self.init(value: value)
  }
}

extension Google.Protobuf.FloatValue: ExpressibleByFloatLiteral {
  /// Holds a literal.
  public init(floatLiteral value: Float) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: Float) {
    self.init(value: value)
  }
}

extension Google.Protobuf.Int64Value: ExpressibleByIntegerLiteral {
  /// Holds a literal.
  public init(integerLiteral value: Int64) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: Int64) {
    self.init(value: value)
  }
}

extension Google.Protobuf.UInt64Value: ExpressibleByIntegerLiteral {
  /// Holds a literal.
  public init(integerLiteral value: UInt64) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: UInt64) {
    self.init(value: value)
  }
}

extension Google.Protobuf.Int32Value: ExpressibleByIntegerLiteral {
  /// Holds a literal.
  public init(integerLiteral value: Int32) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: Int32) {
    self.init(value: value)
  }
}

extension Google.Protobuf.UInt32Value: ExpressibleByIntegerLiteral {
  /// Holds a literal.
  public init(integerLiteral value: UInt32) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: UInt32) {
    self.init(value: value)
  }
}

extension Google.Protobuf.BoolValue: ExpressibleByBooleanLiteral {
  /// Holds a literal.
  public init(booleanLiteral value: Bool) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: Bool) {
    self.init(value: value)
  }
}

extension Google.Protobuf.StringValue: ExpressibleByStringLiteral {
  /// Holds a literal.
  public init(stringLiteral value: String) {
    self.init(value: value)
  }

  /// Holds `value`.
  public init(_ value: String) {
    self.init(value: value)
  }
}

extension Google.Protobuf.BytesValue: ExpressibleByArrayLiteral {
  /// Holds a literal.
  public init(arrayLiteral bytes: UInt8...) {
    self.init(value: bytes)
  }

  /// Holds `value`.
  public init(_ value: [UInt8]) {
    self.init(value: value)
  }
}
