/// Huffman strings, both ways (RFC 7541 §5.2).
enum Huffman {
  /// How many bytes a string takes when coded.
  static func encodedLength(of string: UnsafeRawBufferPointer) -> Int {
    var bits = 0
    HuffmanCode.codes.withUnsafeBufferPointer { codes in
      for byte in string { bits += Int(codes[Int(byte)].length) }
    }
    return (bits + 7) / 8
  }

  /// Appends a string's code, padded with the beginning of EOS, which is all ones.
  static func encode(_ string: UnsafeRawBufferPointer, into bytes: inout [UInt8]) {
    var pending: UInt64 = 0
    var count = 0
    HuffmanCode.codes.withUnsafeBufferPointer { codes in
      for byte in string {
        let code = codes[Int(byte)]
        pending = pending << UInt64(code.length) | UInt64(code.bits)
        count += Int(code.length)
        while count >= 8 {
          count -= 8
          bytes.append(UInt8(truncatingIfNeeded: pending >> UInt64(count)))
        }
      }
    }
    if count > 0 {
      let padding = 8 - count
      bytes.append(
        UInt8(truncatingIfNeeded: pending << UInt64(padding)) | UInt8((1 << padding) - 1)
      )
    }
  }

  /// Appends what a code stands for.
  static func decode(
    _ code: UnsafeRawBufferPointer,
    into bytes: inout [UInt8]
  ) throws(HPACKError) {
    let tree = DecodingTree.shared
    var node = 0
    var pending: UInt64 = 0
    var count = 0  // bits in `pending`
    var sinceSymbol = 0  // bits since the last whole symbol: the padding, in the end
    for byte in code {
      pending = pending << 8 | UInt64(byte)
      count += 8
      sinceSymbol += 8
      while count >= 8 {
        let entry = tree.entries[node * 256 + Int((pending >> UInt64(count - 8)) & 0xFF)]
        guard entry != DecodingTree.invalid else { throw .invalidHuffmanCode }
        if entry & DecodingTree.isNode != 0 {
          count -= 8
          node = Int(entry & 0xFFFF)
        } else {
          count -= Int(entry >> 8)
          bytes.append(UInt8(truncatingIfNeeded: entry))
          node = 0
          sinceSymbol = count
        }
      }
    }
    while count > 0 {
      let entry = tree.entries[node * 256 + Int((pending << UInt64(8 - count)) & 0xFF)]
      guard entry != DecodingTree.invalid else { throw .invalidHuffmanCode }
      if entry & DecodingTree.isNode != 0 || Int(entry >> 8) > count { break }
      count -= Int(entry >> 8)
      bytes.append(UInt8(truncatingIfNeeded: entry))
      node = 0
      sinceSymbol = count
    }
    // §5.2: padding longer than 7 bits, or other than ones, is an error.
    let mask = (UInt64(1) << UInt64(count)) - 1
    guard sinceSymbol <= 7, pending & mask == mask else { throw .invalidHuffmanCode }
  }
}

/// The code as tables that are entered with eight bits at a time.
///
/// Derived from the code once. Each node has 256 entries: a symbol and how many of the eight bits it used, the
/// number of the next node, or nothing (EOS: §5.2 forbids it inside a string).
private struct DecodingTree {
  static let shared = DecodingTree()
  static let isNode: UInt32 = 1 << 31
  static let invalid: UInt32 = .max

  private(set) var entries: [UInt32] = [UInt32](repeating: invalid, count: 256)

  private init() {
    for symbol in 0..<256 { add(UInt32(symbol), HuffmanCode.codes[symbol]) }
  }

  private mutating func add(_ symbol: UInt32, _ code: HuffmanCode.Code) {
    var node = 0
    var length = Int(code.length)
    while length > 8 {
      length -= 8
      let place = node * 256 + Int((code.bits >> UInt32(length)) & 0xFF)
      if entries[place] == Self.invalid {
        entries[place] = Self.isNode | UInt32(entries.count / 256)
        entries.append(contentsOf: repeatElement(Self.invalid, count: 256))
      }
      node = Int(entries[place] & 0xFFFF)
    }
    // All bytes that begin with what is left of the code mean this symbol.
    let free = 8 - length
    let first = Int((code.bits << UInt32(free)) & 0xFF)
    for byte in first..<(first + (1 << free)) {
      entries[node * 256 + byte] = UInt32(length) << 8 | symbol
    }
  }
}
