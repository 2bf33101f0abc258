extension Linker {
  mutating func checkNumber(of field: FieldDescriptorProto, path: [Int32]) {
    let path = path + [Path.fieldNumber]
    if field.number <= 0 {
      report("Field numbers must be positive integers.", at: path)
    } else if field.extendee.isEmpty, field.number > FieldLimits.maximum {
      report("Field numbers cannot be greater than \(FieldLimits.maximum).", at: path)
    } else if FieldLimits.implementation.contains(field.number) {
      report(
        "Field numbers 19000 through 19999 are reserved for the protocol buffer library "
          + "implementation.",
        at: path
      )
    }
  }

  /// Field numbers and names against each other, the ranges of extensions, and what is reserved.
  mutating func checkNumbers(of message: DescriptorProto, named name: String, path: [Int32]) {
    checkRanges(of: message, path: path)
    checkReservedNames(message.reservedNames, kind: "Field", path: path)
    let messagePath = path
    var taken: [Int32: String] = [:]
    let reservedNames = Set(message.reservedNames)
    for (index, field) in message.fields.enumerated() {
      let path = path + [Path.field, Int32(index)]
      if let other = taken.updateValue(field.name, forKey: field.number) {
        report(
          "Field number \(field.number) has already been used in \"\(name)\" by field "
            + "\"\(other)\".",
          at: path + [Path.fieldNumber]
        )
      }
      if message.reservedRanges.contains(where: {
        $0.start <= field.number && field.number < $0.end
      }) {
        report(
          "Field \"\(field.name)\" uses reserved number \(field.number).",
          at: path + [Path.fieldNumber]
        )
      }
      if reservedNames.contains(field.name) {
        report("Field name \"\(field.name)\" is reserved.", at: path + [Path.name])
      }
      if let rangeIndex = message.extensionRanges.firstIndex(where: {
        $0.start <= field.number && field.number < $0.end
      }) {
        let range = message.extensionRanges[rangeIndex]
        report(
          "Extension range \(range.start) to \(range.end - 1) includes field \"\(field.name)\" "
            + "(\(field.number)).",
          at: messagePath + [Path.extensionRange, Int32(rangeIndex)]
        )
      }
    }
  }

  private mutating func checkReservedNames(_ names: [String], kind: String, path: [Int32]) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      report("\(kind) name \"\(name)\" is reserved multiple times.", at: path + [Path.name])
    }
  }

  private mutating func checkRanges(of message: DescriptorProto, path: [Int32]) {
    for (index, range) in message.extensionRanges.enumerated() {
      let path = path + [Path.extensionRange, Int32(index)]
      if range.start <= 0 {
        report("Extension numbers must be positive integers.", at: path)
      } else if range.start >= range.end {
        report("Extension range end number must be greater than start number.", at: path)
      }
      for other in message.reservedRanges where overlap(range, other) {
        report(
          "Extension range \(range.start) to \(range.end &- 1) overlaps with reserved range "
            + "\(other.start) to \(other.end &- 1).",
          at: path
        )
      }
      for other in message.extensionRanges[(index + 1)...]
      where range.start < other.end && other.start < range.end {
        report(
          "Extension range \(other.start) to \(other.end &- 1) overlaps with already-defined "
            + "range \(range.start) to \(range.end &- 1).",
          at: path
        )
      }
    }
    for (index, range) in message.reservedRanges.enumerated() {
      let path = path + [Path.reservedRange, Int32(index)]
      if range.start <= 0 {
        report("Reserved numbers must be positive integers.", at: path)
      }
      for other in message.reservedRanges[..<index]
      where range.start < other.end && other.start < range.end {
        report(
          "Reserved range \(range.start) to \(range.end &- 1) overlaps with already-defined "
            + "range \(other.start) to \(other.end &- 1).",
          at: path
        )
      }
    }
  }

  private func overlap(_ range: ExtensionRange, _ other: ReservedRange) -> Bool {
    range.start < other.end && other.start < range.end
  }

  /// A oneof may hold nothing but options, which is one thing too few.
  mutating func checkOneofs(of message: DescriptorProto, path: [Int32]) {
    let used = Set(message.fields.compactMap(\.oneofIndex))
    for index in message.oneofs.indices where !used.contains(Int32(index)) {
      report(
        "Oneof must have at least one field.",
        at: path + [Path.oneof, Int32(index), Path.name]
      )
    }
  }

  /// An enum's values against what is reserved.
  mutating func checkNumbers(of type: EnumDescriptorProto, path: [Int32]) {
    if type.values.isEmpty {
      report("Enums must contain at least one value.", at: path + [Path.name])
    }
    checkReservedNames(type.reservedNames, kind: "Enum value", path: path)
    for (index, range) in type.reservedRanges.enumerated() {
      let path = path + [Path.enumReservedRange, Int32(index)]
      if range.start > range.end {
        report("Reserved range end number must be greater than start number.", at: path)
      }
      for other in type.reservedRanges[..<index]
      where range.start <= other.end && other.start <= range.end {
        report(
          "Reserved range \(range.start) to \(range.end) overlaps with already-defined range "
            + "\(other.start) to \(other.end).",
          at: path
        )
      }
    }
    for (index, value) in type.values.enumerated() {
      let path = path + [Path.enumValue, Int32(index)]
      if type.reservedRanges.contains(where: { $0.start <= value.number && value.number <= $0.end })
      {
        report(
          "Enum value \"\(value.name)\" uses reserved number \(value.number).",
          at: path + [Path.valueNumber]
        )
      }
      if type.reservedNames.contains(value.name) {
        report("Enum value \"\(value.name)\" is reserved.", at: path + [Path.name])
      }
    }
  }
}
