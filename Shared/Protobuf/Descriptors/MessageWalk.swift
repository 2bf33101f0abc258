/// Walks over a message's bytes with its descriptor at hand.
enum MessageWalk {
  /// Appends the fields up to the end of the reader's current message.
  static func walk(
    _ reader: inout WireReader,
    _ message: MessageDescriptor?,
    into fields: inout [DescribedField]
  ) throws(DecodingError) {
    while true {
      let start = reader.offset
      guard let rawTag = try reader.nextTag() else { return }
      let tag = WireTag(rawValue: rawTag)
      let number = Int32(truncatingIfNeeded: tag.number)
      guard
        let message, let descriptor = message.field(number),
        let type = tag.type, type == descriptor.wireType || isPacked(descriptor, type)
      else {
        fields.append(try unknown(&reader, tag, from: start))
        continue
      }
      var field = DescribedField(
        name: descriptor.name,
        number: number,
        descriptor: descriptor,
        wireType: type,
        bytes: start..<start,
        valueBytes: start..<start,
        valueText: ""
      )
      if descriptor.type == .message {
        try readMessage(&reader, message.message(of: descriptor), start, &field, into: &fields)
      } else if type == .startGroup {
        try reader.skip(tag)
        field.valueText = "{ … }"
        finish(&field, start, reader.offset..<reader.offset, &fields)
      } else if isPacked(descriptor, type) {
        let enclosing = try reader.enterPacked()
        var elementStart = start
        while !reader.isAtEnd {
          try readScalar(&reader, message, elementStart, field, into: &fields)
          elementStart = reader.offset
        }
        reader.leavePacked(enclosing)
      } else {
        try readScalar(&reader, message, start, field, into: &fields)
      }
    }
  }

  private static func isPacked(_ field: FieldDescriptor, _ type: WireType) -> Bool {
    let isNumber = field.wireType != .lengthDelimited && field.wireType != .startGroup
    return type == .lengthDelimited && field.label == .repeated && isNumber
  }

  /// An embedded message; when it breaks off, what was found of it is kept.
  private static func readMessage(
    _ reader: inout WireReader,
    _ type: MessageDescriptor?,
    _ start: Int,
    _ field: inout DescribedField,
    into fields: inout [DescribedField]
  ) throws(DecodingError) {
    let enclosing = try reader.enterMessage()
    let valueStart = reader.offset
    var children: [DescribedField] = []
    var failure: DecodingError?
    do throws(DecodingError) { try walk(&reader, type, into: &children) } catch { failure = error }
    field.children = children
    finish(&field, start, valueStart..<reader.offset, &fields)
    if let failure { throw failure }
    reader.leaveMessage(enclosing)
  }

  private static func readScalar(
    _ reader: inout WireReader,
    _ message: MessageDescriptor,
    _ start: Int,
    _ pattern: DescribedField,
    into fields: inout [DescribedField]
  ) throws(DecodingError) {
    guard let descriptor = pattern.descriptor else { return }
    var field = pattern
    var valueStart = reader.offset
    if descriptor.wireType == .lengthDelimited {
      var probe = reader
      _ = try probe.readVarint()
      valueStart = probe.offset
    }
    field.valueText = try TextFormat.value(
      &reader,
      of: descriptor.type,
      enumeration: message.enumeration(of: descriptor)
    )
    finish(&field, start, valueStart..<reader.offset, &fields)
  }

  private static func finish(
    _ field: inout DescribedField,
    _ start: Int,
    _ value: Range<Int>,
    _ fields: inout [DescribedField]
  ) {
    field.bytes = start..<value.upperBound
    field.valueBytes = value
    fields.append(field)
  }

  /// A field that the schema does not know, or not with this layout: its number, and its value as the layout tells.
  private static func unknown(
    _ reader: inout WireReader,
    _ tag: WireTag,
    from start: Int
  ) throws(DecodingError) -> DescribedField {
    let valueStart = reader.offset
    var value = reader
    try reader.skip(tag)
    var result = DescribedField(
      name: "\(tag.number)",
      number: Int32(truncatingIfNeeded: tag.number),
      descriptor: nil,
      wireType: tag.type ?? .varint,
      bytes: start..<reader.offset,
      valueBytes: valueStart..<reader.offset,
      valueText: ""
    )
    switch tag.type {
    case .varint: result.valueText = "\(try value.readVarint())"
    case .fixed32: result.valueText = "0x" + String(try value.readFixed32(), radix: 16)
    case .fixed64: result.valueText = "0x" + String(try value.readFixed64(), radix: 16)
    case .lengthDelimited:
      let content = try value.readDelimited()
      result.valueBytes = (reader.offset - content.count)..<reader.offset
      result.valueText = TextFormat.quote(content)
    case .startGroup, .endGroup, nil: result.valueText = "{ … }"
    }
    return result
  }
}
