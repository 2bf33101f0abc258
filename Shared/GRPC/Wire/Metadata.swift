/// Key-value pairs that travel beside a call's messages: before them (initial) or after (trailing).
///
/// An ordered multimap. A key is lower case, as all field names of HTTP/2 are, and may occur several
/// times; the order of one key's values is kept. Values are text, or bytes when the key ends in `-bin`:
///
/// ```swift
/// var metadata: Metadata = ["x-request-id": "17", "x-request-id": "18"]
/// metadata.append([0xFF, 0x00], for: "trace-bin")
/// metadata["x-request-id"]                  // "17", the first
/// metadata.values(for: "x-request-id")      // ["17", "18"]
/// ```
///
/// Keys and values that may not be sent are not refused here but when the call is started or
/// answered, where an error has somewhere to go; `violation` tells beforehand.
public struct Metadata: Sendable, Hashable {
  /// One pair.
  public struct Element: Sendable, Hashable {
    /// The key: in lower case, unless the application wrote it otherwise, which `violation` tells.
    public let key: String
    /// The value.
    public let value: MetadataValue
  }

  @usableFromInline var elements: [Element] = []

  /// No pairs.
  public init() {}

  /// The first text value of a key; setting replaces all values of the key, nil removes them.
  public subscript(key: String) -> String? {
    get {
      for element in elements where Self.matches(element.key, key) {
        if case .text(let text) = element.value { return text }
      }
      return nil
    }
    set {
      removeAll(for: key)
      if let newValue { append(newValue, for: key) }
    }
  }

  /// All text values of a key, in order.
  public func values(for key: String) -> [String] {
    elements.compactMap { element in
      guard Self.matches(element.key, key), case .text(let text) = element.value else { return nil }
      return text
    }
  }

  /// All byte values of a key, in order.
  public func binaryValues(for key: String) -> [[UInt8]] {
    elements.compactMap { element in
      guard Self.matches(element.key, key), case .bytes(let bytes) = element.value else {
        return nil
      }
      return bytes
    }
  }

  /// Adds a text value behind what the key has.
  public mutating func append(_ text: String, for key: String) {
    elements.append(Element(key: key, value: .text(text)))
  }

  /// Adds a byte value behind what the key has; the key must end in `-bin`.
  public mutating func append(_ bytes: [UInt8], for key: String) {
    elements.append(Element(key: key, value: .bytes(bytes)))
  }

  /// Adds all pairs of `other` behind these.
  public mutating func append(contentsOf other: Metadata) {
    elements.append(contentsOf: other.elements)
  }

  /// Removes all values of a key.
  public mutating func removeAll(for key: String) {
    elements.removeAll { Self.matches($0.key, key) }
  }

  /// The pairs of these keys alone, to pass them on.
  public func keeping(_ keys: [String]) -> Metadata {
    var kept = Metadata()
    kept.elements = elements.filter { element in keys.contains { Self.matches(element.key, $0) } }
    return kept
  }

  /// Case does not matter to whoever looks something up; it seldom differs.
  private static func matches(_ stored: String, _ key: String) -> Bool {
    stored == key
      || (stored.utf8.count == key.utf8.count && stored.lowercased() == key.lowercased())
  }
}

extension Metadata: RandomAccessCollection {
  /// Index of the first pair.
  public var startIndex: Int { 0 }
  /// Index behind the last pair.
  public var endIndex: Int { elements.count }
  /// The pair at an index.
  public subscript(position: Int) -> Element { elements[position] }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  /// Text pairs in the order of the literal; a key may be repeated.
  public init(dictionaryLiteral pairs: (String, String)...) {
    for (key, value) in pairs { append(value, for: key) }
  }
}

extension Metadata: CustomStringConvertible {
  /// `key: value` pairs; bytes in base64, as on the wire.
  public var description: String {
    let pairs = elements.map { element in
      switch element.value {
      case .text(let text): "\(element.key): \(text)"
      case .bytes(let bytes): "\(element.key): \(Base64.encode(bytes))"
      }
    }
    return "[\(pairs.joined(separator: ", "))]"
  }
}

/// One value of one key of metadata.
public enum MetadataValue: Sendable, Hashable {
  /// Printable ASCII.
  case text(String)
  /// Any bytes, for a key that ends in `-bin`; base64 on the wire.
  case bytes([UInt8])
}
