/// Writes the protobuf wire format backwards: the last field first, each value before its tag.
///
/// A nested message is preceded by its length. Forwards, a writer must measure the whole tree before it writes a byte;
/// backwards, the length is known when its turn comes, so one pass is enough, and whatever belongs in front (gRPC's
/// five-byte prefix) is simply written last. A message therefore writes its fields in descending order.
///
/// The buffer is kept between messages: `reset()` and go on.
@frozen public struct WireWriter: ~Copyable {
  @usableFromInline var start: UnsafeMutableRawPointer
  @usableFromInline var end: UnsafeMutableRawPointer
  /// The first byte written so far; free space lies below it.
  @usableFromInline var cursor: UnsafeMutableRawPointer

  /// A writer with room for `capacity` bytes before it has to grow.
  @inlinable
  public init(capacity: Int = 256) {
    let size = max(capacity, 16)
    start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    end = start + size
    cursor = end
  }

  @inlinable
  deinit {
    start.deallocate()
  }

  /// The number of bytes written.
  @inlinable public var count: Int { end - cursor }

  /// Forgets what was written and keeps the memory.
  @inlinable
  public mutating func reset() {
    cursor = end
  }

  /// Calls `body` with the bytes written so far.
  @inlinable
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: cursor, count: end - cursor))
  }

  /// A copy of the bytes written so far.
  @inlinable public var bytes: [UInt8] {
    [UInt8](UnsafeRawBufferPointer(start: cursor, count: end - cursor))
  }

  /// Returns the bytes written and starts afresh.
  @inlinable
  public mutating func take() -> [UInt8] {
    let result = bytes
    reset()
    return result
  }

  /// Makes sure that `count` bytes fit in front.
  @inlinable @inline(__always)
  mutating func reserve(_ count: Int) {
    if cursor - start < count { grow(by: count) }
  }

  /// Doubles the buffer at least; what was written moves to its end.
  @usableFromInline
  mutating func grow(by count: Int) {
    let written = end - cursor
    let size = max((end - start) * 2, written + count + 16)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    (larger + (size - written)).copyMemory(from: cursor, byteCount: written)
    start.deallocate()
    start = larger
    end = larger + size
    cursor = end - written
  }

  /// Puts raw bytes in front.
  @inlinable
  public mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(bytes.count)
    cursor -= bytes.count
    cursor.copyMemory(from: base, byteCount: bytes.count)
  }

  /// Puts raw bytes in front.
  ///
  /// Nearly always there are none: every message writes its unknown fields this way.
  @inlinable @inline(__always)
  public mutating func writeRaw(_ bytes: [UInt8]) {
    if !bytes.isEmpty { bytes.withUnsafeBytes { writeRaw($0) } }
  }

  /// Puts one byte in front.
  @inlinable
  public mutating func writeByte(_ byte: UInt8) {
    reserve(1)
    cursor -= 1
    cursor.storeBytes(of: byte, as: UInt8.self)
  }

  /// Puts four bytes in front, most significant first, as gRPC's length prefix wants it.
  @inlinable
  public mutating func writeBigEndian(_ value: UInt32) {
    reserve(4)
    cursor -= 4
    cursor.storeBytes(of: value.bigEndian, as: UInt32.self)
  }

  /// Puts an integer of fixed width in front, least significant byte first.
  @inlinable
  public mutating func writeLittleEndian<Bits: FixedWidthInteger & BitwiseCopyable>(_ value: Bits) {
    reserve(MemoryLayout<Bits>.size)
    cursor -= MemoryLayout<Bits>.size
    cursor.storeBytes(of: value.littleEndian, as: Bits.self)
  }

  /// Puts a varint in front.
  @inlinable
  public mutating func writeVarint(_ value: UInt64) {
    reserve(10)
    putVarint(value)
  }

  /// Puts a tag in front.
  @inlinable
  public mutating func writeTag(_ number: UInt32, _ type: WireType) {
    reserve(5)
    putVarint(UInt64(WireTag(number, type).rawValue))
  }

  /// Puts a varint in front, into room that has been reserved.
  ///
  /// Inlined, because the tag of a generated field is a constant: the branch goes, and one store remains.
  @inlinable @inline(__always)
  mutating func putVarint(_ value: UInt64) {
    if value < 0x80 {
      cursor -= 1
      cursor.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    } else {
      putLongVarint(value)
    }
  }

  @inlinable @inline(never)
  mutating func putLongVarint(_ value: UInt64) {
    // Seven bits a byte: 9/64 is close enough to 1/7 for every length up to ten.
    let length = ((64 &- value.leadingZeroBitCount) &* 9 &+ 64) / 64
    cursor -= length
    var pointer = cursor
    var rest = value
    while rest >= 0x80 {
      pointer.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
      pointer += 1
      rest &>>= 7
    }
    pointer.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
  }
}
