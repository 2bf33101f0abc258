import GRPC
import Lesson

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The last ten lines of a file, then every line that is added to it, like `tail -f`.
///
/// Looks for more ten times a second: inotify (Linux) and kqueue (macOS) would tell at once, each in its own
/// way, and are left out here. A file that becomes shorter is read again from its beginning.
struct Tail {
  private let path: String
  private let file: OpenFile
  private var position: Int
  /// What has been read of a line that is not complete.
  private var rest: [UInt8] = []
  /// Complete lines, the next one last.
  private var lines: [String] = []

  /// Begins ten lines before the end.
  ///
  /// - Throws: `RPCError` when the path leads to no file.
  init(of path: String, below root: RootFolder) throws {
    guard case .file(let file) = try root.find(path) else {
      throw RPCError(.invalidArgument, "\(path) is not a regular file")
    }
    self.path = path
    self.file = file
    position = Self.startOfLastLines(10, in: file)
  }

  /// The next line; waits for it as long as it takes.
  ///
  /// - Throws: `CancellationError`; `RPCError` for a line that is too long.
  mutating func nextLine() async throws -> String {
    while true {
      if let line = lines.popLast() { return line }
      if let block = try await Block.read(file, at: position) {
        position += block.count
        try take(block)
      } else {
        if Self.size(of: file) < position { (position, rest) = (0, []) }
        try await Task.sleep(for: .milliseconds(100))  // the thread is free meanwhile
      }
    }
  }

  private mutating func take(_ block: [UInt8]) throws {
    let pieces = block.split(separator: LineReader.lineFeed, omittingEmptySubsequences: false)
    for piece in pieces.dropLast() {
      rest += piece
      lines.append(String(decoding: rest, as: UTF8.self))
      rest = []
    }
    lines.reverse()
    rest += pieces[pieces.count - 1]
    guard rest.count <= LineReader.longestLine else {
      throw RPCError(.resourceExhausted, "a line of \(path) is longer than 1 MiB")
    }
  }

  private static func size(of file: OpenFile) -> Int {
    var status = stat()
    return fstat(file.descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Where the last `count` complete lines begin, found from the end backwards.
  private static func startOfLastLines(_ count: Int, in file: OpenFile) -> Int {
    var position = size(of: file)
    var lineFeeds = 0
    while position > 0, !Task.isCancelled {
      let start = max(0, position - Block.size)
      let block = [UInt8](unsafeUninitializedCapacity: position - start) { buffer, read in
        read = max(0, pread(file.descriptor, buffer.baseAddress, position - start, off_t(start)))
      }
      for index in block.indices.reversed() where block[index] == LineReader.lineFeed {
        lineFeeds += 1
        if lineFeeds > count { return start + index + 1 }
      }
      position = start
    }
    return 0
  }
}
