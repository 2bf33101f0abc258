// gRPC's doc/PROTOCOL-HTTP2.md, "Requests": Content-Type.

/// Whether a `content-type` is gRPC's.
enum ContentType {
  /// What this library sends.
  static let grpc: StaticString = "application/grpc"

  /// True for `application/grpc`, alone or followed by a sub-format (`+proto`) or a parameter
  /// (`; charset=…`); `application/grpc-web` is another protocol.
  ///
  /// Media types compare without regard to case (RFC 9110 §8.3.1).
  static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
    let length = grpc.utf8CodeUnitCount
    guard value.count >= length else { return false }
    for index in 0..<length where lowercase(value[index]) != grpc.utf8Start[index] {
      return false
    }
    guard value.count > length else { return true }
    return value[length] == UInt8(ascii: "+") || value[length] == UInt8(ascii: ";")
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
