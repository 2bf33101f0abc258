public import GRPC

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A folder that a lesson's server shows to its callers, and nothing outside it.
///
/// A caller's path is walked part by part: each is looked up in the folder that is open already, and
/// opened without following a symbolic link. Links are read and walked in turn, so that they lead
/// anywhere below the root and nowhere else. Nothing is looked up twice by its whole path, and so a
/// folder that somebody swaps for a link meanwhile can't lead outside.
public final class RootFolder: Sendable {
  /// The folder's own path, absolute and without symbolic links.
  public let path: String
  private let folder: OpenFile

  /// What a path below the root leads to.
  public enum Node: Sendable {
    case file(OpenFile)
    case folder(OpenFile)
    /// A FIFO, socket or device: seen, never opened, since that may block or set something off.
    case other
  }

  /// Why a path cannot be used.
  public enum PathError: Error, Equatable {
    /// The path is absolute, climbs too high with `..`, or follows a link out of the root.
    case leavesRoot
    /// Nothing is there.
    case missing
    /// It is there, but this process may not read it.
    case unreadable
  }

  /// Opens the folder.
  ///
  /// - Throws: `UsageError` when the path is no readable folder.
  public init(_ path: String) throws {
    guard let resolved = realpath(path, nil) else {
      throw UsageError("--root needs a folder, not '\(path)'")
    }
    defer { free(resolved) }
    let descriptor = openat(AT_FDCWD, resolved, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw UsageError("--root needs a folder that can be read, not '\(path)'")
    }
    self.path = String(cString: resolved)
    folder = OpenFile(descriptor)
  }

  /// Opens what a caller's path leads to; the root itself for an empty one.
  public func open(_ requested: String) throws(PathError) -> Node {
    guard !requested.hasPrefix("/"), !Self.climbsTooHigh(requested) else { throw .leavesRoot }
    // No name holds a NUL; the system would take the path to end there.
    guard !requested.utf8.contains(0) else { throw .missing }
    var walk = PathWalk(root: folder, rootPath: path)
    return try walk.follow(requested)
  }

  /// The same for a method: throws the status that says why the path can't be used.
  public func find(_ requested: String) throws(RPCError) -> Node {
    do throws(PathError) {
      return try open(requested)
    } catch {
      throw RPCError(error, path: requested)
    }
  }

  /// A caller's path as results show it: without empty parts and `.`.
  public static func shown(_ path: String) -> String {
    path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  private static func climbsTooHigh(_ path: String) -> Bool {
    var depth = 0
    for part in path.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return true }
    }
    return false
  }
}

/// An open file or folder; closed with its last reference.
public final class OpenFile: Sendable {
  /// The descriptor.
  public let descriptor: Int32

  /// Takes over a descriptor.
  public init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Opens a name in this folder if it is a regular file or a folder; never follows a link, and never
  /// waits for a FIFO.
  ///
  /// - Throws: `SystemError`; for a link one whose `isLink` is true.
  func open(_ name: [CChar]) throws(SystemError) -> RootFolder.Node {
    var status = stat()
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw SystemError(errno)
    }
    if status.st_mode & S_IFMT == S_IFLNK { throw SystemError(ELOOP) }
    guard Self.isOpened(status) else { return .other }
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let opened = openat(descriptor, name, flags)
    guard opened >= 0 else { throw SystemError(errno) }
    let file = OpenFile(opened)
    // Again: it may have been swapped in between.
    guard fstat(opened, &status) == 0, Self.isOpened(status) else { return .other }
    return status.st_mode & S_IFMT == S_IFDIR ? .folder(file) : .file(file)
  }

  private static func isOpened(_ status: stat) -> Bool {
    [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// Where a symbolic link in this folder leads.
  func target(ofLink name: [CChar]) throws(SystemError) -> String {
    var failure: Int32 = 0
    let target = [CChar](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      let length = readlinkat(descriptor, name, start, buffer.count)
      failure = length < 0 ? errno : 0
      count = max(0, length)
    }
    guard failure == 0 else { throw SystemError(failure) }
    return String(decoding: target.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The names in this folder, in byte order, without `.` and `..`.
  ///
  /// They are all held at once, since the order of the visit is promised.
  func names() throws(SystemError) -> [[CChar]] {
    // A descriptor of its own: reading moves its position, and closing the stream closes it.
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw SystemError(errno) }
    guard let stream = fdopendir(copy) else {
      close(copy)
      throw SystemError(errno)
    }
    defer { closedir(stream) }
    var names: [[CChar]] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) {
          Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
        }
      }
      if name != [46, 0], name != [46, 46, 0] { names.append(name) }
    }
    return names.sorted { strcmp($0, $1) < 0 }
  }
}

