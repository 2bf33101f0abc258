/// Names that are derived from the names of fields.
enum JSONName {
  /// lowerCamelCase: `foo_bar` becomes `fooBar`; the first letter stays as it is.
  static func field(_ name: String) -> String { camelCase(name, capitalizeFirst: false) }

  /// The entry type of a map field: `foo_map` becomes `FooMapEntry`.
  static func mapEntry(_ name: String) -> String {
    camelCase(name, capitalizeFirst: true) + "Entry"
  }

  private static func camelCase(_ name: String, capitalizeFirst: Bool) -> String {
    var capitalize = capitalizeFirst
    var result: [UInt8] = []
    for byte in name.utf8 {
      if byte == 0x5F {
        capitalize = true
      } else {
        let isLower = byte >= 0x61 && byte <= 0x7A
        result.append(capitalize && isLower ? byte - 0x20 : byte)
        capitalize = false
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
