/// What is wrong with a peer's bytes, and where.
public struct DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The rule of the wire format that the bytes break.
  public enum Reason: Hashable, Sendable {
    /// The input ends inside a field.
    case truncated
    /// A varint has more than ten bytes.
    case varintTooLong
    /// A tag has more than five bytes, or its field number lies outside 1…2²⁹−1.
    case invalidTag
    /// Wire types 6 and 7 do not exist.
    case invalidWireType(UInt8)
    /// A group ends that was not begun, or under another field number.
    case unmatchedGroupEnd
    /// A `string` field is not UTF-8.
    case invalidUTF8
    /// Messages or groups are nested more than 100 deep.
    case nestedTooDeeply
    /// A value is out of the range its type allows, such as a timestamp after the year 9999.
    case invalidValue
    /// An `Any` holds another type than the one asked for.
    case typeMismatch
  }

  /// The broken rule.
  public var reason: Reason
  /// Where it was noticed, counted from the first byte of the outermost message.
  public var offset: Int

  /// Reports `reason` at byte `offset`.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// A sentence for a log or a status message.
  public var description: String {
    let what =
      switch reason {
      case .truncated: "the message ends inside a field"
      case .varintTooLong: "a varint is longer than 10 bytes"
      case .invalidTag: "a field tag is longer than 5 bytes or its number is outside 1…536870911"
      case .invalidWireType(let type): "wire type \(type) does not exist"
      case .unmatchedGroupEnd: "a group ends that was not begun"
      case .invalidUTF8: "a string is not valid UTF-8"
      case .nestedTooDeeply: "messages are nested more than 100 deep"
      case .invalidValue: "a value is out of range"
      case .typeMismatch: "the Any holds a message of another type"
      }
    return "\(what) (byte \(offset))"
  }
}
