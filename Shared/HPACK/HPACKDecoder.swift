/// Decodes header blocks (RFC 7541 §3, §6).
///
/// One decoder serves one direction of one connection for its whole life: each block may refer to fields of
/// earlier ones. So a block is always decoded to its end, even when its fields are more than we want to
/// keep; otherwise the next block would be misread.
public struct HPACKDecoder: Sendable {
  private(set) var table: DynamicTable
  /// How often what a block means has changed: by a new entry, a new size, or a new limit.
  public private(set) var changes = 0
  /// Where the value of the last block's last field began, if that was a literal that entered no table; otherwise 0.
  public private(set) var lastValueStart = 0
  /// What we have told the encoder at the other end: its table may not be larger (§4.2).
  private var sizeLimit: Int

  /// Makes a decoder.
  ///
  /// - Parameter maximumTableSize: SETTINGS_HEADER_TABLE_SIZE as we announced it, in bytes.
  public init(maximumTableSize: Int = 4096) {
    table = DynamicTable(maximumSize: maximumTableSize)
    sizeLimit = maximumTableSize
  }

  /// Lowers or raises the limit, once the other end has acknowledged the setting.
  public mutating func setMaximumTableSize(_ size: Int) {
    sizeLimit = size
    changes += 1
  }

  /// Decodes one whole block and appends its fields to a list.
  ///
  /// - Parameters:
  ///   - block: The block, put together from its frames.
  ///   - list: Receives the fields.
  ///   - maximumSize: How large the list may become, as `HeaderList.size` counts.
  /// - Returns: Whether all fields fit; those that did not are missing from the list.
  /// - Throws: `HPACKError`; the connection cannot go on after it.
  public mutating func decode(
    _ block: UnsafeRawBufferPointer,
    into list: inout HeaderList,
    maximumSize: Int = .max
  ) throws(HPACKError) -> Bool {
    var position = 0
    var fits = true
    var mayUpdate = true
    lastValueStart = 0
    while position < block.count {
      let first = block[position]
      if first & 0xE0 == 0x20 {
        // §6.3, and §4.2: only at the beginning of a block.
        let size = try PrefixedInteger.decode(block, &position, prefixBits: 5)
        guard mayUpdate, size <= sizeLimit else { throw .invalidTableSizeUpdate }
        table.setMaximumSize(size)
        changes += 1
        continue
      }
      // §4.2: after a lowered limit the encoder must begin with an update that obeys it.
      guard table.maximumSize <= sizeLimit else { throw .missingTableSizeUpdate }
      mayUpdate = false
      lastValueStart = 0
      if !fits, first & 0x80 != 0 {
        // One byte can stand for a whole table of bytes: nothing is copied for a list that is lost already.
        try skipIndexedField(block, &position)
        continue
      }
      try decodeField(first, block, &position, into: &list)
      if list.size > maximumSize {
        list.removeLast()
        fits = false
      }
    }
    return fits
  }

  /// Decodes a block that is the same, up to the value of its last field, as one that the list came from.
  ///
  /// That one must have been decoded since `changes` changed, and the field must be a literal that enters no table.
  ///
  /// - Parameters:
  ///   - block: The block; nothing stands behind the value.
  ///   - start: Where the value begins.
  ///   - list: The fields of the earlier block; the last one gets its value from this block.
  ///   - maximumSize: How large the list may become.
  /// - Returns: Whether the last field fits; otherwise it is missing from the list.
  /// - Throws: `HPACKError`; the connection cannot go on after it.
  public static func decodeLastValue(
    of block: UnsafeRawBufferPointer,
    from start: Int,
    into list: inout HeaderList,
    maximumSize: Int
  ) throws(HPACKError) -> Bool {
    var position = start
    list.removeLastValue()
    try decodeString(block, &position, into: &list.bytes)
    list.closeLastValue()
    guard list.size > maximumSize else { return true }
    list.removeLast()
    return false
  }

  /// Passes over an indexed field (§6.1), quickly: thousands of them fit into a frame.
  private func skipIndexedField(
    _ block: UnsafeRawBufferPointer,
    _ position: inout Int
  ) throws(HPACKError) {
    var index = Int(block[position] & 0x7F)
    if index < 0x7F {
      position += 1
    } else {
      index = try PrefixedInteger.decode(block, &position, prefixBits: 7)
    }
    guard index > 0, index <= StaticTable.count + table.count else { throw .invalidIndex(index) }
  }

