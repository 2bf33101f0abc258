import Lesson

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads a file line by line, with memory for one line of at most a MiB.
struct LineReader {
  static let longestLine = 1 << 20
  static let lineFeed = UInt8(ascii: "\n")

  enum Step {
    case line
    /// The next line is longer than a MiB: nothing more is read.
    case tooLong
    case end
  }

  /// The number of the current line, from 1.
  private(set) var number = 0
  private let file: OpenFile
  private var position = 0
  private var buffer: [UInt8] = []
  /// The current line in the buffer, without its line feed.
  private var line = 0..<0
  /// Where the next line starts.
  private var next = 0

  init(_ file: OpenFile) { self.file = file }

  /// Goes to the next line; a last one without a line feed is a line, too.
  mutating func advance() async throws -> Step {
    var searched = next
    while true {
      if let end = Bytes.firstLineFeed(in: buffer, from: searched) {
        return step(to: end, next: end + 1)
      }
      searched = buffer.count
      if searched - next > Self.longestLine { return .tooLong }
      guard let block = try await Block.read(file, at: position) else {
        return searched == next ? .end : step(to: searched, next: searched)
      }
      position += block.count
      buffer.removeFirst(next)
      searched -= next
      next = 0
      buffer += block
    }
  }

  private mutating func step(to end: Int, next following: Int) -> Step {
    if end - next > Self.longestLine { return .tooLong }
    line = next..<end
    next = following
    number += 1
    return .line
  }

  /// The bytes of the current line, without its line feed.
  func withLine<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[line])) }
  }
}

/// 64 KiB of a file.
enum Block {
  static let size = 1 << 16

  /// The bytes at a position; nil at the end of the file, and where it can't be read.
  ///
  /// Between two blocks other tasks get their turn on this thread, and a search that nobody waits for ends.
  static func read(
    _ file: OpenFile,
    at position: Int,
    upTo limit: Int = size
  ) async throws
    -> [UInt8]?
  {
    await Task.yield()
    try Task.checkCancellation()
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = max(0, pread(file.descriptor, buffer.baseAddress, limit, off_t(position)))
    }
    return bytes.isEmpty ? nil : bytes
  }
}

/// Searches in bytes, by the C library's `memchr`, which is as fast as memory.
enum Bytes {
  /// Whether the bytes hold a text, which is not empty: its first byte is looked for, the rest compared.
  static func contain(_ text: [UInt8], in bytes: UnsafeRawBufferPointer) -> Bool {
    guard var start = bytes.baseAddress, bytes.count >= text.count else { return false }
    let end = start + bytes.count
    return text.withUnsafeBytes { text in
      guard let wanted = text.baseAddress else { return true }
      let last = end - text.count
      while start <= last, let found = memchr(start, Int32(text[0]), last - start + 1) {
        if memcmp(found, wanted, text.count) == 0 { return true }
        start = UnsafeRawPointer(found) + 1
      }
      return false
    }
  }

  /// Where the next line feed is.
  static func firstLineFeed(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { all in
      guard start < all.count, let base = all.baseAddress else { return nil }
      let found = memchr(base + start, Int32(LineReader.lineFeed), all.count - start)
      return found.map { UnsafeRawPointer($0) - base }
    }
  }
}
