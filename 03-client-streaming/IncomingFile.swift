import Lesson
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file on its way into a folder: it has a passing name until it is whole, and is gone when it is dropped
/// before, however that comes about.
///
/// A file that this name replaces is replaced at once: whoever reads it sees the old one or the new one.
/// Not done here, and done by a server that must survive a power cut: `fsync` on the file before it gets
/// its name, and on the folder after it. A server that is killed (SIGKILL) leaves its passing names behind.
final class IncomingFile {
  /// The folder of each passing name, for a server that ends before its methods have.
  private static let passingNames = Mutex<[String: OpenFile]>([:])

  private let folder: OpenFile
  private let passingName: String
  private let file: OpenFile
  private var isKept = false

  /// Creates a file with a passing name.
  init(in folder: OpenFile) throws(SystemError) {
    var opened: (name: String, descriptor: Int32)?
    while opened == nil {
      let name = ".upload-" + String(UInt64.random(in: 0 ... .max), radix: 36)
      let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
      let descriptor = openat(folder.descriptor, name, flags, 0o644 as mode_t)
      if descriptor >= 0 {
        opened = (name, descriptor)
      } else if errno != EEXIST && errno != EINTR {
        throw SystemError(errno)
      }
    }
    self.folder = folder
    passingName = opened?.name ?? ""
    file = OpenFile(opened?.descriptor ?? -1)
    Self.passingNames.withLock { $0[passingName] = folder }
  }

  deinit {
    if !isKept { unlinkat(folder.descriptor, passingName, 0) }
    Self.passingNames.withLock { $0[passingName] = nil }
  }

  /// Removes all files that are not whole: the process is about to end.
  static func removeAll() {
    passingNames.withLock { names in
      for (name, folder) in names { unlinkat(folder.descriptor, name, 0) }
    }
  }

  /// Adds bytes at the end.
  func write(_ bytes: [UInt8]) throws(SystemError) {
    var failure: Int32 = 0
    bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while let start = rest.baseAddress, !rest.isEmpty, failure == 0 {
        let written = systemWrite(file.descriptor, start, rest.count)
        if written >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if errno != EINTR {
          failure = errno
        }
      }
    }
    if failure != 0 { throw SystemError(failure) }
  }

  /// Gives the file its name, in one step.
  func keep(as name: String) throws(SystemError) {
    guard renameat(folder.descriptor, passingName, folder.descriptor, name) == 0 else {
      throw SystemError(errno)
    }
    isKept = true
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  #if canImport(Glibc)
  Glibc.write(descriptor, bytes, count)
  #elseif canImport(Musl)
  Musl.write(descriptor, bytes, count)
  #else
  Darwin.write(descriptor, bytes, count)
  #endif
}

extension OpenFile {
  /// Opens the folder that `--into` names.
  convenience init(folder path: String) throws {
    let descriptor = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UsageError("--into needs a folder, not '\(path)'") }
    // A file that may grow no larger (`ulimit -f`) fails its upload, not the server.
    signal(SIGXFSZ, SIG_IGN)
    self.init(descriptor)
  }
}