/// What the system says went wrong.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The number in `errno`.
  public let code: Int32

  /// An error with this number.
  public init(_ code: Int32) { self.code = code }

  /// Whether a symbolic link stood where none is followed.
  var isLink: Bool { code == ELOOP }

  /// Whether there is no room: the disk or the user's share of it is full, or the file may grow no larger.
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  /// The system's words for it, in lower case: `no space left on device`.
  public var description: String { String(cString: strerror(code)).lowercased() }
}

/// One path being followed, from the root down.
private struct PathWalk {
  /// The folders that are open: the root, and one for each part of the way so far.
  private var folders: [OpenFile]
  private let rootPath: String
  private var links = 0

  init(root: OpenFile, rootPath: String) {
    folders = [root]
    self.rootPath = rootPath
  }

  mutating func follow(_ path: String) throws(RootFolder.PathError) -> RootFolder.Node {
    var parts = Self.parts(path)
    while let part = parts.popLast() {
      if part == ".." {
        guard folders.count > 1 else { throw .leavesRoot }
        folders.removeLast()
        continue
      }
      let name = Array(part.utf8CString)
      let node: RootFolder.Node
      do throws(SystemError) {
        node = try folders[folders.count - 1].open(name)
      } catch {
        guard error.isLink else { throw Self.pathError(error) }
        parts += try follow(link: name)
        continue
      }
      switch node {
      case .folder(let folder): folders.append(folder)
      case .file, .other:
        guard parts.isEmpty else { throw .missing }
        return node
      }
    }
    return .folder(folders[folders.count - 1])
  }

  /// The parts that a link stands for.
  private mutating func follow(link name: [CChar]) throws(RootFolder.PathError) -> [String] {
    links += 1
    guard links <= 40 else { throw .missing }  // as the system itself counts
    let target: String
    do throws(SystemError) {
      target = try folders[folders.count - 1].target(ofLink: name)
    } catch {
      throw Self.pathError(error)
    }
    guard target.hasPrefix("/") else { return Self.parts(target) }
    let inside = rootPath == "/" ? "/" : rootPath + "/"
    guard target == rootPath || target.hasPrefix(inside) else { throw .leavesRoot }
    folders.removeLast(folders.count - 1)
    return Self.parts(String(target.dropFirst(rootPath.count)))
  }

  /// The parts of a path, the first one last.
  private static func parts(_ path: String) -> [String] {
    path.split(separator: "/").filter { $0 != "." }.map(String.init).reversed()
  }

  private static func pathError(_ error: SystemError) -> RootFolder.PathError {
    error.code == EACCES || error.code == EPERM ? .unreadable : .missing
  }
}

extension RPCError {
  /// The status of a call whose path cannot be used.
  public init(_ error: RootFolder.PathError, path: String) {
    switch error {
    case .leavesRoot: self.init(.permissionDenied, "\(path) leaves the root")
    case .missing: self.init(.notFound, "\(path) does not exist")
    case .unreadable: self.init(.permissionDenied, "\(path) cannot be read")
    }
  }
}
