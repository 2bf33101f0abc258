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
    /// For the encoder: fields with other hashes need not be compared.
    var hash: UInt32
    var nameHash: UInt32

    /// RFC 7541 §4.1.
    var size: Int { nameLength + valueLength + 32 }
  }

  private(set) var size = 0
  private(set) var maximumSize: Int
  private(set) var entries: [Entry] = []
  private var bytes: [UInt8] = []
  /// How many entries at the front of the array have been evicted.
  private(set) var evicted = 0

  init(maximumSize: Int) { self.maximumSize = maximumSize }

  var count: Int { entries.count - evicted }

  /// The entry at an index that counts from 0 for the newest; nil beyond the last.
  func entry(_ index: Int) -> Entry? {
    index < count ? entries[entries.count - 1 - index] : nil
  }

  func withName<Result>(_ entry: Entry, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
      body(UnsafeRawBufferPointer(rebasing: bytes[entry.start..<(entry.start + entry.nameLength)]))
    }
  }

  func withValue<Result>(_ entry: Entry, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { bytes in
      let start = entry.start + entry.nameLength
      return body(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + entry.valueLength)]))
    }
  }

  /// Changes the bound, and evicts what no longer fits (§4.3).
  mutating func setMaximumSize(_ newSize: Int) {
    maximumSize = newSize
    evict(toFit: 0)
  }

  /// Adds a field.
  ///
  /// One that is larger than the table empties it, which is no error (§4.4).
  mutating func insert(
    name: UnsafeRawBufferPointer,
    value: UnsafeRawBufferPointer,
    token: HeaderToken,
    hash: UInt32 = 0,
    nameHash: UInt32 = 0
  ) {
    let needed = name.count + value.count + 32
    evict(toFit: needed)
    guard needed <= maximumSize else { return }
    let start = bytes.count
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
    entries.append(
      Entry(
        start: start,
        nameLength: name.count,
        valueLength: value.count,
        token: token,
        hash: hash,
        nameHash: nameHash
      )
    )
    size += needed
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