  private mutating func decodeField(
    _ first: UInt8,
    _ block: UnsafeRawBufferPointer,
    _ position: inout Int,
    into list: inout HeaderList
  ) throws(HPACKError) {
    if first & 0x80 != 0 {
      // §6.1: name and value from a table.
      let index = try PrefixedInteger.decode(block, &position, prefixBits: 7)
      guard withEntry(index, { list.append($0) }) != nil else { throw .invalidIndex(index) }
    } else if first & 0x40 != 0 {
      // §6.2.1: literal with incremental indexing.
      let index = try PrefixedInteger.decode(block, &position, prefixBits: 6)
      _ = try appendLiteral(index, .indexed, block, &position, to: &list)
      table.insert(fieldOf: list, at: list.count - 1)
      changes += 1
    } else {
      // §6.2.2 and §6.2.3: literal without indexing, or never indexed.
      let index = try PrefixedInteger.decode(block, &position, prefixBits: 4)
      let indexing: HeaderList.Indexing = first & 0x10 != 0 ? .neverIndexed : .withoutIndexing
      lastValueStart = try appendLiteral(index, indexing, block, &position, to: &list)
    }
  }

  /// The entry of the one address space that both tables share (§2.3.3).
  private func withEntry<Result>(_ index: Int, _ body: (TableField) -> Result) -> Result? {
    index <= StaticTable.count
      ? StaticEntries.shared.withField(index, body)
      : table.withField(index - StaticTable.count - 1, body)
  }

  /// Appends a literal field whose name is an entry's, or follows when the index is zero; returns where its value began.
  private func appendLiteral(
    _ index: Int,
    _ indexing: HeaderList.Indexing,
    _ block: UnsafeRawBufferPointer,
    _ position: inout Int,
    to list: inout HeaderList
  ) throws(HPACKError) -> Int {
    let start = list.bytes.count
    var token: HeaderToken?
    if index == 0 {
      try Self.decodeString(block, &position, into: &list.bytes)
    } else {
      token = withEntry(index) { entry in
        list.bytes.append(contentsOf: entry.name)
        return entry.token
      }
      guard token != nil else { throw .invalidIndex(index) }
    }
    let nameLength = list.bytes.count - start
    let valueStart = position
    try Self.decodeString(block, &position, into: &list.bytes)
    list.closeField(from: start, nameLength: nameLength, indexing: indexing, token: token)
    return valueStart
  }

  /// Reads a string literal (§5.2).
  private static func decodeString(
    _ block: UnsafeRawBufferPointer,
    _ position: inout Int,
    into bytes: inout [UInt8]
  ) throws(HPACKError) {
    guard position < block.count else { throw .truncated }
    let isHuffman = block[position] & 0x80 != 0
    let length = try PrefixedInteger.decode(block, &position, prefixBits: 7)
    guard length <= block.count - position else { throw .truncated }
    let string = UnsafeRawBufferPointer(rebasing: block[position..<(position + length)])
    position += length
    if isHuffman {
      try Huffman.decode(string, into: &bytes)
    } else {
      bytes.append(contentsOf: string)
    }
  }
}

extension HeaderList {
  /// Takes the last field away.
  mutating func removeLast() {
    guard let last = entries.popLast() else { return }
    bytes.removeSubrange(Int(last.start)...)
  }

  /// Takes the value of the last field away; the bytes that are appended then become its value.
  mutating func removeLastValue() {
    guard let last = entries.last else { return }
    bytes.removeLast(Int(last.valueLength))
    isForReuse = false
  }

  /// Makes the value of the last field of the bytes behind its name.
  mutating func closeLastValue() {
    guard let last = entries.last else { return }
    let start = Int(last.start)
    let end = start + Int(last.nameLength)
    let isWellFormed = bytes.withUnsafeBytes { bytes in
      let name = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
      let value = UnsafeRawBufferPointer(rebasing: bytes[end...])
      return FieldRules.isWellFormed(last.token, name: name, value: value)
    }
    entries[entries.count - 1].isWellFormed = isWellFormed
    entries[entries.count - 1].valueLength = Int32(truncatingIfNeeded: bytes.count - end)
  }
}
