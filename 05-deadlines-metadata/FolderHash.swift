import GRPC
import Lesson

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The work of a hop: the files below a path, counted, measured and hashed.
///
/// Folders are visited in byte order of their names; links, pipes and devices are passed over.
struct FolderHash {
  private(set) var files: UInt64 = 0
  private(set) var bytes: UInt64 = 0
  private(set) var checksum = CRC32()
  private let root: RootFolder
  /// Called for each file: whether it is to be hashed, or enough has been done.
  private let visit: () -> Bool

  /// Hashes what is below a path that the root has resolved.
  ///
  /// - Throws: `RootFolder.PathError` for the path itself; `CancellationError` as soon as the task is
  ///   cancelled. What cannot be read below the path is skipped.
  init(_ path: [String], below root: RootFolder, visit: @escaping () -> Bool) async throws {
    self.root = root
    self.visit = visit
    switch try root.kind(of: path) {
    case .file: _ = try await addFile(path)
    case .folder: _ = try await addFolder(path)
    case .other: throw RootFolder.PathError.notAFile
    }
  }

  /// Returns false when enough has been done.
  private mutating func addFolder(_ path: [String]) async throws -> Bool {
    for (name, kind) in try root.entries(path) {
      let below = path + [name]
      do {
        switch kind {
        case .file: guard try await addFile(below) else { return false }
        case .folder: guard try await addFolder(below) else { return false }
        case .other: break
        }
      } catch let error as RootFolder.PathError {
        Terminal.narrate("skipped \(below.joined(separator: "/")): \(error)")
      }
    }
    return true
  }

  private mutating func addFile(_ path: [String]) async throws -> Bool {
    guard visit() else { return false }
    files += 1
    let descriptor = try root.openFile(path)
    defer { close(descriptor) }
    while let block = StandardInput.read(descriptor, upTo: 65_536) {
      bytes += UInt64(block.count)
      checksum.add(block)
      // This is where a deadline or a cancellation stops the work; and others get their turn.
      try Task.checkCancellation()
      await Task.yield()
    }
    return true
  }
}

/// The cyclic redundancy check of Ethernet, zip and PNG, as Python's `zlib.crc32` has it.
struct CRC32 {
  private var register: UInt32 = .max

  /// The checksum of all bytes so far.
  var value: UInt32 { ~register }

  mutating func add(_ bytes: [UInt8]) {
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes {
        register = table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ register >> 8
      }
    }
  }

  /// What each value of a byte does to the register: eight steps of division by the polynomial.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }
}
