/// Why a header block cannot be decoded.
///
/// Each of these is a connection error of type COMPRESSION_ERROR (RFC 9113 §4.3): the two tables no longer agree.
public enum HPACKError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The block ends within a field (RFC 7541 §5).
  case truncated
  /// An integer is larger than 2²⁸ or longer than five bytes (§5.1: limits are ours to set).
  case integerTooLarge
  /// An index is zero or beyond both tables (§2.3.3, §6.1).
  case invalidIndex(Int)
  /// A Huffman string holds EOS, or its padding is not the beginning of EOS, or is longer than 7 bits (§5.2).
  case invalidHuffmanCode
  /// A table size update is above the limit, or stands behind a field (§4.2, §6.3).
  case invalidTableSizeUpdate
  /// The limit of the table was lowered and the block does not begin with the update this needs (§4.2).
  case missingTableSizeUpdate

  /// What is wrong, in a few words.
  public var description: String {
    switch self {
    case .truncated: "header block ends within a field"
    case .integerTooLarge: "integer in a header block is too large"
    case .invalidIndex(let index): "header table has no entry \(index)"
    case .invalidHuffmanCode: "invalid Huffman code in a header"
    case .invalidTableSizeUpdate: "invalid header table size update"
    case .missingTableSizeUpdate: "header table size update is missing"
    }
  }
}
