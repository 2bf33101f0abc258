extension Parser {
  /// Stands for `max` until the whole message is read: `message_set_wire_format` decides its value.
  private static let openEnd: Int32 = -1

  // `extensions 4, 20 to max [options];`
  mutating func parseExtensionRanges(
    into message: inout DescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    let rangesPath = path + [Path.extensionRange]
    let location = open(rangesPath)
    defer { close(location) }
    try consume("extensions")
    let first = message.extensionRanges.count
    repeat {
      let rangePath = rangesPath + [Int32(message.extensionRanges.count)]
      let range = try parseRange(path: rangePath, expected: "Expected field number range.")
      message.extensionRanges.append(ExtensionRange(start: range.start, end: range.end))
    } while tryConsume(",")
    if isLooking(at: "[") {
      let mark = file.sourceCodeInfo.locations.count
      var options = ExtensionRangeOptions()
      let optionsPath = rangesPath + [Int32(first), Path.rangeOptions]
      try parseOptionList(into: &options, path: optionsPath)
      for index in first..<message.extensionRanges.count {
        for option in options.uninterpreted.indices {
          options.uninterpreted[option].path[rangesPath.count] = Int32(index)
        }
        message.extensionRanges[index].options = options
      }
      repeatLocations(
        from: mark,
        at: rangesPath.count,
        for: first + 1..<message.extensionRanges.count
      )
    }
    try consumeEnd(";", of: location)
  }

  /// Ranges that share their options share the options' locations too.
  private mutating func repeatLocations(from mark: Int, at depth: Int, for indices: Range<Int>) {
    let shared = Array(file.sourceCodeInfo.locations[mark...])
    for index in indices {
      for var location in shared {
        location.path[depth] = Int32(index)
        file.sourceCodeInfo.locations.append(location)
      }
    }
  }

  // `reserved 2, 9 to 11;` or `reserved "foo";`
  mutating func parseReserved(
    into message: inout DescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    let startToken = current
    try consume("reserved")
    if current.kind == .string || isEditions && current.kind == .identifier {
      try parseReservedNames(
        into: &message.reservedNames,
        path: path + [Path.reservedName],
        startToken: startToken
      )
      return
    }
    let location = open(path + [Path.reservedRange])
    start(location, at: startToken)
    defer { close(location) }
    var expected = "Expected field name or number range."
    repeat {
      let index = Int32(message.reservedRanges.count)
      let range = try parseRange(path: path + [Path.reservedRange, index], expected: expected)
      message.reservedRanges.append(range)
      expected = "Expected field number range."
    } while tryConsume(",")
    try consumeEnd(";", of: location)
  }

  /// Reserved names: strings before editions, identifiers since.
  mutating func parseReservedNames(
    into names: inout [String],
    path: [Int32],
    startToken: Token
  ) throws(Failure) {
    let location = open(path)
    start(location, at: startToken)
    defer { close(location) }
    repeat {
      let mark = open(path + [Int32(names.count)])
      defer { close(mark) }
      if isEditions {
        names.append(
          try consumeIdentifier(
            "Reserved names must be identifiers in editions, not string literals."
          )
        )
      } else {
        names.append(try consumeText("Expected field name."))
      }
    } while tryConsume(",")
    try consumeEnd(";", of: location)
  }

  /// `a` or `a to b`, the end made exclusive.
  private mutating func parseRange(
    path: [Int32],
    expected: String
  ) throws(Failure) -> ReservedRange {
    let location = open(path)
    defer { close(location) }
    let startToken = current
    let startMark = open(path + [Path.rangeStart])
    let start = try consumeInt32(expected)
    close(startMark)
    let end = try parseRangeEnd(path: path, startToken: startToken, start: start) {
      parser throws(Failure) in
      if parser.tryConsume("max") { return Self.openEnd - 1 }
      return try parser.consumeInt32("Expected integer.")
    }
    return ReservedRange(start: start, end: end &+ 1)
  }

  private mutating func parseRangeEnd(
    path: [Int32],
    startToken: Token,
    start: Int32,
    parse: (inout Parser) throws(Failure) -> Int32
  ) throws(Failure) -> Int32 {
    guard tryConsume("to") else {
      let mark = open(path + [Path.rangeEnd])
      self.start(mark, at: startToken)
      end(mark, at: startToken)
      return start
    }
    let mark = open(path + [Path.rangeEnd])
    defer { close(mark) }
    return try parse(&self)
  }

  /// `reserved` in an enum: signed numbers, ends inclusive.
  mutating func parseEnumReserved(
    into type: inout EnumDescriptorProto,
    path: [Int32]
  ) throws(Failure) {
    let startToken = current
    try consume("reserved")
    if current.kind == .string || isEditions && current.kind == .identifier {
      try parseReservedNames(
        into: &type.reservedNames,
        path: path + [Path.enumReservedName],
        startToken: startToken
      )
      return
    }
    let location = open(path + [Path.enumReservedRange])
    start(location, at: startToken)
    defer { close(location) }
    var expected = "Expected enum value or number range."
    repeat {
      let rangePath = path + [Path.enumReservedRange, Int32(type.reservedRanges.count)]
      let rangeMark = open(rangePath)
      defer { close(rangeMark) }
      let numberToken = current
      let startMark = open(rangePath + [Path.rangeStart])
      let start = try consumeSignedInt32(expected)
      close(startMark)
      let end = try parseRangeEnd(path: rangePath, startToken: numberToken, start: start) {
        parser throws(Failure) in
        if parser.tryConsume("max") { return Int32.max }
        return try parser.consumeSignedInt32("Expected integer.")
      }
      type.reservedRanges.append(ReservedRange(start: start, end: end))
      expected = "Expected enum number range."
    } while tryConsume(",")
    try consumeEnd(";", of: location)
  }

  /// Gives `max` its value: the highest field number, in a message set the highest `int32`.
  func closeOpenRanges(of message: inout DescriptorProto) {
    let isMessageSet =
      message.options?.uninterpreted.contains {
        $0.isNamed("message_set_wire_format") && $0.value == .identifier("true")
      } ?? false
    let maximum = isMessageSet ? Int32.max : FieldLimits.maximum + 1
    for index in message.extensionRanges.indices
    where message.extensionRanges[index].end == Self.openEnd {
      message.extensionRanges[index].end = maximum
    }
    for index in message.reservedRanges.indices
    where message.reservedRanges[index].end == Self.openEnd {
      message.reservedRanges[index].end = maximum
    }
  }
}

/// The numbers a field may have.
enum FieldLimits {
  /// 2²⁹ − 1: a tag holds the number and three bits of wire type.
  static let maximum: Int32 = 536_870_911
  /// Reserved for implementations.
  static let implementation: ClosedRange<Int32> = 19000...19999
}
