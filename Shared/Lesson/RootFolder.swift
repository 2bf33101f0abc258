#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A folder that a lesson's server shows to its callers, and nothing outside it.
///
/// A caller's path is resolved twice: once by name, to say clearly what is wrong with it, and once
/// by opening each component below the last without following symbolic links, so that a link
/// swapped in between cannot lead outside. FIFOs and devices are never waited on.
public final class RootFolder: Sendable {
  /// The folder's own path, absolute and without symbolic links.
  public let path: String
  private let descriptor: Int32

  /// What a path below the root leads to.
  public enum Kind: Sendable, Equatable {
    case file
    case folder
    /// A symbolic link, FIFO, socket or device: seen, never opened.
    case other
  }

  /// Why a path cannot be used.
  public enum PathError: Error, Equatable {
    /// The path is absolute, climbs with `..`, holds a NUL or follows a link out of the root.
    case leavesRoot
    /// Nothing is there.
    case missing
    /// It is there, but this process may not read it.
    case unreadable
    /// It is neither a file nor a folder.
    case notAFile
  }

  /// Opens the folder.
  ///
  /// - Throws: `StartupError` when the path is no readable folder.
  public init(_ path: String) throws {
    guard let resolved = realpath(path, nil) else {
      throw StartupError("cannot serve \(path): no such folder")
    }
    defer { free(resolved) }
    self.path = String(cString: resolved)
    self.descriptor = open(resolved, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw StartupError("cannot serve \(path): not a folder, or not readable")
    }
  }

  deinit { close(descriptor) }

  /// Resolves a caller's path to names below the root; empty for the root itself.
  public func resolve(_ requested: String) throws(PathError) -> [String] {
    guard !requested.hasPrefix("/"), !requested.utf8.contains(0) else { throw .leavesRoot }
    let names = requested.split(separator: "/").map(String.init).filter { $0 != "." }
    guard !names.contains("..") else { throw .leavesRoot }
    guard let resolved = realpath(([path] + names).joined(separator: "/"), nil) else {
      // A link that dangles outside must not tell what exists there.
      throw errno == EACCES ? .unreadable : .missing
    }
    defer { free(resolved) }
    let absolute = String(cString: resolved)
    if absolute == path { return [] }
    let prefix = path == "/" ? "/" : path + "/"
    guard absolute.hasPrefix(prefix) else { throw .leavesRoot }
    return absolute.dropFirst(prefix.count).split(separator: "/").map(String.init)
  }

  /// What stands at a resolved path.
  public func kind(of names: [String]) throws(PathError) -> Kind {
    guard let last = names.last else { return .folder }
    let parent = try openFolder(names.dropLast())
    defer { close(parent) }
    var status = stat()
    guard fstatat(parent, last, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw .missing }
    return Self.kind(status)
  }

  /// Opens a regular file below the root for reading.
  ///
  /// The caller closes the descriptor.
  public func openFile(_ names: [String]) throws(PathError) -> Int32 {
    guard let last = names.last else { throw .notAFile }
    let parent = try openFolder(names.dropLast())
    defer { close(parent) }
    // Without waiting: opening a FIFO would otherwise block until somebody writes to it.
    let file = openat(parent, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw Self.error(errno) }
    var status = stat()
    guard fstat(file, &status) == 0, Self.kind(status) == .file else {
      close(file)
      throw .notAFile
    }
    return file
  }

  /// The names in a folder below the root, in byte order, without `.` and `..`.
  public func entries(_ names: [String]) throws(PathError) -> [(name: String, kind: Kind)] {
    let folder = try openFolder(names[...])
    guard let stream = fdopendir(folder) else {
      close(folder)
      throw .unreadable
    }
    defer { closedir(stream) }
    var entries: [(name: String, kind: Kind)] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      var status = stat()
      guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      entries.append((name, Self.kind(status)))
    }
    return entries.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
  }

  private func openFolder(_ names: ArraySlice<String>) throws(PathError) -> Int32 {
    var folder = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    for name in names where folder >= 0 {
      let next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      close(folder)
      folder = next
    }
    guard folder >= 0 else { throw Self.error(errno) }
    return folder
  }

  private static func kind(_ status: stat) -> Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    default: .other
    }
  }

  private static func error(_ code: Int32) -> PathError {
    switch code {
    case EACCES, EPERM: .unreadable
    case ENOENT, ENOTDIR: .missing
    default: .notAFile
    }
  }
}
