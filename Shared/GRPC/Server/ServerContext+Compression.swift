// gRPC's doc/compression.md: what the method may say about its responses.

internal import Synchronization

extension ServerContext {
  /// Compresses the responses of this call from the first on, where that makes them smaller.
  ///
  /// A client that has not said that it reads the compression gets its messages as they are; so does
  /// one whose method asks for `.identity`, whatever the server's settings say. Single messages of a stream
  /// are left out with `send(_, compress: false)`.
  ///
  /// - Returns: Whether the client reads it.
  /// - Throws: `RPCError` when the response has begun: its compression is named ahead of the first message.
  @discardableResult
  public func compressResponses(with compression: Compression) throws -> Bool {
    let isReadable = head.accepted.contains(compression)
    try handlerSide.withLock { side throws(RPCError) in
      guard !side.hasBegun else {
        throw RPCError(
          .internal,
          "the response has begun, and its compression was named ahead of the first message"
        )
      }
      side.compression = isReadable ? compression : .identity
    }
    return isReadable
  }

  /// Whether a request of this call came compressed, so far.
  public var requestWasCompressed: Bool { handlerSide.withLock { $0.requestWasCompressed } }
}
