/// An ordered list of header fields in one piece of memory.
///
/// All layers hand header fields to each other in this form. Names and values lie one behind the other in one
/// array of bytes; a field is three numbers. A list that is emptied keeps its memory, so a connection that
/// reuses one list allocates nothing for the next thousand requests.
public struct HeaderList: Sendable {
  /// How a field may be compressed (RFC 7541 §6.2).
  @frozen public enum Indexing: UInt8, Sendable {
    /// It may enter the dynamic table: it will come again.
    case indexed
    /// It does not enter the table: the next call has another value.
    case withoutIndexing
    /// It must never enter a table, here or at any hop: it is a secret.
    case neverIndexed
  }

  @usableFromInline
  struct Entry: Sendable {
    @usableFromInline var start: Int32
    @usableFromInline var nameLength: Int32
    @usableFromInline var valueLength: Int32
    @usableFromInline var indexing: Indexing
    @usableFromInline var token: HeaderToken
    /// Whether name and value hold only what RFC 9113 §8.2.1 allows.
    @usableFromInline var isWellFormed: Bool
    /// Of the name, and of name and value: what an encoder looks for in its tables.
    var nameHash: UInt32
    var hash: UInt32
  }

  @usableFromInline var bytes: [UInt8] = []
  @usableFromInline var entries: [Entry] = []
  /// Whether this very list will be sent again and again: an encoder then remembers what it made of it.
  ///
  /// Appending to a list makes another one of it, which is not.
  public var isForReuse = false

  /// An empty list.
  public init() {}

  /// The number of fields.
  @inlinable public var count: Int { entries.count }

  /// Whether there is no field.
  @inlinable public var isEmpty: Bool { entries.isEmpty }

  /// The size as RFC 9113 §6.5.2 counts it: names, values, and 32 for each field.
  public var size: Int { bytes.count + 32 * entries.count }

  /// Empties the list and keeps its memory.
  @inlinable
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }

  // MARK: Appending

  /// Appends a field.
  public mutating func append(
    name: String,
    value: String,
    indexing: Indexing = .indexed
  ) {
    var name = name
    var value = value
    name.withUTF8 { name in
      value.withUTF8 { value in
        append(
          name: UnsafeRawBufferPointer(name),
          value: UnsafeRawBufferPointer(value),
          indexing: indexing
        )
      }
    }
  }

  /// Appends a field.
  public mutating func append(
    name: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer,
    indexing: Indexing = .indexed
  ) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
    closeField(from: start, nameLength: name.count, indexing: indexing)
  }

  /// Makes a field of the bytes from `start` on.
  ///
  /// - Parameters:
  ///   - start: Where the name begins; the value follows it, up to the end.
  ///   - nameLength: The name's length in bytes.
  ///   - indexing: How the field may be compressed.
  ///   - token: The name's token when it is known.
  mutating func closeField(
    from start: Int,
    nameLength: Int,
    indexing: Indexing,
    token: HeaderToken? = nil
  ) {
    let entry = bytes.withUnsafeBytes { bytes in
      let name = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + nameLength)])
      let value = UnsafeRawBufferPointer(rebasing: bytes[(start + nameLength)...])
      let token = token ?? HeaderToken(name: name)
      // What will enter no table is not looked for in one, either.
      let nameHash = FieldHash.hash(name)
      let hash = indexing == .indexed ? FieldHash.hash(value, seed: nameHash) : 0
      return Entry(
        start: Int32(truncatingIfNeeded: start),
        nameLength: Int32(truncatingIfNeeded: nameLength),
        valueLength: Int32(truncatingIfNeeded: value.count),
        indexing: indexing,
        token: token,
        isWellFormed: FieldRules.isWellFormed(token, name: name, value: value),
        nameHash: nameHash,
        hash: hash
      )
    }
    entries.append(entry)
    isForReuse = false
  }

  /// Appends an entry of a decoder's table: what is known about it need not be found out again.
  mutating func append(_ field: TableField) {
    let start = bytes.count
    bytes.append(contentsOf: field.bytes)
    entries.append(
      Entry(
        start: Int32(truncatingIfNeeded: start),
        nameLength: Int32(truncatingIfNeeded: field.nameLength),
        valueLength: Int32(truncatingIfNeeded: field.bytes.count - field.nameLength),
        indexing: .indexed,
        token: field.token,
        isWellFormed: field.isWellFormed,
        nameHash: field.nameHash,
        hash: field.hash
      )
    )
  }

  /// Whether both are one list, in the same memory; equal ones are not.
  func isSame(as other: HeaderList) -> Bool {
    bytes.withUnsafeBytes(\.baseAddress) == other.bytes.withUnsafeBytes(\.baseAddress)
      && entries.withUnsafeBytes(\.baseAddress) == other.entries.withUnsafeBytes(\.baseAddress)
  }

  // MARK: Reading

  /// Which well-known name a field has.
  @inlinable
  public func token(_ index: Int) -> HeaderToken { entries[index].token }

  /// Whether a field's name and value hold only bytes that RFC 9113 §8.2.1 allows.
  ///
  /// Found out once for each entry of a decoder's table, not again each time the entry is named.
  @inlinable
  public func isWellFormed(_ index: Int) -> Bool { entries[index].isWellFormed }

  /// How a field may be compressed.
  public func indexing(_ index: Int) -> Indexing { entries[index].indexing }

  /// A field's name.
  public func name(_ index: Int) -> String {
    withName(index) { String(decoding: $0, as: UTF8.self) }
  }

  /// A field's value.
  ///
  /// Bytes that are no UTF-8 become U+FFFD.
  public func value(_ index: Int) -> String {
    withValue(index) { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a field has no value.
  @inlinable
  public func isValueEmpty(_ index: Int) -> Bool { entries[index].valueLength == 0 }

  /// Calls `body` with the bytes of a field's name.
  @inlinable
  public func withName<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let entry = entries[index]
    return bytes.withUnsafeBytes { bytes in
      let start = Int(entry.start)
      return body(
        UnsafeRawBufferPointer(rebasing: bytes[start..<(start + Int(entry.nameLength))])
      )
    }
  }

  /// Calls `body` with the bytes of a field's value.
  @inlinable
  public func withValue<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result
  {
    let entry = entries[index]
    return bytes.withUnsafeBytes { bytes in
      let start = Int(entry.start) + Int(entry.nameLength)
      return body(
        UnsafeRawBufferPointer(rebasing: bytes[start..<(start + Int(entry.valueLength))])
      )
    }
  }

  /// The place of the first field with a token; nil when there is none.
  @inlinable
  public func firstIndex(of token: HeaderToken) -> Int? {
    for index in entries.indices where entries[index].token == token { return index }
    return nil
  }

  /// The value of the first field with a name in lower case; nil when there is none.
  public func first(_ name: String) -> String? {
    for index in 0..<count where self.name(index) == name { return value(index) }
    return nil
  }
}

extension HeaderList: Equatable {
  /// Lists are equal when they hold the same names and values in the same order.
  public static func == (left: HeaderList, right: HeaderList) -> Bool {
    guard left.bytes == right.bytes, left.count == right.count else { return false }
    return zip(left.entries, right.entries).allSatisfy { $0.nameLength == $1.nameLength }
  }
}

extension HeaderList: ExpressibleByDictionaryLiteral, CustomStringConvertible {
  /// A list of these fields, in this order.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name: name, value: value) }
  }

  /// One field a line.
  public var description: String {
    (0..<count).map { "\(name($0)): \(value($0))" }.joined(separator: "\n")
  }
}
