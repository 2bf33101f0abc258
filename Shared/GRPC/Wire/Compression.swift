// gRPC's doc/compression.md and doc/PROTOCOL-HTTP2.md, "Message-Encoding".

/// How the messages of a call are compressed, each for itself.
///
/// `grpc-encoding` names it once for one direction of a call; a flag in front of each message says whether
/// this one is compressed. What the other side can read stands in its `grpc-accept-encoding`.
public enum Compression: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Not at all.
  case identity
  /// gzip's format (RFC 1952).
  case gzip
  /// zlib's format (RFC 1950), as in HTTP.
  case deflate

  /// The name in `grpc-encoding`.
  public var description: String { rawValue }

  /// What this library reads, as `grpc-accept-encoding` says it.
  static let accepted = allCases.map(\.rawValue).joined(separator: ",")

  /// The compression that a `grpc-encoding` names; nil if this library does not know it.
  init?(field: UnsafeRawBufferPointer) {
    for candidate in Self.allCases where field.elementsEqual(candidate.rawValue.utf8) {
      self = candidate
      return
    }
    return nil
  }

  /// The bytes, compressed; nil when there is nothing to gain: the message then goes as it is.
  func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let format = ZlibFormat(self), let compressed = format.deflate(bytes) else { return nil }
    return compressed.count < bytes.count ? compressed : nil
  }

  /// The bytes of a compressed message.
  ///
  /// Stops at the limit, however much the message would grow to.
  func decompress(
    _ bytes: UnsafeRawBufferPointer,
    limit: Int,
    side: String
  ) throws(RPCError) -> [UInt8] {
    guard let format = ZlibFormat(self) else {
      throw RPCError(
        .internal,
        "a message is marked as compressed, but its sender named no grpc-encoding"
      )
    }
    do throws(InflateError) {
      return try format.inflate(bytes, limit: limit)
    } catch {
      switch error {
      case .tooLarge:
        throw RPCError(
          .resourceExhausted,
          "a compressed message of \(grouped(bytes.count)) bytes grows beyond this \(side)'s "
            + "maxReceiveMessageSize of \(grouped(limit))"
        )
      case .malformed(let reason):
        throw RPCError(.internal, "a message is not what its grpc-encoding \(self) says: \(reason)")
      }
    }
  }
}

/// The compressions that a peer says it can read.
struct AcceptedCompressions: Equatable {
  private var gzip = false
  private var deflate = false

  /// None but `identity`, which every peer reads.
  static let identityOnly = AcceptedCompressions()

  private init() {}

  /// Reads `grpc-accept-encoding`: names behind commas, with or without blanks.
  init(field: UnsafeRawBufferPointer) {
    for part in field.split(separator: UInt8(ascii: ",")) {
      let name = part.drop { $0 == 0x20 || $0 == 0x09 }
      let end = name.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? name.startIndex
      switch Compression(field: UnsafeRawBufferPointer(rebasing: name[..<end])) {
      case .gzip: gzip = true
      case .deflate: deflate = true
      case .identity, nil: break
      }
    }
  }

  /// Whether the peer can read it.
  func contains(_ compression: Compression) -> Bool {
    switch compression {
    case .identity: true
    case .gzip: gzip
    case .deflate: deflate
    }
  }
}
