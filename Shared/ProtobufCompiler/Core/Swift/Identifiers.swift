/// How names of a `.proto` become Swift identifiers, one at a time; `SwiftNames` resolves what collides.
///
/// `Docs/generated-code.md` has the table.
enum Identifiers {
  private static let acronyms: Set<String> = ["id", "url", "uri", "http", "https"]

  private static let keywords: Set<String> = [
    "actor", "as", "associatedtype", "async", "await", "break", "case", "catch", "class",
    "continue", "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough",
    "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init", "inout",
    "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public",
    "repeat", "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch",
    "throw", "throws", "true", "try", "typealias", "var", "where", "while",
  ]

  /// Members that every message has, and words that no backtick helps.
  private static let reservedMembers: Set<String> = [
    "init", "self", "unknownFields", "messageDescriptor", "messageName", "debugDescription",
    "hashValue", "hash", "merge", "encode", "serialized",
  ]

  /// Members that every enum has, and cases that an `Optional` would shadow.
  private static let reservedCases: Set<String> = [
    "init", "self", "none", "some", "unrecognized", "rawValue", "allCases", "hashValue", "hash",
  ]

  /// Members that every service protocol or stub has.
  private static let reservedMethods: Set<String> = [
    "init", "self", "channel", "blocking", "methods", "execution", "serviceName",
  ]

  /// Whether Swift refuses a type name, or would take it for something else.
  static func isReserved(_ type: String, in scope: [String]) -> Bool {
    if ["Type", "Protocol", "Self", "Any"].contains(type) { return true }
    // Inside a service's enum these five are something else.
    let members = ["Method", "Service", "ImmediateService", "Stub", "BlockingStub"]
    if scope.isEmpty, members.contains(type) { return true }
    // These name modules and the runtime's namespace; inside `Google` they are harmless.
    return scope.first != "Google" && ["Swift", "Protobuf", "GRPC", "Google"].contains(type)
  }

  /// A type's name.
  static func type(_ name: String) -> String {
    let parts = name.split(separator: "_").map { capitalized(String($0)) }
    let joined = parts.joined()
    guard let first = joined.first else { return "Underscore" }
    return first.isNumber ? "_\(joined)" : joined
  }

  /// A field's or oneof's name, without backticks.
  static func field(_ name: String) -> String {
    protected(camel(name), against: reservedMembers)
  }

  /// A method's name, without backticks.
  static func method(_ name: String) -> String {
    let parts = name.split(separator: "_").map(String.init)
    guard let head = parts.first else { return "underscore" }
    let joined = ([lowercasedHead(head)] + parts.dropFirst().map(capitalized)).joined()
    return protected(joined, against: reservedMethods)
  }

  /// The case names of an enum, in order: its name is cut off if all remain distinct.
  static func cases(_ values: [EnumValueDescriptorProto], of enumName: String) -> [String] {
    let stripped = values.map { caseName(strip(enumName, from: $0.name)) }
    let collides = zip(stripped, values).contains { name, value in
      zip(stripped, values).contains { $0 == name && $1.number != value.number }
    }
    return collides ? unique(values.map { caseName($0.name) }, values) : stripped
  }

  /// A oneof's case, without backticks.
  static func oneofCase(_ name: String) -> String {
    protected(camel(name), against: reservedCases)
  }

  /// The identifier as it must be written where it is declared or used alone.
  static func escaped(_ name: String) -> String {
    keywords.contains(name) ? "`\(name)`" : name
  }

  private static func unique(
    _ names: [String],
    _ values: [EnumValueDescriptorProto]
  ) -> [String] {
    var taken: [String: Int32] = [:]
    return zip(names, values).map { name, value in
      var name = name
      while let number = taken[name], number != value.number { name += "_" }
      taken[name] = value.number
      return name
    }
  }

  private static func protected(_ name: String, against reserved: Set<String>) -> String {
    reserved.contains(name) ? name + "_" : name
  }

  private static func caseName(_ name: String) -> String {
    let isShouted = !name.contains { $0.isLowercase }
    let name = isShouted ? name.lowercased() : lowercasedHead(name)
    return protected(camel(name), against: reservedCases)
  }

  /// `user_id` → `userID`.
  private static func camel(_ name: String) -> String {
    let parts = name.split(separator: "_").map(String.init)
    guard let head = parts.first else { return "underscore" }
    let tail = parts.dropFirst().map { acronyms.contains($0) ? $0.uppercased() : capitalized($0) }
    let joined = ([lowercasedHead(head)] + tail).joined()
    return joined.first?.isNumber == true ? "_\(joined)" : joined
  }

  /// `GetURL` → `getURL`, `URLFor` → `urlFor`, `HTTP` → `http`.
  private static func lowercasedHead(_ word: String) -> String {
    let capitals = word.prefix { $0.isUppercase }
    guard !capitals.isEmpty else { return word }
    let length =
      capitals.count == word.count || capitals.count == 1
      ? capitals.count : capitals.count - 1
    return word.prefix(length).lowercased() + word.dropFirst(length)
  }

  private static func capitalized(_ word: String) -> String {
    word.prefix(1).uppercased() + word.dropFirst()
  }

  /// `PHONE_TYPE_HOME` without `PhoneType`, whatever its underscores, is `HOME`.
  private static func strip(_ enumName: String, from value: String) -> String {
    var prefix = enumName.filter { $0 != "_" }.lowercased()[...]
    var rest = value[...]
    while let expected = prefix.first {
      guard let found = rest.first else { return value }
      rest.removeFirst()
      if found == "_" { continue }
      guard found.lowercased() == String(expected) else { return value }
      prefix.removeFirst()
    }
    rest = rest.drop { $0 == "_" }
    guard let first = rest.first, !first.isNumber else { return value }
    return String(rest)
  }
}
