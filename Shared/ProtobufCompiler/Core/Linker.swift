/// Gives the names of a parsed file their meaning, and checks what only the whole can show.
///
/// In four steps, each of which needs the one before to have found no error, as in protoc: declare
/// every name; resolve every name that is used; interpret the options, whose names may be
/// extensions; check the rules that depend on options and features.
struct Linker {
  var pool: DescriptorPool
  var diagnostics: [Diagnostic] = []
  private var errorCount = 0
  /// What to call each file of the pool in an error.
  var displayNames: [String]
  /// Index of the file being linked.
  var current = 0
  /// Files whose names may be used: this one, its imports, and what those import publicly.
  var visible: Set<Int> = []
  /// Files whose names have been used.
  var used: Set<Int> = []
  /// Interpreted paths by those of the uninterpreted options.
  var interpretedPaths: [[Int32]: [Int32]] = [:]
  /// Extension numbers taken, by extendee.
  var extensionNumbers: [String: [Int32: (name: String, file: Int)]] = [:]

  init(pool: DescriptorPool, displayNames: [String] = []) {
    self.pool = pool
    self.displayNames = displayNames
  }

  /// Links a file whose imports are in the pool already; adds it to the pool.
  mutating func link(_ file: FileDescriptorProto, displayName: String, dependencies: [Int?]) {
    displayNames.append(displayName)
    let before = errorCount
    linkNames(of: file, dependencies: dependencies)
    guard errorCount == before else { return }
    var linked = pool.files[current]
    resolveFeatures(of: &linked)
    pool.files[current] = linked
    interpretOptions(of: &linked)
    if errorCount == before {
      moveLocations(in: &linked)
      linked.features = file.features
      resolveFeatures(of: &linked)
      pool.files[current] = linked
      validate(linked)
    }
    pool.files[current] = linked
    if errorCount == before { warnAboutUnusedImports(dependencies) }
  }

  /// The first two steps: declares the file's names and resolves those it uses.
  mutating func linkNames(of file: FileDescriptorProto, dependencies: [Int?]) {
    current = pool.files.count
    pool.files.append(file)
    visible = [current]
    used = []
    interpretedPaths = [:]
    for case let index? in dependencies { addVisible(index) }
    let before = errorCount
    declare(file)
    var linked = file
    resolve(&linked)
    if errorCount == before { pool.files[current] = linked }
  }

  private mutating func addVisible(_ index: Int) {
    guard visible.insert(index).inserted else { return }
    for publicName in publicImports(of: index) { addVisible(publicName) }
  }

  private func publicImports(of index: Int) -> [Int] {
    let file = pool.files[index]
    return file.publicDependencies.compactMap { dependency in
      let name = file.dependencies[Int(dependency)]
      return pool.files.firstIndex { $0.name == name }
    }
  }

  private mutating func warnAboutUnusedImports(_ dependencies: [Int?]) {
    let file = pool.files[current]
    for (slot, dependency) in dependencies.enumerated() {
      guard let dependency, slot < file.dependencies.count,
        !file.publicDependencies.contains(Int32(slot)), !isUsed(dependency)
      else { continue }
      report(
        "Import \(file.dependencies[slot]) is unused.",
        at: [Path.dependency, Int32(slot)],
        severity: .warning
      )
    }
  }

  private func isUsed(_ index: Int) -> Bool {
    used.contains(index) || publicImports(of: index).contains { isUsed($0) }
  }

  /// Reports at the place of a declaration, or of the nearest one around it that has a place.
  mutating func report(
    _ message: String,
    at path: [Int32],
    severity: Diagnostic.Severity = .error
  ) {
    var path = path[...]
    var position: SourcePosition?
    while position == nil, !path.isEmpty {
      let location = pool.files[current].sourceCodeInfo.locations.first { $0.path[...] == path }
      position = location.map { SourcePosition(line: $0.span[0], column: $0.span[1]) }
      path = path.dropLast()
    }
    report(message, position: position, severity: severity)
  }

  mutating func report(
    _ message: String,
    position: SourcePosition?,
    severity: Diagnostic.Severity = .error
  ) {
    let diagnostic = Diagnostic(
      severity: severity,
      file: displayNames[current],
      position: position,
      message: message
    )
    if severity == .error { errorCount += 1 }
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  /// Options' locations get the paths of what they turned out to set; their parts have no others.
  private func moveLocations(in file: inout FileDescriptorProto) {
    guard !interpretedPaths.isEmpty else { return }
    var locations: [SourceCodeInfo.Location] = []
    var removing: [Int32]?
    for var location in file.sourceCodeInfo.locations {
      if let removing, location.path.starts(with: removing) { continue }
      removing = nil
      if let path = interpretedPaths[location.path] {
        removing = location.path
        location.path = path
      }
      locations.append(location)
    }
    file.sourceCodeInfo.locations = locations
  }
}

/// Joins a scope, which may be empty, and a name.
func qualified(_ scope: String, _ name: String) -> String {
  scope.isEmpty ? name : "\(scope).\(name)"
}
