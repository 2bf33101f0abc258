#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Messages on standard input and output.
enum Pipe {
  /// The messages on standard input, up to its end.
  static func readAll() -> [[UInt8]] {
    var messages: [[UInt8]] = []
    while let head = read(4) {
      let length = head.reversed().reduce(0) { $0 << 8 | Int($1) }
      guard let bytes = read(length) else { break }
      messages.append(bytes)
    }
    return messages
  }

  /// Writes a message; nil for one that was refused.
  static func write(_ bytes: [UInt8]?) {
    var length = UInt32(bytes.map { UInt32($0.count) } ?? .max).littleEndian
    withUnsafeBytes(of: &length) { writeAll($0) }
    bytes?.withUnsafeBytes { writeAll($0) }
  }

  /// Sends what is still in the buffer.
  static func flush() {
    fflush(nil)
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes { putchar(Int32(byte)) }
  }

  private static func read(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let byte = getchar()
      guard byte >= 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: byte))
    }
    return bytes
  }
}
