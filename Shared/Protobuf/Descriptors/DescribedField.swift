/// One field found in a message's bytes: what it is, what it says, and where it lies.
public struct DescribedField: Sendable {
  /// The name as the `.proto` spells it; the number for a field that the schema does not know.
  public var name: String
  /// The field number.
  public var number: Int32
  /// The declaration, nil for a field that the schema does not know.
  public var descriptor: FieldDescriptor?
  /// How the value is laid out.
  public var wireType: WireType
  /// Where the field lies, tag included, counted from the first byte of the outermost message.
  public var bytes: Range<Int>
  /// Where the value lies, without tag and length.
  public var valueBytes: Range<Int>
  /// The value in text format: `"Ada"`, `42`, `RED`; of a message, "".
  public var valueText: String
  /// The fields of an embedded message, nil for other types.
  public var children: [DescribedField]?

  /// The field in one line: `name: "Ada"`, `author { name: "Ada" }`.
  public var text: String {
    guard let children else { return "\(name): \(valueText)" }
    guard !children.isEmpty else { return "\(name) { }" }
    return "\(name) { \(children.map(\.text).joined(separator: " ")) }"
  }
}

/// The fields found in a message's bytes, in the order in which they lie there.
public struct DescribedMessage: Sendable {
  /// The fields; of a packed list, one for each element.
  public var fields: [DescribedField] = []
  /// Why the walk ended before the end of the bytes.
  public var error: DecodingError?

  /// The fields in one line: `name: "Ada" age: 36`.
  public var text: String { fields.map(\.text).joined(separator: " ") }

  /// The fields in text format, a line each.
  public var lines: String {
    var result = ""
    Self.append(fields, indentation: "", to: &result)
    return result
  }

  private static func append(
    _ fields: [DescribedField],
    indentation: String,
    to result: inout String
  ) {
    for field in fields {
      guard let children = field.children else {
        result += "\(indentation)\(field.text)\n"
        continue
      }
      result += "\(indentation)\(field.name) {\n"
      append(children, indentation: indentation + "  ", to: &result)
      result += "\(indentation)}\n"
    }
  }
}

extension MessageDescriptor {
  /// Takes the bytes of any message of this type apart, as far as they make sense.
  public func describe(_ bytes: UnsafeRawBufferPointer) -> DescribedMessage {
    var reader = WireReader(bytes)
    var result = DescribedMessage()
    do throws(DecodingError) {
      try MessageWalk.walk(&reader, self, into: &result.fields)
    } catch {
      result.error = error
    }
    return result
  }

  /// Takes the bytes of any message of this type apart, as far as they make sense.
  public func describe(_ bytes: [UInt8]) -> DescribedMessage {
    bytes.withUnsafeBytes { describe($0) }
  }
}

extension Message {
  /// The message in protobuf's text format, a line per field.
  public var debugDescription: String {
    Self.messageDescriptor.describe(serialized()).lines
  }
}
