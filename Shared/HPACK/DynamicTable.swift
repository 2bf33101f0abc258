/// The dynamic table of RFC 7541 §2.3.2: a queue of fields, the newest first, bounded in size.
///
/// The fields' bytes lie one behind the other in one array; what has been evicted is cut off its front from
/// time to time, so that neither inserting nor evicting moves much memory.
struct DynamicTable {
  struct Entry {
    var start: Int
    var nameLength: Int
    var valueLength: Int
    var token: HeaderToken
    var isWellFormed: Bool
    /// Fields with other hashes need not be compared.
    var nameHash: UInt32
    var hash: UInt32

    /// RFC 7541 §4.1.
    var size: Int { nameLength + valueLength + 32 }
  }

  private(set) var size = 0
  private(set) var maximumSize: Int
  /// How many fields have been added, those that were evicted or too large included.
  private(set) var insertions = 0
  private(set) var entries: [Entry] = []
  private var bytes: [UInt8] = []
  /// How many entries at the front of the array have been evicted.
  private(set) var evicted = 0

  init(maximumSize: Int) { self.maximumSize = maximumSize }

  var count: Int { entries.count - evicted }

  /// Calls `body` with the field at an index that counts from 0 for the newest; returns nil beyond the last.
  func withField<Result>(_ index: Int, _ body: (TableField) -> Result) -> Result? {
    guard index < count else { return nil }
    let entry = entries[entries.count - 1 - index]
    return bytes.withUnsafeBytes { bytes in
      let end = entry.start + entry.nameLength + entry.valueLength
      return body(
        TableField(
          bytes: UnsafeRawBufferPointer(rebasing: bytes[entry.start..<end]),
          nameLength: entry.nameLength,
          token: entry.token,
          isWellFormed: entry.isWellFormed,
          nameHash: entry.nameHash,
          hash: entry.hash
        )
      )
    }
  }

  /// The index of a field; nil when the table does not hold it.
  ///
  /// Newest first: what was used in the last block is asked for in the next.
  func index(
    of name: UnsafeRawBufferPointer,
    _ value: UnsafeRawBufferPointer,
    hash: UInt32
  ) -> Int? {
    entries.withUnsafeBufferPointer { entries in
      var place = entries.count
      while place > evicted {
        place -= 1
        guard entries[place].hash == hash else { continue }
        let index = entries.count - 1 - place
        let isSame = withField(index) { $0.name.isEqual(to: name) && $0.value.isEqual(to: value) }
        if isSame == true { return index }
      }
      return nil
    }
  }

  /// The index of the newest field with a name; nil when the table holds none.
  func index(ofName name: UnsafeRawBufferPointer, nameHash: UInt32) -> Int? {
    entries.withUnsafeBufferPointer { entries in
      var place = entries.count
      while place > evicted {
        place -= 1
        guard entries[place].nameHash == nameHash else { continue }
        let index = entries.count - 1 - place
        if withField(index, { $0.name.isEqual(to: name) }) == true { return index }
      }
      return nil
    }
  }

  /// Changes the bound, and evicts what no longer fits (§4.3).
  mutating func setMaximumSize(_ newSize: Int) {
    maximumSize = newSize
    evict(toFit: 0)
  }

  /// Adds a field of a list.
  ///
  /// One that is larger than the table empties it, which is no error (§4.4).
  mutating func insert(fieldOf list: HeaderList, at index: Int) {
    let field = list.entries[index]
    let length = Int(field.nameLength) + Int(field.valueLength)
    insertions += 1
    evict(toFit: length + 32)
    guard length + 32 <= maximumSize else { return }
    let start = bytes.count
    bytes.append(contentsOf: list.bytes[Int(field.start)..<(Int(field.start) + length)])
    entries.append(
      Entry(
        start: start,
        nameLength: Int(field.nameLength),
        valueLength: Int(field.valueLength),
        token: field.token,
        isWellFormed: field.isWellFormed,
        nameHash: field.nameHash,
        hash: field.hash
      )
    )
    size += length + 32
  }

  private mutating func evict(toFit needed: Int) {
    while size + needed > maximumSize, evicted < entries.count {
      size -= entries[evicted].size
      evicted += 1
    }
    if evicted > 64 || (evicted > 0 && evicted == entries.count) { compact() }
  }

  private mutating func compact() {
    let cut = evicted < entries.count ? entries[evicted].start : bytes.count
    bytes.removeSubrange(..<cut)
    entries.removeSubrange(..<evicted)
    for index in entries.indices { entries[index].start -= cut }
    evicted = 0
  }
}
