/// Fields that the schema does not know.
extension WireReader {
  /// Moves behind the value of the field whose tag was just read and appends the field, tag included, to `bytes`.
  public mutating func readUnknown(_ tag: UInt32, into bytes: inout [UInt8]) throws(DecodingError) {
    let first = fieldStart
    try skip(WireTag(rawValue: tag))
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: first, count: cursor - first))
  }

  /// Moves behind the value of the field whose tag was just read.
  public mutating func skip(_ tag: WireTag) throws(DecodingError) {
    switch tag.type {
    case .varint: _ = try readVarint()
    case .fixed64: _ = try readFixed64()
    case .fixed32: _ = try readFixed32()
    case .lengthDelimited: _ = try readDelimited()
    case .startGroup: try skipGroup(tag.number)
    case .endGroup: throw DecodingError(.unmatchedGroupEnd, at: fieldStart - start)
    case nil:
      throw DecodingError(.invalidWireType(UInt8(tag.rawValue & 7)), at: fieldStart - start)
    }
  }

  /// Moves behind the end of group `number`; groups nest, so this recurses, within the same limit as messages.
  private mutating func skipGroup(_ number: UInt32) throws(DecodingError) {
    guard remainingDepth > 0 else { throw DecodingError(.nestedTooDeeply, at: offset) }
    remainingDepth -= 1
    while let next = try nextTag() {
      let tag = WireTag(rawValue: next)
      if tag.type == .endGroup {
        guard tag.number == number else {
          throw DecodingError(.unmatchedGroupEnd, at: fieldStart - start)
        }
        remainingDepth += 1
        return
      }
      try skip(tag)
    }
    throw DecodingError(.truncated, at: offset)
  }
}
