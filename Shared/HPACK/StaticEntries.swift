/// The static table as the coder uses it: pointers, tokens, and a way from a field to its index.
struct StaticEntries: Sendable {
  static let shared = StaticEntries()

  // Unchecked: the memory belongs to string literals, is constant, and is never freed.
  struct Entry: @unchecked Sendable {
    let name: UnsafeRawBufferPointer
    let value: UnsafeRawBufferPointer
    let token: HeaderToken
  }

  let entries: [Entry]
  /// The index of the first entry with a hash of name and value, or of a name alone.
  private let byField: [UInt32: Int]
  private let byName: [UInt32: Int]

  private init() {
    let entries = StaticTable.entries.map { entry in
      let name = UnsafeRawBufferPointer(
        start: entry.name.utf8Start,
        count: entry.name.utf8CodeUnitCount
      )
      let value = UnsafeRawBufferPointer(
        start: entry.value.utf8Start,
        count: entry.value.utf8CodeUnitCount
      )
      return Entry(name: name, value: value, token: HeaderToken(name: name))
    }
    var byField: [UInt32: Int] = [:]
    var byName: [UInt32: Int] = [:]
    for (index, entry) in entries.enumerated().reversed() {
      let nameHash = FieldHash.hash(entry.name)
      byName[nameHash] = index + 1
      byField[FieldHash.hash(entry.value, seed: nameHash)] = index + 1
    }
    self.entries = entries
    self.byField = byField
    self.byName = byName
  }

  /// The index of the entry with this name and value.
  func index(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, hash: UInt32) -> Int?
  {
    guard let index = byField[hash], entries[index - 1].name.isEqual(to: name),
      entries[index - 1].value.isEqual(to: value)
    else { return nil }
    return index
  }

  /// The index of the first entry with this name.
  func index(name: UnsafeRawBufferPointer, nameHash: UInt32) -> Int? {
    guard let index = byName[nameHash], entries[index - 1].name.isEqual(to: name) else {
      return nil
    }
    return index
  }
}

/// A quick hash of header bytes (FNV-1a).
///
/// A collision costs a comparison, never a wrong field.
enum FieldHash {
  static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 2_166_136_261) -> UInt32 {
    var hash = seed
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash
  }
}
