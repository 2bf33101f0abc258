import ProtobufCompiler

/// One run of the command: finds the files, compiles them, writes what was asked for.
struct Compilation {
  private let invocation: Invocation

  init(_ invocation: Invocation) { self.invocation = invocation }

  /// Returns whether all went well; errors have been printed.
  func run() -> Bool {
    let searchPaths = invocation.searchPaths
    var compiler = Compiler { Self.find($0, in: searchPaths) }
    var files: [FileDescriptorProto] = []
    for path in invocation.files {
      guard let name = importName(of: path) else { return false }
      if let file = compiler.compile(name) { files.append(file) }
    }
    for diagnostic in compiler.diagnostics { Disk.writeError("\(diagnostic)\n") }
    guard compiler.succeeded else { return false }
    let targets = Set(files.map(\.name))
    files = compiler.files.filter { targets.contains($0.name) }  // each behind its imports
    return writeDescriptorSet(files, all: compiler.files) && writeSwift(files, all: compiler.files)
  }

  private static func find(_ name: String, in searchPaths: [String]) -> Compiler.Source? {
    for folder in searchPaths {
      let path = folder == "." ? name : folder + (folder.hasSuffix("/") ? "" : "/") + name
      if let bytes = Disk.read(path) { return Compiler.Source(displayName: path, bytes: bytes) }
    }
    return nil
  }

  /// The name by which imports would call a file given on the command line.
  private func importName(of path: String) -> String? {
    let normal = Self.normalized(path)
    for folder in invocation.searchPaths {
      let root = Self.normalized(folder)
      if root.isEmpty {
        if !normal.hasPrefix("/"), Disk.exists(path) { return normal }
      } else if normal.hasPrefix(root.hasSuffix("/") ? root : root + "/"), Disk.exists(path) {
        return String(normal.dropFirst(root.count).drop { $0 == "/" })
      }
    }
    if Self.find(normal, in: invocation.searchPaths) != nil
      || BundledProtos.source(of: normal) != nil
    {
      return normal
    }
    Disk.writeError(
      Disk.exists(path)
        ? "\(path): error: the file lies in none of the folders given with -I\n"
        : "\(path): error: \(Disk.lastError)\n"
    )
    return nil
  }

  /// Drops `.` and empty parts.
  private static func normalized(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  private func writeDescriptorSet(
    _ files: [FileDescriptorProto],
    all: [FileDescriptorProto]
  ) -> Bool {
    guard let path = invocation.descriptorSetPath else { return true }
    let writer = DescriptorSetWriter(includesSourceInfo: invocation.includesSourceInfo)
    return write(writer.write(invocation.includesImports ? all : files), to: path)
  }

  private func writeSwift(_ files: [FileDescriptorProto], all: [FileDescriptorProto]) -> Bool {
    guard let folder = invocation.swiftDirectory else { return true }
    let targets = Set(files.map(\.name))
    let generator = SwiftGenerator(
      targets: files,
      imports: all.filter { !targets.contains($0.name) },
      options: invocation.generatorOptions,
      serialize: { DescriptorSetWriter().write($0) }
    )
    Disk.makeFolder(folder)
    return files.allSatisfy { file in
      let path = "\(folder)/\(SwiftGenerator.fileName(for: file.name))"
      return write(Array(generator.generate(file).utf8), to: path)
    }
  }

  private func write(_ bytes: [UInt8], to path: String) -> Bool {
    if Disk.write(bytes, to: path) { return true }
    Disk.writeError("\(path): error: \(Disk.lastError)\n")
    return false
  }
}
