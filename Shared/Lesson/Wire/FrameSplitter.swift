internal import HTTP2

/// Cuts one direction of a connection into frames.
struct FrameSplitter {
  /// The 24 bytes with which a client begins (RFC 9113 §3.4).
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// A piece of the stream.
  enum Piece {
    case preface([UInt8])
    /// A frame with its header.
    case frame([UInt8])
    /// Something that is no HTTP/2; nothing after it is looked at.
    case foreign([UInt8])
  }

  private var rest: [UInt8] = []
  private var expectsPreface: Bool
  private var isForeign = false

  init(expectsPreface: Bool) { self.expectsPreface = expectsPreface }

  /// Takes bytes and returns what they complete.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> [Piece] {
    guard !isForeign else { return [] }
    rest += bytes
    var pieces: [Piece] = []
    var offset = 0
    if expectsPreface {
      guard rest.starts(with: Self.preface.prefix(rest.count)) else {
        isForeign = true
        return [.foreign(Array(rest.prefix(64)))]
      }
      guard rest.count >= Self.preface.count else { return [] }
      expectsPreface = false
      offset = Self.preface.count
      pieces.append(.preface(Self.preface))
    }
    while rest.count - offset >= FrameHeader.size {
      let end = offset + FrameHeader.size + Hex.number(rest[offset..<(offset + 3)])
      guard end <= rest.count else { break }
      pieces.append(.frame(Array(rest[offset..<end])))
      offset = end
    }
    rest.removeSubrange(..<offset)
    return pieces
  }
}
