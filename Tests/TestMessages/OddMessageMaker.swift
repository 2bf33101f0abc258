package import Protobuf

/// Makes random wire forms of a message from its descriptor: valid, but as no serializer would write them.
///
/// Fields come in any order and repeatedly, lists packed or not or both, varints longer than necessary, map entries
/// without key or value or with both twice, and fields that the schema does not know in between.
package struct OddMessageMaker {
  private var state: UInt64

  /// Begins a sequence that is the same for the same seed.
  package init(seed: UInt64) {
    state = seed
  }

  /// The wire form of some message.
  package mutating func make(_ type: MessageDescriptor) -> [UInt8] {
    var bytes: [UInt8] = []
    append(type, depth: 0, to: &bytes)
    return bytes
  }

  private mutating func append(_ type: MessageDescriptor, depth: Int, to bytes: inout [UInt8]) {
    let count = depth == 0 ? random(24) : random(max(1, 7 - 2 * depth))
    for _ in 0..<count {
      // In a map's entry implementations differ: upb moves such an entry to the unknown fields, C++ and Go drop the field.
      if random(20) == 0, !type.isMapEntry {
        appendUnknown(depth: depth, to: &bytes)
      } else if let field = pick(type.fields) {
        append(field, of: type, depth: depth, to: &bytes)
      }
    }
  }

  private mutating func append(
    _ field: FieldDescriptor,
    of type: MessageDescriptor,
    depth: Int,
    to bytes: inout [UInt8]
  ) {
    let number = UInt64(UInt32(bitPattern: field.number))
    if let message = type.message(of: field) {
      guard depth < 3 else { return }
      var content: [UInt8] = []
      append(message, depth: depth + 1, to: &content)
      appendVarint(number << 3 | 2, to: &bytes)
      appendDelimited(content, to: &bytes)
    } else if field.label == .repeated, field.wireType != .lengthDelimited, random(2) == 0 {
      var content: [UInt8] = []
      for _ in 0..<random(6) { appendValue(field.type, to: &content) }
      appendVarint(number << 3 | 2, to: &bytes)
      appendDelimited(content, to: &bytes)
    } else {
      appendVarint(number << 3 | UInt64(field.wireType.rawValue), to: &bytes)
      appendValue(field.type, to: &bytes)
    }
  }

  private mutating func appendValue(_ type: FieldDescriptor.FieldType, to bytes: inout [UInt8]) {
    switch type {
    case .double, .fixed64, .sfixed64: appendBits(number(), 8, to: &bytes)
    case .float, .fixed32, .sfixed32: appendBits(number(), 4, to: &bytes)
    case .string: appendDelimited(Array(text().utf8), to: &bytes)
    case .bytes:
      appendDelimited((0..<random(9)).map { _ in UInt8(truncatingIfNeeded: next()) }, to: &bytes)
    case .bool: appendVarint(number() & 3, isOdd: random(4) == 0, to: &bytes)
    default: appendVarint(number(), isOdd: random(8) == 0, to: &bytes)
    }
  }

  /// A field that no schema here has: 19 and 190 to 199 are free.
  private mutating func appendUnknown(depth: Int, to bytes: inout [UInt8]) {
    let number = random(3) == 0 ? 19 : UInt64(190 + random(10))
    switch random(5) {
    case 0:
      appendVarint(number << 3, to: &bytes)
      appendVarint(next(), to: &bytes)
    case 1:
      appendVarint(number << 3 | 1, to: &bytes)
      appendBits(next(), 8, to: &bytes)
    case 2:
      appendVarint(number << 3 | 5, to: &bytes)
      appendBits(next(), 4, to: &bytes)
    case 3:
      appendVarint(number << 3 | 2, to: &bytes)
      appendDelimited(Array("unknown".utf8.prefix(random(8))), to: &bytes)
    default:
      appendVarint(number << 3 | 3, to: &bytes)
      if depth < 3 { appendUnknown(depth: depth + 1, to: &bytes) }
      appendVarint(number << 3 | 4, to: &bytes)
    }
  }

  private mutating func appendDelimited(_ content: [UInt8], to bytes: inout [UInt8]) {
    appendVarint(UInt64(content.count), isOdd: random(16) == 0, to: &bytes)
    bytes += content
  }

  /// A varint; an odd one has a byte more than it needs.
  private func appendVarint(_ value: UInt64, isOdd: Bool = false, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    let isLengthened = isOdd && value < 1 << 56
    bytes.append(UInt8(truncatingIfNeeded: rest) | (isLengthened ? 0x80 : 0))
    if isLengthened { bytes.append(0) }
  }

  private func appendBits(_ value: UInt64, _ count: Int, to bytes: inout [UInt8]) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }

  /// Small, at an edge, or any.
  private mutating func number() -> UInt64 {
    switch random(6) {
    case 0: 0
    case 1: UInt64(random(300))
    case 2: UInt64(bitPattern: -Int64(random(300)))
    case 3: UInt64(1) << random(64)
    case 4: (UInt64(1) << random(64)) &- 1
    default: next()
    }
  }

  private mutating func text() -> String {
    String((0..<random(8)).map { _ in pick(Array("ab0 é\u{0}ß\u{FFFD}\u{1F600}漢\"\\\n")) ?? "x" })
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[random(elements.count)]
  }

  private mutating func random(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: (next() >> 33) % UInt64(bound))
  }

  /// SplitMix64.
  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
