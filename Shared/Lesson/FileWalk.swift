/// Visits every regular file below a folder, in the byte order of the names; a folder's files come where
/// its name stands.
///
/// Symbolic links, FIFOs, sockets and devices are left out; so is, with a note, what cannot be read. One
/// descriptor stays open for each level of folders.
public struct FileWalk {
  /// A file on the way.
  public struct Visit: Sendable {
    /// Its path, as results show it: names that are not UTF-8 are repaired.
    public let name: String
    /// The open file.
    public let file: OpenFile
  }

  private struct Level {
    let folder: OpenFile
    /// The path of the folder with a `/` behind it; empty for the root.
    let prefix: String
    /// What is still to be visited, the first one last.
    var names: [[CChar]]
  }

  private var levels: [Level] = []
  private var only: Visit?

  /// Begins at a folder; a file is a walk of one visit.
  ///
  /// - Parameters:
  ///   - start: Where to begin.
  ///   - name: Its path, as results show it.
  public init(_ start: RootFolder.Node, name: String) {
    switch start {
    case .file(let file): only = Visit(name: name, file: file)
    case .folder(let folder): enter(folder, name: name)
    case .other: break
    }
  }

  /// The next file; nil behind the last.
  public mutating func next() -> Visit? {
    if let only {
      self.only = nil
      return only
    }
    while !levels.isEmpty {
      guard let name = levels[levels.count - 1].names.popLast() else {
        levels.removeLast()
        continue
      }
      let level = levels[levels.count - 1]
      let path =
        level.prefix + String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      do throws(SystemError) {
        switch try level.folder.open(name) {
        case .file(let file): return Visit(name: path, file: file)
        case .folder(let folder): enter(folder, name: path)
        case .other: break
        }
      } catch {
        if !error.isLink { ServerLog.note("skipped \(path): \(error)") }
      }
    }
    return nil
  }

  private mutating func enter(_ folder: OpenFile, name: String) {
    do throws(SystemError) {
      let names: [[CChar]] = try folder.names().reversed()
      levels.append(Level(folder: folder, prefix: name.isEmpty ? "" : name + "/", names: names))
    } catch {
      ServerLog.note("skipped \(name): \(error)")
    }
  }
}
