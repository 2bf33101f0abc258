/// Compiles `.proto` files: loads them with all they import, parses and links them.
///
/// The compiler itself reads no disk; it asks for a file by the name an import uses, and falls back
/// on the bundled well-known files.
public struct Compiler {
  /// A file as found.
  public struct Source: Sendable {
    /// What to call the file in errors.
    public var displayName: String
    /// The content.
    public var bytes: [UInt8]

    /// A file as found.
    public init(displayName: String, bytes: [UInt8]) {
      self.displayName = displayName
      self.bytes = bytes
    }
  }

  private enum State {
    case loading
    case failed
    case linked(Int)
  }

  private let find: (String) -> Source?
  private var linker = Linker(pool: DescriptorPool())
  private var states: [String: State] = [:]
  private var stack: [String] = []
  private var parseDiagnostics: [Diagnostic] = []
  private var requested: Set<String> = []

  /// A compiler that asks `find` for files.
  public init(find: @escaping (String) -> Source?) { self.find = find }

  /// All files linked so far, each behind those it imports.
  public var files: [FileDescriptorProto] { linker.pool.files }

  /// All errors and warnings; warnings only about the files that were asked for.
  public var diagnostics: [Diagnostic] { parseDiagnostics }

  /// Whether every file asked for could be compiled.
  public var succeeded: Bool { !parseDiagnostics.contains { $0.severity == .error } }

  /// Compiles a file and what it imports; nil if there were errors.
  public mutating func compile(_ name: String) -> FileDescriptorProto? {
    requested.insert(name)
    guard let index = load(name) else { return nil }
    return linker.pool.files[index]
  }

  private mutating func load(_ name: String) -> Int? {
    switch states[name] {
    case .linked(let index): return index
    case .failed, .loading: return nil
    case nil: break
    }
    let bundled = BundledProtos.source(of: name).map {
      Source(displayName: name, bytes: Array($0.utf8))
    }
    guard let source = find(name) ?? bundled else {
      states[name] = .failed
      add("File not found.", file: name, position: nil)
      return nil
    }
    states[name] = .loading
    stack.append(name)
    defer { stack.removeLast() }
    var parser = Parser(name: name, source: source.bytes, displayName: source.displayName)
    parser.parseFile()
    parseDiagnostics += parser.diagnostics
    guard parser.diagnostics.isEmpty,
      let dependencies = loadImports(of: parser.file, displayName: source.displayName)
    else {
      states[name] = .failed
      return nil
    }
    return link(parser.file, source.displayName, dependencies)
  }

  private mutating func link(
    _ file: FileDescriptorProto,
    _ displayName: String,
    _ dependencies: [Int]
  ) -> Int? {
    let before = linker.diagnostics.count
    linker.link(file, displayName: displayName, dependencies: dependencies)
    let new = linker.diagnostics[before...]
    let failed = new.contains { $0.severity == .error }
    parseDiagnostics += new.filter { $0.severity == .error || requested.contains(file.name) }
    guard !failed else {
      states[file.name] = .failed
      return nil
    }
    states[file.name] = .linked(linker.current)
    return linker.current
  }

  private mutating func loadImports(
    of file: FileDescriptorProto,
    displayName: String
  ) -> [Int]? {
    var indices: [Int] = []
    var seen: Set<String> = []
    var failed = false
    let names =
      file.dependencies.enumerated().map { ($1, [Path.dependency, Int32($0)]) }
      + file.optionDependencies.enumerated().map { ($1, [Path.optionDependency, Int32($0)]) }
    for (name, path) in names {
      var problem: String?
      if !seen.insert(name).inserted {
        problem = "Import \"\(name)\" was listed twice."
      } else if case .loading = states[name] {
        let cycle = stack.drop { $0 != name } + [name]
        problem = "File recursively imports itself: \(cycle.joined(separator: " -> "))"
      } else if let index = load(name) {
        indices.append(index)
      } else {
        problem = "Import \"\(name)\" was not found or had errors."
      }
      guard let problem else { continue }
      failed = true
      let span = file.sourceCodeInfo.locations.first { $0.path == path }?.span ?? [0, 0]
      add(
        problem,
        file: displayName,
        position: SourcePosition(line: span[0], column: span[1])
      )
    }
    return failed ? nil : indices
  }

  private mutating func add(_ message: String, file: String, position: SourcePosition?) {
    parseDiagnostics.append(
      Diagnostic(severity: .error, file: file, position: position, message: message)
    )
  }
}
