internal import HPACK

/// What waits to be sent on a stream: bytes, then the end or the trailers.
struct SendQueue {
  private struct Chunk {
    var bytes: [UInt8]
    var position = 0
  }

  private var chunks: [Chunk] = []
  /// The first chunk with bytes that have not gone; those before it wait to be dropped.
  private var first = 0
  /// The last chunk is a copy of ours that nobody else holds: more may be appended to it.
  private var isLastOpen = false
  private(set) var count = 0
  /// END_STREAM goes with the last byte.
  var endsStream = false
  /// The trailers follow the last byte.
  ///
  /// They are compressed when they go, in the order of the wire.
  var trailers: HeaderList?

  var isEmpty: Bool { count == 0 && !endsStream && trailers == nil }

  /// Appends a copy.
  mutating func append(_ more: UnsafeRawBufferPointer) {
    guard !more.isEmpty else { return }
    count += more.count
    if isLastOpen, let last = chunks.indices.last, chunks[last].bytes.count < 65_536 {
      chunks[last].bytes.append(contentsOf: more)
    } else {
      chunks.append(Chunk(bytes: Array(more)))
      isLastOpen = true
    }
  }

  /// Appends an array as it is.
  mutating func append(owned bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    count += bytes.count
    chunks.append(Chunk(bytes: bytes))
    isLastOpen = false
  }

  /// Moves the next bytes to the output.
  mutating func move(_ length: Int, to output: inout OutputBuffer) {
    count -= length
    var rest = length
    while rest > 0 {
      let start = chunks[first].position
      let step = min(rest, chunks[first].bytes.count - start)
      output.append(chunks[first].bytes, start..<(start + step))
      // The output holds the array now: appending would copy all of it.
      if step >= OutputBuffer.smallestPayload, first == chunks.count - 1 { isLastOpen = false }
      rest -= step
      chunks[first].position += step
      if chunks[first].position == chunks[first].bytes.count {
        chunks[first].bytes = []
        first += 1
      }
    }
    guard first == chunks.count || first > 64 else { return }
    chunks.removeSubrange(..<first)
    first = 0
    if chunks.isEmpty { isLastOpen = false }
  }
}
