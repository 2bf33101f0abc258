/// What a `.proto` file declares, for reading messages without their Swift types.
///
/// The compiler embeds each file's `FileDescriptorProto` as text; it is parsed when something first asks for it, and
/// never in a program that does not. Descriptors refer to each other by name: a tree of values has no cycles.
public final class FileDescriptor: Sendable {
  /// The path by which other files import this one.
  public let name: String
  /// The package, "" if there is none.
  public let package: String
  /// The serialized `FileDescriptorProto`, without comments and positions.
  public let serialized: [UInt8]
  /// The files that this one imports.
  public let dependencies: [FileDescriptor]

  let messages: [String: MessageNode]
  let enums: [String: EnumDescriptor]

  /// Parses an embedded descriptor.
  ///
  /// - Parameters:
  ///   - base64: The `FileDescriptorProto`; anything but Base64's own characters is skipped.
  ///   - dependencies: The imported files, in any order.
  public init(base64: StaticString, dependencies: [FileDescriptor]) {
    serialized = base64.withUTF8Buffer { decodeBase64($0) }
    self.dependencies = dependencies
    let parsed = ParsedFile(serialized)
    name = parsed.name
    package = parsed.package
    messages = parsed.messages
    enums = parsed.enums
  }

  /// The message with this full name, in this file or in one that it imports, directly or not.
  public func message(named fullName: String) -> MessageDescriptor? {
    if let node = messages[fullName] { return MessageDescriptor(file: self, node: node) }
    for file in dependencies {
      if let found = file.message(named: fullName) { return found }
    }
    return nil
  }

  /// The enum with this full name, in this file or in one that it imports, directly or not.
  public func enumeration(named fullName: String) -> EnumDescriptor? {
    if let found = enums[fullName] { return found }
    for file in dependencies {
      if let found = file.enumeration(named: fullName) { return found }
    }
    return nil
  }

  /// The descriptor of a message that this file is known to declare; generated code calls this.
  public func declared(_ fullName: String) -> MessageDescriptor {
    let node = messages[fullName] ?? MessageNode(fullName: fullName)
    return MessageDescriptor(file: self, node: node)
  }
}

/// The bytes of a Base64 text; characters outside its alphabet are skipped.
func decodeBase64(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.count / 4 * 3)
  var bits: UInt32 = 0
  var count = 0
  for character in text {
    let sextet: UInt8
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): sextet = character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): sextet = character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): sextet = character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): sextet = 62
    case UInt8(ascii: "/"): sextet = 63
    default: continue
    }
    bits = bits << 6 | UInt32(sextet)
    count += 6
    if count >= 8 {
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
  }
  return bytes
}
