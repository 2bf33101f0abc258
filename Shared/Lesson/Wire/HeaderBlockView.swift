internal import HPACK

/// Reads the header blocks of one direction and tells of each field how HPACK coded it (RFC 7541).
///
/// The values come from the decoder that the stack itself uses; where each field lies and which form it
/// has is read here once more, since a decoder has no use for that.
struct HeaderBlockView {
  private var decoder: HPACKDecoder
  /// What the fields would have taken as text, and what they took.
  private(set) var plainBytes = 0
  private(set) var codedBytes = 0

  init() {
    decoder = HPACKDecoder()
    // An observer takes whatever size the two ends have agreed on.
    decoder.setMaximumTableSize(1 << 24)
  }

  /// One field of a block.
  struct Field {
    let name: String
    let value: String
    let node: WireNode
  }

  /// Takes a whole block; its first byte has the number `start` in the frame.
  mutating func read(_ block: [UInt8], at start: Int) -> (fields: [Field], extra: [WireNode]) {
    var list = HeaderList()
    let isWhole = block.withUnsafeBytes { (try? decoder.decode($0, into: &list)) != nil }
    var reader = RepresentationReader(block: block, start: start)
    var fields: [Field] = []
    var extra: [WireNode] = []
    while let form = reader.next() {
      guard form.isField else {
        extra.append(form.node(text: "the dynamic table holds at most \(form.index) bytes"))
        continue
      }
      guard fields.count < list.count else { break }
      let name = list.name(fields.count)
      let value = list.value(fields.count)
      plainBytes += name.utf8.count + value.utf8.count
      codedBytes += form.bytes.count
      fields.append(
        Field(name: name, value: value, node: form.node(text: "\(name): \(value)", name, value))
      )
    }
    if !isWhole {
      extra.append(
        WireNode(
          bytes: start..<(start + block.count),
          text: "this block cannot be decoded: COMPRESSION_ERROR",
          rule: "RFC 9113 §4.3"
        )
      )
    }
    return (fields, extra)
  }
}

/// Finds the representations in a block (RFC 7541 §6) without decoding their strings.
private struct RepresentationReader {
  let block: [UInt8]
  let start: Int
  private var position = 0

  init(block: [UInt8], start: Int) {
    self.block = block
    self.start = start
  }

  struct Form {
    enum Kind { case indexed, inserted, plain, secret, tableSize }
    let kind: Kind
    let index: Int
    /// The first integer: form and index.
    let head: Range<Int>
    var name: CodedString?
    var value: CodedString?
    var bytes: Range<Int>
    var isField: Bool { kind != .tableSize }
  }

  struct CodedString {
    let length: Range<Int>
    let content: Range<Int>
    let isHuffman: Bool
  }

  mutating func next() -> Form? {
    guard position < block.count else { return nil }
    let from = position
    let first = block[position]
    let (kind, bits): (Form.Kind, Int) =
      switch first {
      case 0x80...: (.indexed, 7)
      case 0x40...: (.inserted, 6)
      case 0x20...: (.tableSize, 5)
      case 0x10...: (.secret, 4)
      default: (.plain, 4)
      }
    guard let index = integer(bits) else { return nil }
    var form = Form(kind: kind, index: index, head: place(from), bytes: place(from))
    if kind != .indexed && kind != .tableSize {
      if index == 0 {
        guard let name = string() else { return nil }
        form.name = name
      }
      guard let value = string() else { return nil }
      form.value = value
    }
    form.bytes = place(from)
    return form
  }

  private func place(_ from: Int) -> Range<Int> { (start + from)..<(start + position) }

  private mutating func integer(_ bits: Int) -> Int? {
    let mask = (1 << bits) - 1
    var value = Int(block[position]) & mask
    position += 1
    guard value == mask else { return value }
    var shift = 0
    while position < block.count, shift <= 28 {
      let byte = block[position]
      position += 1
      value += Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }

  private mutating func string() -> CodedString? {
    guard position < block.count else { return nil }
    let from = position
    let isHuffman = block[position] & 0x80 != 0
    guard let length = integer(7), length <= block.count - position else { return nil }
    let head = place(from)
    let contentStart = position
    position += length
    return CodedString(length: head, content: place(contentStart), isHuffman: isHuffman)
  }
}

extension RepresentationReader.Form {
  /// How the field is coded, in words, with the section of RFC 7541.
  private var description: (note: String, rule: String) {
    let table = index <= 61 ? "static" : "dynamic"
    let huffman = value?.isHuffman == true ? ", Huffman" : ""
    switch kind {
    case .indexed: return ("indexed: \(table) entry \(index)", "RFC 7541 §6.1")
    case .inserted: return ("literal\(huffman), new entry 62", "RFC 7541 §6.2.1")
    case .plain: return ("literal\(huffman), not indexed", "RFC 7541 §6.2.2")
    case .secret: return ("literal\(huffman), never indexed", "RFC 7541 §6.2.3")
    case .tableSize: return ("table size update", "RFC 7541 §6.3")
    }
  }

  func node(text: String, _ name: String = "", _ value: String = "") -> WireNode {
    let (note, rule) = description
    var node = WireNode(bytes: bytes, text: text, note: note, rule: rule)
    var headText = note
    if kind != .indexed && kind != .tableSize {
      headText +=
        index == 0
        ? "; the name follows"
        : "; the name is \(index <= 61 ? "static" : "dynamic") entry \(index)"
    }
    node.children.append(WireNode(bytes: head, text: headText, rule: rule, isLayout: true))
    if let coded = self.name { node.children += Self.nodes(of: coded, name) }
    if let coded = self.value { node.children += Self.nodes(of: coded, value) }
    return node
  }

  private static func nodes(
    of string: RepresentationReader.CodedString,
    _ text: String
  )
    -> [WireNode]
  {
    let size = string.content.count
    let length =
      string.isHuffman
      ? "Huffman, \(size) bytes for \(text.utf8.count)" : "plain, \(size) bytes"
    var nodes = [
      WireNode(bytes: string.length, text: length, rule: "RFC 7541 §5.2", isLayout: true)
    ]
    if size > 0 {
      nodes.append(WireNode(bytes: string.content, text: "\"\(text)\"", isLayout: true))
    }
    return nodes
  }
}
