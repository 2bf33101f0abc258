/// Bytes on their way to the socket.
///
/// Frames are written one behind the other into one array. A large payload is not copied there: it stands beside, with
/// the place in the array before which it belongs, and the socket is given all pieces at once.
public struct OutputBuffer: Sendable {
  /// A payload that has not been copied.
  private struct Payload: Sendable {
    /// Where in `bytes` it belongs.
    var offset: Int
    var bytes: [UInt8]
    var range: Range<Int>
  }

  /// From this size on a piece of a payload is kept where it is: below, copying costs less than a piece of its own.
  static let smallestPayload = 8_192
  /// What one call to the system takes.
  private static let mostPieces = 64

  @usableFromInline var bytes: [UInt8] = []
  @usableFromInline var position = 0
  private var payloads: [Payload] = []
  /// The first of the payloads that is not out yet; those before it wait to be dropped.
  private var firstPayload = 0
  @usableFromInline var payloadBytes = 0
  /// The last frame, when it is DATA: as long as nothing has gone out, more data of its stream may join it.
  var openData: OpenData?

  /// Where a DATA frame lies.
  struct OpenData: Sendable {
    let stream: StreamID
    /// Where its header begins.
    let start: Int
    var length: Int
  }

  init() {}

  /// Puts data into the last frame, when that is DATA of the same stream; false when it is not, or would grow too long.
  ///
  /// Messages and frames have nothing to do with each other, and each frame costs both ends more than the bytes in
  /// it: what a stream says within one turn of the loop goes out in as few frames as may be.
  mutating func extendData(
    of stream: StreamID,
    with more: UnsafeRawBufferPointer,
    endStream: Bool,
    limit: Int
  ) -> Bool {
    guard let open = openData, open.stream == stream,
      open.start + FrameHeader.size + open.length == bytes.count, open.length + more.count <= limit
    else { return false }
    let length = open.length + more.count
    let flags = endStream ? FrameFlags.endStream : 0
    bytes.setFrameLength(length, at: open.start, moreFlags: flags)
    bytes.append(contentsOf: more)
    openData?.length = length
    return true
  }

  /// How many bytes wait.
  @inlinable public var count: Int { bytes.count - position + payloadBytes }

  /// Appends a part of an array: a large one without copying it.
  mutating func append(_ array: [UInt8], _ range: Range<Int>) {
    guard range.count >= Self.smallestPayload else {
      bytes += array[range]
      return
    }
    payloads.append(Payload(offset: bytes.count, bytes: array, range: range))
    payloadBytes += range.count
  }

  /// Calls `body` with all that waits, in one piece: a copy when there are payloads.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard payloadBytes > 0 else {
      return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[position...])) }
    }
    var whole: [UInt8] = []
    var place = position
    for payload in payloads[firstPayload...] {
      whole += bytes[place..<payload.offset]
      whole += payload.bytes[payload.range]
      place = payload.offset
    }
    whole += bytes[place...]
    return whole.withUnsafeBytes(body)
  }

  /// Calls `body` with the first pieces of what waits, as many as one call to the system takes.
  public func withPieces<Result>(_ body: ([UnsafeRawBufferPointer]) -> Result) -> Result {
    guard payloadBytes > 0 else { return withUnsafeBytes { body([$0]) } }
    return bytes.withUnsafeBytes { all in
      gather(firstPayload, from: position, all, pieces: [], body)
    }
  }

  /// Adds the bytes before a payload and the payload itself, then the rest: each array is held by its own call.
  private func gather<Result>(
    _ index: Int,
    from place: Int,
    _ all: UnsafeRawBufferPointer,
    pieces: [UnsafeRawBufferPointer],
    _ body: ([UnsafeRawBufferPointer]) -> Result
  ) -> Result {
    var pieces = pieces
    let end = index < payloads.count ? payloads[index].offset : all.count
    if place < end { pieces.append(UnsafeRawBufferPointer(rebasing: all[place..<end])) }
    guard index < payloads.count, pieces.count < Self.mostPieces - 1 else { return body(pieces) }
    return payloads[index].bytes.withUnsafeBytes { payload in
      pieces.append(UnsafeRawBufferPointer(rebasing: payload[payloads[index].range]))
      return gather(index + 1, from: end, all, pieces: pieces, body)
    }
  }

  /// Forgets bytes that the socket has taken.
  public mutating func consume(_ count: Int) {
    openData = nil
    if payloadBytes == 0 { position += count } else { consumePieces(count) }
    if self.count == 0 {
      // Memory that one large burst needed is not kept for ever.
      bytes.removeAll(keepingCapacity: bytes.capacity <= 131_072)
      payloads.removeAll(keepingCapacity: true)
      firstPayload = 0
      position = 0
    } else if position > 131_072 || firstPayload >= Self.mostPieces {
      compact()
    }
  }

  private mutating func consumePieces(_ count: Int) {
    var rest = count
    while rest > 0 {
      let end = firstPayload < payloads.count ? payloads[firstPayload].offset : bytes.count
      let step = min(rest, end - position)
      position += step
      rest -= step
      guard rest > 0, firstPayload < payloads.count else { return }
      let taken = min(rest, payloads[firstPayload].range.count)
      let range = payloads[firstPayload].range
      payloads[firstPayload].range = (range.lowerBound + taken)..<range.upperBound
      payloadBytes -= taken
      rest -= taken
      if taken == range.count {
        payloads[firstPayload].bytes = []
        firstPayload += 1
      }
    }
  }

  private mutating func compact() {
    bytes.removeSubrange(..<position)
    payloads.removeSubrange(..<firstPayload)
    for index in payloads.indices { payloads[index].offset -= position }
    firstPayload = 0
    position = 0
  }
}
