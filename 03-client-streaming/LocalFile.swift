import Lesson

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file of the learner's, or standard input, in chunks.
struct LocalFile: Sendable {
  /// What the server is told of it first.
  let header: Header
  private let path: String
  private let file: OpenFile
  private let chunkSize: Int
  private var isAtEnd = false

  /// Opens a file; `-` is standard input.
  ///
  /// - Throws: `UsageError` when it can't be read.
  init(_ path: String, chunkSize: Int) throws {
    self.path = path
    self.chunkSize = chunkSize
    if path == "-" {
      file = OpenFile(STDIN_FILENO)
      header = Header(name: "standard-input")
      return
    }
    let descriptor = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UsageError("cannot read \(path): \(SystemError(errno))") }
    file = OpenFile(descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw UsageError("cannot read \(path): \(SystemError(errno))")
    }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw UsageError("cannot read \(path): is a directory") }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    header = Header(name: name, size: kind == S_IFREG ? UInt64(status.st_size) : 0)
  }

  /// The next bytes, as many as a chunk takes; nil at the end.
  ///
  /// - Throws: `CancellationError`; `UsageError` when the file can't be read on.
  mutating func nextChunk() async throws -> [UInt8]? {
    var chunk: [UInt8] = []
    while chunk.count < chunkSize, !isAtEnd {
      let piece = try await read(upTo: min(chunkSize - chunk.count, 1 << 20))
      isAtEnd = piece.isEmpty
      if chunk.isEmpty { chunk = piece } else { chunk += piece }
    }
    return chunk.isEmpty ? nil : chunk
  }

  /// Reads what is there, and waits for it.
  ///
  /// A file is always ready. A pipe or a terminal may never be: then we look up ten times a second, to see
  /// whether the call is over meanwhile.
  private func read(upTo limit: Int) async throws -> [UInt8] {
    var request = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
    repeat {
      await Task.yield()
      try Task.checkCancellation()
    } while poll(&request, 1, 100) == 0
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      let result = systemRead(file.descriptor, buffer.baseAddress, limit)
      failure = result < 0 ? errno : 0
      count = max(0, result)
    }
    if failure == EINTR || failure == EAGAIN { return try await read(upTo: limit) }
    guard failure == 0 else { throw UsageError("cannot read \(path): \(SystemError(failure))") }
    return bytes
  }
}

private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  #if canImport(Glibc)
  Glibc.read(file, bytes, count)
  #elseif canImport(Musl)
  Musl.read(file, bytes, count)
  #else
  Darwin.read(file, bytes, count)
  #endif
}
