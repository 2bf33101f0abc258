/// Encodes header lists (RFC 7541 §6), with whatever makes the block shortest.
///
/// A field in one of the tables becomes its index. Others become literals, Huffman-coded when that is worth it,
/// and enter the table unless their `Indexing` forbids it: so a field that comes again costs one byte.
public struct HPACKEncoder: Sendable {
  /// When a string is written in Huffman's code.
  enum HuffmanUse {
    /// Where that is shorter, and worth its while.
    case whenShorter
    /// Always, or never: so are the examples of RFC 7541 Appendix C written.
    case always
    case never
  }

  var huffmanUse = HuffmanUse.whenShorter
  private(set) var table: DynamicTable
  /// The size that the table had at its smallest since the last block, when the decoder has to be told (§4.2).
  private var pendingUpdate: Int?
  /// Lists for reuse, each with the block that says it as long as the table does not change.
  ///
  /// The lists are kept, so that nobody else can have their memory.
  private var remembered: [(list: HeaderList, block: [UInt8])] = []
  private static let mostRemembered = 4

  /// Makes an encoder whose table has the size every decoder begins with.
  public init() {
    table = DynamicTable(maximumSize: 4096)
  }

  /// Obeys the decoder's SETTINGS_HEADER_TABLE_SIZE.
  ///
  /// We never use more than 4,096 bytes.
  public mutating func setMaximumTableSize(_ size: Int) {
    let size = min(size, 4096)
    guard size != table.maximumSize else { return }
    table.setMaximumSize(size)
    remembered.removeAll()
    pendingUpdate = min(pendingUpdate ?? size, size)
  }

  /// Appends the block for a list of fields.
  public mutating func encode(_ list: HeaderList, into block: inout [UInt8]) {
    if pendingUpdate != nil { encodeSizeUpdate(into: &block) }
    guard list.isForReuse else { return encodeFields(of: list, into: &block) }
    // By index: to go through the elements themselves is to keep and release all that they hold.
    for index in remembered.indices where remembered[index].list.isSame(as: list) {
      block.append(contentsOf: remembered[index].block)
      return
    }
    let (start, before) = (block.count, table.insertions)
    encodeFields(of: list, into: &block)
    if table.insertions == before, remembered.count < Self.mostRemembered {
      remembered.append((list, Array(block[start...])))
    }
  }

  private mutating func encodeSizeUpdate(into block: inout [UInt8]) {
    // §4.2: the smallest size first, when there was a smaller one than the last.
    if let smallest = pendingUpdate, smallest < table.maximumSize {
      PrefixedInteger.encode(smallest, prefixBits: 5, pattern: 0x20, into: &block)
    }
    PrefixedInteger.encode(table.maximumSize, prefixBits: 5, pattern: 0x20, into: &block)
    pendingUpdate = nil
  }

  private mutating func encodeFields(of list: HeaderList, into block: inout [UInt8]) {
    for index in 0..<list.count { encodeField(of: list, at: index, into: &block) }
  }

  private mutating func encodeField(of list: HeaderList, at index: Int, into block: inout [UInt8]) {
    let field = list.entries[index]
    let indexing = field.indexing
    list.withName(index) { name in
      list.withValue(index) { value in
        if indexing == .indexed, let index = self.index(of: name, value, hash: field.hash) {
          PrefixedInteger.encode(index, prefixBits: 7, pattern: 0x80, into: &block)
          return
        }
        // A field that would push most others out of the table is not worth its place.
        let isLarge = name.count + value.count + 32 > table.maximumSize * 3 / 4
        let (prefixBits, pattern): (Int, UInt8) =
          switch indexing {
          case .indexed where !isLarge: (6, 0x40)
          case .indexed, .withoutIndexing: (4, 0x00)
          case .neverIndexed: (4, 0x10)
          }
        let nameIndex = self.index(ofName: name, nameHash: field.nameHash) ?? 0
        PrefixedInteger.encode(nameIndex, prefixBits: prefixBits, pattern: pattern, into: &block)
        let isSentOnce = indexing == .withoutIndexing
        if nameIndex == 0 { encodeString(name, isSentOnce, into: &block) }
        encodeString(value, isSentOnce, into: &block)
        if indexing == .indexed && !isLarge {
          table.insert(fieldOf: list, at: index)
          remembered.removeAll(keepingCapacity: true)
        }
      }
    }
  }

  private func index(
    of name: UnsafeRawBufferPointer,
    _ value: UnsafeRawBufferPointer,
    hash: UInt32
  ) -> Int? {
    if let index = table.index(of: name, value, hash: hash) { return index + StaticTable.count + 1 }
    return StaticEntries.shared.index(name, value, hash: hash)
  }

  private func index(ofName name: UnsafeRawBufferPointer, nameHash: UInt32) -> Int? {
    if let index = StaticEntries.shared.index(name: name, nameHash: nameHash) { return index }
    return table.index(ofName: name, nameHash: nameHash).map { $0 + StaticTable.count + 1 }
  }

  /// A short string that is sent only once stays as it is: its code would save a byte in four, and would cost both ends
  /// more instructions than all else about the field (Huffman coding is left to the encoder, §5.2).
  private static let longestPlain = 16

  private func encodeString(
    _ string: UnsafeRawBufferPointer,
    _ isSentOnce: Bool,
    into block: inout [UInt8]
  ) {
    let staysPlain = isSentOnce && string.count <= Self.longestPlain && huffmanUse != .always
    let length = staysPlain ? string.count : Huffman.encodedLength(of: string)
    let isCoded =
      switch huffmanUse {
      case .whenShorter: length < string.count
      case .always: true
      case .never: false
      }
    if isCoded {
      PrefixedInteger.encode(length, prefixBits: 7, pattern: 0x80, into: &block)
      Huffman.encode(string, into: &block)
    } else {
      PrefixedInteger.encode(string.count, prefixBits: 7, pattern: 0x00, into: &block)
      block.append(contentsOf: string)
    }
  }
}
