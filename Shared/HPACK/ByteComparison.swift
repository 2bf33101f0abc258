extension UnsafeRawBufferPointer {
  /// Whether both hold the same bytes.
  ///
  /// Eight at a time: header fields are compared for every call.
  @inlinable
  public func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    var position = 0
    while count - position >= 8 {
      let mine = loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let theirs = other.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      guard mine == theirs else { return false }
      position += 8
    }
    while position < count {
      guard self[position] == other[position] else { return false }
      position += 1
    }
    return true
  }

  /// Whether these are the bytes of a text in ASCII.
  @inlinable
  public func isEqual(to text: StaticString) -> Bool {
    isEqual(to: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
