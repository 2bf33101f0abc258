/// Reads the protobuf wire format from memory that outlives it.
///
/// A cursor moves from field to field; each read checks the bounds once and throws a `DecodingError` with the byte
/// offset. A nested message is read by narrowing the end of the input for a while (`enterMessage`, `leaveMessage`), so
/// offsets always count from the first byte of the outermost message.
///
/// A message's decoding loop looks like this:
///
///     while let tag = try reader.nextTag() {
///       switch tag {
///       case 10: name = try reader.readString()    // field 1, length-delimited: 1 << 3 | 2
///       default: try reader.readUnknown(tag, into: &unknownFields.bytes)
///       }
///     }
@frozen public struct WireReader {
  @usableFromInline var cursor: UnsafeRawPointer
  @usableFromInline var end: UnsafeRawPointer
  @usableFromInline let start: UnsafeRawPointer
  /// Where the tag of the field being read begins, so that an unknown field is kept byte by byte.
  @usableFromInline var fieldStart: UnsafeRawPointer
  /// How many more levels of nesting are allowed.
  @usableFromInline var remainingDepth: Int

  /// Reads `bytes`, which must stay in place while the reader is used.
  ///
  /// - Parameters:
  ///   - bytes: A whole message.
  ///   - depthLimit: The nesting allowed below it; 100 is every implementation's default.
  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int = 100) {
    // An empty buffer may have no address; a reader of no bytes never follows this one.
    let base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    start = base
    cursor = base
    fieldStart = base
    end = base + bytes.count
    remainingDepth = depthLimit
  }

  /// The number of bytes read so far, counted from the outermost message's first byte.
  @inlinable public var offset: Int { cursor - start }

  /// The number of bytes left in the current message.
  @inlinable public var remaining: Int { end - cursor }

  /// Whether the current message has been read whole.
  @inlinable public var isAtEnd: Bool { cursor >= end }

  /// The tag of the next field (`number << 3 | wire type`), or nil at the end of the message.
  @inlinable
  public mutating func nextTag() throws(DecodingError) -> UInt32? {
    guard cursor < end else { return nil }
    fieldStart = cursor
    let first = cursor.load(as: UInt8.self)
    if first < 0x80, first >= 8 {
      cursor += 1
      return UInt32(first)
    }
    return try readLongTag()
  }

  /// A tag of two to five bytes; refuses field number 0 and anything longer.
  @usableFromInline
  mutating func readLongTag() throws(DecodingError) -> UInt32 {
    let tagOffset = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 35 {
      guard cursor < end else { throw DecodingError(.truncated, at: offset) }
      let byte = cursor.load(as: UInt8.self)
      cursor += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        guard value >= 8, value <= UInt32.max else { break }
        return UInt32(truncatingIfNeeded: value)
      }
      shift += 7
    }
    throw DecodingError(.invalidTag, at: tagOffset)
  }

  /// An unsigned varint; longer forms than necessary are accepted up to ten bytes.
  @inlinable
  public mutating func readVarint() throws(DecodingError) -> UInt64 {
    if cursor < end {
      let first = cursor.load(as: UInt8.self)
      if first < 0x80 {
        cursor += 1
        return UInt64(first)
      }
    }
    return try readLongVarint()
  }

  @usableFromInline
  mutating func readLongVarint() throws(DecodingError) -> UInt64 {
    let varintOffset = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    var pointer = cursor
    // Ten bytes are the most that are looked at, so a bound is computed once.
    let limit = end - cursor >= 10 ? cursor + 10 : end
    while pointer < limit {
      let byte = pointer.load(as: UInt8.self)
      pointer += 1
      // Bits beyond the 64th are dropped, as in the other implementations.
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 {
        cursor = pointer
        return value
      }
      shift &+= 7
    }
    throw DecodingError(limit == end && shift < 70 ? .truncated : .varintTooLong, at: varintOffset)
  }

  /// A length, checked against what is left; returns the bytes it covers and moves behind them.
  @inlinable
  public mutating func readDelimited() throws(DecodingError) -> UnsafeRawBufferPointer {
    let length = try readVarint()
    guard length <= UInt64(end - cursor) else { throw DecodingError(.truncated, at: offset) }
    let bytes = UnsafeRawBufferPointer(start: cursor, count: Int(truncatingIfNeeded: length))
    cursor += bytes.count
    return bytes
  }

  /// Narrows the reader to the nested message that begins here.
  ///
  /// - Returns: what `leaveMessage` needs to return to the enclosing message.
  @inlinable
  public mutating func enterMessage() throws(DecodingError) -> EnclosingMessage {
    let length = try readVarint()
    guard length <= UInt64(end - cursor) else { throw DecodingError(.truncated, at: offset) }
    guard remainingDepth > 0 else { throw DecodingError(.nestedTooDeeply, at: offset) }
    remainingDepth &-= 1
    let enclosing = EnclosingMessage(end: end)
    end = cursor + Int(truncatingIfNeeded: length)
    return enclosing
  }

  /// Returns to the enclosing message once the nested one has been read to its end.
  @inlinable
  public mutating func leaveMessage(_ enclosing: EnclosingMessage) {
    end = enclosing.end
    remainingDepth &+= 1
  }

  /// Narrows the reader to the packed list that begins here; unlike a message it is no level of nesting.
  @inlinable
  public mutating func enterPacked() throws(DecodingError) -> EnclosingMessage {
    let length = try readVarint()
    guard length <= UInt64(end - cursor) else { throw DecodingError(.truncated, at: offset) }
    let enclosing = EnclosingMessage(end: end)
    end = cursor + Int(truncatingIfNeeded: length)
    return enclosing
  }

  /// How many varints end in the packed list that is being read; each is at least a byte that came.
  @inlinable
  public func countVarints() -> Int {
    var count = 0
    var pointer = cursor
    while pointer < end {
      if pointer.load(as: UInt8.self) < 0x80 { count &+= 1 }
      pointer += 1
    }
    return count
  }

  /// Returns to the message around a packed list.
  @inlinable
  public mutating func leavePacked(_ enclosing: EnclosingMessage) {
    end = enclosing.end
  }

  /// The end of a message that is interrupted by a nested one.
  @frozen public struct EnclosingMessage {
    @usableFromInline let end: UnsafeRawPointer

    @inlinable init(end: UnsafeRawPointer) {
      self.end = end
    }
  }
}
