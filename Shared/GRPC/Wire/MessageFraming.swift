internal import Protobuf

extension WireWriter {
  /// Makes this the message that `encode` writes, compressed where that makes it smaller, behind gRPC's prefix.
  mutating func frame(
    _ compression: Compression,
    _ encode: (inout WireWriter) -> Void
  ) throws(RPCError) {
    reset()
    encode(&self)
    try frameMessage(compression)
  }

  /// Lends what has been written; one large message does not hold its memory for as long as its connection lives.
  mutating func lend(_ body: (UnsafeRawBufferPointer) -> Void) {
    withUnsafeBytes(body)
    if count > 64 * 1024 { self = WireWriter() }
  }

  /// Compresses an encoded message, where that makes it smaller, and puts the five bytes of gRPC in front.
  mutating func frameMessage(_ compression: Compression) throws(RPCError) {
    guard compression != .identity, let compressed = withUnsafeBytes(compression.compress) else {
      return try prefixMessage()
    }
    reset()
    writeRaw(compressed)
    try prefixMessage(isCompressed: true)
  }

  /// Puts the five bytes of gRPC in front of an encoded message.
  mutating func prefixMessage(isCompressed: Bool = false) throws(RPCError) {
    guard let length = UInt32(exactly: count) else {
      throw RPCError(.resourceExhausted, "a message of \(grouped(count)) bytes can't be sent")
    }
    writeBigEndian(length)
    writeByte(isCompressed ? 1 : 0)
  }
}
