internal import CZlib

/// Why a compressed message can't be used.
enum InflateError: Error, Equatable {
  /// It grows beyond the limit.
  case tooLarge
  /// It is not in the format, or cut off, or something follows it.
  case malformed(String)
}

/// The two formats of zlib that gRPC uses, a whole message at a time.
///
/// zlib is the system's: a compressor of our own would teach nothing about gRPC. It does no I/O either.
struct ZlibFormat {
  /// The largest window, 2¹⁵ bytes; 16 more stands for gzip's header and trailer.
  private let windowBits: Int32
  /// gzip allows several members behind one another (RFC 1952 §2.2); zlib's format does not.
  private let hasMembers: Bool

  /// The format of a compression; nil for none.
  init?(_ compression: Compression) {
    switch compression {
    case .identity: return nil
    case .gzip: (windowBits, hasMembers) = (15 + 16, true)
    case .deflate: (windowBits, hasMembers) = (15, false)
    }
  }

  private static let pieceSize = 32 * 1024
  /// Up to here what is inflated grows as it comes.
  private static let grownSize = 1 << 20

  // MARK: Compressing

  /// The bytes in this format; nil when zlib has no memory, or for more than 4 GiB.
  func deflate(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let length = UInt32(exactly: bytes.count) else { return nil }
    let stream = Self.makeStream()
    defer { stream.deallocate() }
    let size = Int32(MemoryLayout<z_stream>.size)
    // 8 is zlib's own default for the memory level.
    let isReady =
      deflateInit2_(
        stream,
        Z_DEFAULT_COMPRESSION,
        Z_DEFLATED,
        windowBits,
        8,
        Z_DEFAULT_STRATEGY,
        ZLIB_VERSION,
        size
      ) == Z_OK
    guard isReady else { return nil }
    defer { deflateEnd(stream) }
    let bound = Int(deflateBound(stream, UInt(length)))
    guard let room = UInt32(exactly: bound) else { return nil }
    var isWhole = false
    let compressed = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      stream.pointee.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = length
      stream.pointee.next_out = output.baseAddress
      stream.pointee.avail_out = room
      isWhole = CZlib.deflate(stream, Z_FINISH) == Z_STREAM_END
      count = bound - Int(stream.pointee.avail_out)
    }
    return isWhole ? compressed : nil
  }

  // MARK: Inflating

  /// The bytes that a message in this format stands for, at most `limit` of them.
  ///
  /// What becomes large is only counted at first, and inflated a second time when its size is known: an array that
  /// grows would take up to three times the limit for a message that then turns out to be above it.
  func inflate(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(InflateError) -> [UInt8] {
    var inflated: [UInt8] = []
    var size = 0
    try forEachPiece(of: bytes) { piece in
      size += piece.count
      if size <= Self.grownSize { inflated.append(contentsOf: piece) }
      return size <= limit
    }
    guard size > Self.grownSize else { return inflated }
    inflated = []
    inflated.reserveCapacity(size)
    try forEachPiece(of: bytes) { piece in
      inflated.append(contentsOf: piece)
      return true
    }
    return inflated
  }

  /// Inflates a message piece by piece; stops when `take` says that it is too large.
  private func forEachPiece(
    of bytes: UnsafeRawBufferPointer,
    _ take: (UnsafeRawBufferPointer) -> Bool
  ) throws(InflateError) {
    guard let length = UInt32(exactly: bytes.count) else { throw .tooLarge }
    let stream = Self.makeStream()
    defer { stream.deallocate() }
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
      throw .malformed("zlib has no memory for it")
    }
    defer { inflateEnd(stream) }
    stream.pointee.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = length

    while true {
      switch try nextPiece(of: stream, take) {
      case Z_OK: continue
      case Z_STREAM_END where stream.pointee.avail_in == 0: return
      case Z_STREAM_END:
        guard hasMembers, inflateReset(stream) == Z_OK else {
          throw .malformed("\(stream.pointee.avail_in) bytes follow its end")
        }
      // There is room for output: what is missing is input.
      case Z_BUF_ERROR: throw .malformed("it is cut off")
      case let result:
        let message = stream.pointee.msg.map { String(cString: $0) }
        throw .malformed(message ?? "zlib's error \(result)")
      }
    }
  }

  /// zlib's state knows where its stream lies, so it must not move.
  private static func makeStream() -> UnsafeMutablePointer<z_stream> {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    return stream
  }

  private func nextPiece(
    of stream: UnsafeMutablePointer<z_stream>,
    _ take: (UnsafeRawBufferPointer) -> Bool
  ) throws(InflateError) -> Int32 {
    let (result, fits) = withUnsafeTemporaryAllocation(byteCount: Self.pieceSize, alignment: 1) {
      piece in
      stream.pointee.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = UInt32(Self.pieceSize)
      let result = CZlib.inflate(stream, Z_NO_FLUSH)
      let count = Self.pieceSize - Int(stream.pointee.avail_out)
      return (result, take(UnsafeRawBufferPointer(rebasing: piece[..<count])))
    }
    guard fits else { throw .tooLarge }
    return result
  }
}
