import GRPC
import Lesson

/// The work of a hop: the files below a path, counted, measured and hashed in the order of a `FileWalk`.
struct FolderHash {
  private(set) var files: UInt64 = 0
  private(set) var bytes: UInt64 = 0
  private(set) var checksum = CRC32()

  /// Hashes what a path below the root leads to, until `visit`, called for each file, says that enough
  /// has been done.
  ///
  /// - Throws: `RPCError` for the path itself; `CancellationError` as soon as the task is cancelled. What
  ///   cannot be read below the path is skipped.
  init(_ path: String, below root: RootFolder, visit: () -> Bool) async throws {
    let start = try root.find(path)
    if case .other = start {
      throw RPCError(.invalidArgument, "\(path) is not a regular file or a folder")
    }
    var walk = FileWalk(start, name: RootFolder.shown(path))
    while let found = walk.next(), visit() {
      files += 1
      while let block = StandardInput.read(found.file.descriptor, upTo: 65_536) {
        bytes += UInt64(block.count)
        checksum.add(block)
        // This is where a deadline or a cancellation stops the work; and others get their turn.
        try Task.checkCancellation()
        await Task.yield()
      }
    }
  }
}
