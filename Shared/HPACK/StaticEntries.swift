/// The static table as the coders use it: bytes, tokens, and a way from a field to its index.
struct StaticEntries: Sendable {
  static let shared = StaticEntries()

  private struct Entry {
    let start: Int
    let end: Int
    let nameLength: Int
    let token: HeaderToken
    let nameHash: UInt32
    let hash: UInt32
  }

  private let bytes: [UInt8]
  private let entries: [Entry]
  /// Open-addressed tables of indexes, by the hash of name and value, and of the name alone; 0 is a free slot.
  private let byField: [UInt8]
  private let byName: [UInt8]

  private init() {
    var bytes: [UInt8] = []
    entries = StaticTable.entries.map { entry in
      let name = UnsafeRawBufferPointer(
        start: entry.name.utf8Start,
        count: entry.name.utf8CodeUnitCount
      )
      let value = UnsafeRawBufferPointer(
        start: entry.value.utf8Start,
        count: entry.value.utf8CodeUnitCount
      )
      let start = bytes.count
      bytes += name
      bytes += value
      let nameHash = FieldHash.hash(name)
      return Entry(
        start: start,
        end: bytes.count,
        nameLength: name.count,
        token: HeaderToken(name: name),
        nameHash: nameHash,
        hash: FieldHash.hash(value, seed: nameHash)
      )
    }
    self.bytes = bytes
    // Of entries with the same name, the first one is found.
    byField = Self.slots(entries.map(\.hash))
    byName = Self.slots(entries.map(\.nameHash))
  }

  private static func slots(_ hashes: [UInt32]) -> [UInt8] {
    var slots = [UInt8](repeating: 0, count: 256)
    for (index, hash) in hashes.enumerated() {
      var slot = Int(hash & 255)
      while slots[slot] != 0 { slot = (slot + 1) & 255 }
      slots[slot] = UInt8(index + 1)
    }
    return slots
  }

  /// Calls `body` with the field at an index from 1 to 61; returns nil for others.
  func withField<Result>(_ index: Int, _ body: (TableField) -> Result) -> Result? {
    guard index >= 1, index <= entries.count else { return nil }
    let entry = entries[index - 1]
    return bytes.withUnsafeBytes { bytes in
      body(
        TableField(
          bytes: UnsafeRawBufferPointer(rebasing: bytes[entry.start..<entry.end]),
          nameLength: entry.nameLength,
          token: entry.token,
          isWellFormed: true,
          nameHash: entry.nameHash,
          hash: entry.hash
        )
      )
    }
  }

  /// The index of the entry with this name and value.
  func index(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, hash: UInt32) -> Int?
  {
    search(byField, hash) {
      $0.hash == hash && $0.name.isEqual(to: name) && $0.value.isEqual(to: value)
    }
  }

  /// The index of the first entry with this name.
  func index(name: UnsafeRawBufferPointer, nameHash: UInt32) -> Int? {
    search(byName, nameHash) { $0.nameHash == nameHash && $0.name.isEqual(to: name) }
  }

  private func search(
    _ slots: [UInt8],
    _ hash: UInt32,
    _ isWanted: (TableField) -> Bool
  ) -> Int? {
    var slot = Int(hash & 255)
    // A quarter of the slots is taken, so this ends.
    while slots[slot] != 0 {
      let index = Int(slots[slot])
      if withField(index, isWanted) == true { return index }
      slot = (slot + 1) & 255
    }
    return nil
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
