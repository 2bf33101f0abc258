// gRPC's doc/PROTOCOL-HTTP2.md, "Requests": Custom-Metadata.

extension Metadata {
  /// The one key beginning with `grpc-` that applications read and write: a serialized
  /// `google.rpc.Status`.
  public static let statusDetailsKey = "grpc-status-details-bin"

  /// Why this metadata may not be sent; nil if it may.
  ///
  /// These rules bind our own callers. What a peer sends is read whatever it is.
  public var violation: String? {
    for element in elements {
      if let violation = Self.violation(of: element) { return violation }
    }
    return nil
  }

  static func violation(of element: Element) -> String? {
    let key = element.key
    if let reason = violation(ofKey: key) { return reason }
    switch element.value {
    case .bytes:
      guard key.hasSuffix("-bin") else {
        return "metadata key \"\(key)\" has bytes as its value: only keys that end in -bin may"
      }
    case .text(let text):
      guard !key.hasSuffix("-bin") else {
        return "metadata key \"\(key)\" ends in -bin: its value must be given as bytes"
      }
      // ASCII-Value → 1*( %x20-%x7E )
      guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        return "the value of metadata key \"\(key)\" is not printable ASCII:"
          + " send it as bytes under a key that ends in -bin"
      }
    }
    return nil
  }

  private static func violation(ofKey key: String) -> String? {
    if key.isEmpty { return "a metadata key is empty" }
    if key.utf8.first == UInt8(ascii: ":") {
      return "metadata key \"\(key)\" begins with a colon: these belong to HTTP/2"
    }
    // Header-Name → 1*( %x30-39 / %x61-7A / "_" / "-" / ".")
    if key.utf8.contains(where: (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains) {
      return "metadata key \"\(key)\" has an upper-case letter, which HTTP/2 forbids:"
        + " write \"\(key.lowercased())\""
    }
    guard key.utf8.allSatisfy(isKeyByte) else {
      return "metadata key \"\(key)\" has a character other than 0-9, a-z, _, - and ."
    }
    if key.hasPrefix("grpc-"), key != statusDetailsKey {
      return "metadata key \"\(key)\" begins with grpc-: these are reserved for gRPC itself"
    }
    if isOfTheProtocol(key) {
      return "metadata key \"\(key)\" is set by gRPC itself"
    }
    return nil
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Fields that the protocol writes, and those of HTTP/1.1 that HTTP/2 forbids (RFC 9113 §8.2.2).
  private static func isOfTheProtocol(_ key: String) -> Bool {
    switch key {
    case "content-type", "te", "user-agent", "host", "content-length", "connection", "keep-alive",
      "proxy-connection", "transfer-encoding", "upgrade":
      true
    default: false
    }
  }

  /// Adds a field of a peer: whatever it is, it is not an error.
  ///
  /// The values of a key that ends in `-bin` are split at commas and decoded; one that is not base64
  /// is kept as the text that it is. Text that is not UTF-8 is repaired, and can be read but not sent
  /// back.
  mutating func appendReceived(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    let key = String(decoding: name, as: UTF8.self)
    guard key.hasSuffix("-bin") else {
      let text = String(decoding: value, as: UTF8.self)
      return elements.append(Element(key: key, value: .text(text)))
    }
    var start = 0
    while true {
      let end = value[start...].firstIndex(of: UInt8(ascii: ",")) ?? value.count
      let part = trimmed(UnsafeRawBufferPointer(rebasing: value[start..<end]))
      if let bytes = Base64.decode(part) {
        elements.append(Element(key: key, value: .bytes(bytes)))
      } else {
        let text = String(decoding: part, as: UTF8.self)
        elements.append(Element(key: key, value: .text(text)))
      }
      guard end < value.count else { return }
      start = end + 1
    }
  }

  private func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return UnsafeRawBufferPointer(rebasing: bytes[..<0]) }
    return UnsafeRawBufferPointer(rebasing: bytes[first...last])
  }
}
