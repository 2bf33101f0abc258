internal import Processes
internal import ProtobufCompiler

/// Compiles what a learner has written, together with the program that checks it, and runs that.
///
/// One call of `swiftc` on a few files, linked with what the package has built: about a second, and no second build.
package struct Workbench {
  /// The package's folder.
  package let root: String
  /// The folder of its built products.
  package let products: String

  package init(root: String, products: String) {
    self.root = root
    self.products = products
  }

  /// Checks what the learner has made of an exercise.
  package func check(_ exercise: CodeExercise) throws -> Exercise.Verdict {
    let bench = "\(products)/exercises/\(exercise.lesson)-\(exercise.name)"
    Files.makeFolder("\(products)/exercises")
    Files.makeFolder(bench)
    var sources: [String] = []
    for proto in protos(of: exercise) {
      switch generate(proto) {
      case .failure(let problem): return .wrong(problem.text)
      case .success(let swift):
        let path = "\(bench)/\(proto.isFormer ? "former" : "own").pb.swift"
        try Files.write(swift, to: path)
        sources.append(path)
      }
    }
    sources += exercise.fileNames.filter { $0.hasSuffix(".swift") }.map {
      "\(exercise.folder)/\($0)"
    }
    sources += exercise.companions.map { "\(root)/\($0)" }.filter(Files.exists)
    sources.append("\(root)/\(exercise.source)/Check.swift")
    let program = "\(bench)/check"
    let compilation = try run(
      Command(compile(sources, to: program), mergesErrors: true),
      atMost: .seconds(600)
    )
    guard compilation.status == .exited(0) else {
      return .wrong(Self.firstError(compilation.text))
    }
    return try outcome(
      of: program,
      expecting: Files.text("\(root)/\(exercise.source)/expected.txt") ?? ""
    )
  }

  private func outcome(of program: String, expecting expected: String) throws -> Exercise.Verdict {
    let child = try Child(Command([program], environment: ["SWIFT_BACKTRACE": "enable=no"]))
    defer { child.end() }
    guard let outcome = try? child.wait(atMost: .seconds(60)) else {
      return .wrong("it does not end")
    }
    guard outcome.status == .exited(0) else {
      let reason = outcome.errorText.split(separator: "\n").first ?? "\(outcome.status)"
      return .wrong("it breaks off: \(reason)")
    }
    return CodeExercise.verdict(printed: outcome.text, expected: expected)
  }

  // MARK: Protos

  private struct Proto {
    let path: String
    let isFormer: Bool
  }

  private struct Problem: Error {
    let text: String
  }

  private func protos(of exercise: CodeExercise) -> [Proto] {
    let own = exercise.fileNames.filter { $0.hasSuffix(".proto") }.map {
      "\(exercise.folder)/\($0)"
    }
    return (own + [exercise.proto].compactMap(\.self).map { "\(root)/\($0)" })
      .map { Proto(path: $0, isFormer: false) }
      + [exercise.formerProto].compactMap(\.self).map {
        Proto(path: "\(root)/\($0)", isFormer: true)
      }
  }

  private func generate(_ proto: Proto) -> Result<String, Problem> {
    let name = String(proto.path.split(separator: "/").last ?? "")
    var compiler = Compiler { wanted in
      guard wanted == name, let bytes = Files.read(proto.path) else { return nil }
      return Compiler.Source(displayName: proto.path, bytes: bytes)
    }
    guard let file = compiler.compile(name), compiler.succeeded else {
      let error = compiler.diagnostics.first { $0.severity == .error }
      return .failure(Problem(text: error.map { "\($0)" } ?? "\(proto.path) can't be read"))
    }
    var options = GeneratorOptions()
    // A package of no file's: all types get the namespace of theirs.
    if proto.isFormer { options.package = "former" }
    let generator = SwiftGenerator(
      targets: [file],
      imports: compiler.files.filter { $0.name != name },
      options: options,
      serialize: { DescriptorSetWriter().write($0) }
    )
    return .success(generator.generate(file))
  }

  // MARK: Swift

  /// The layers that an exercise may use, bottom to top.
  private static let layers = [
    "HPACK", "HTTP2", "Sockets", "Transport", "ProtobufWire", "Protobuf", "GRPC", "Lesson",
  ]

  private func compile(_ sources: [String], to program: String) -> [String] {
    var words = ["swiftc", "-swift-version", "6", "-parse-as-library", "-module-name", "Exercise"]
    for feature in [
      "ExistentialAny", "InternalImportsByDefault", "MemberImportVisibility",
      "NonisolatedNonsendingByDefault",
    ] { words += ["-enable-upcoming-feature", feature] }
    words += ["-I", "\(products)/Modules"]
    for module in ["CSystem", "CZlib"] { words += ["-I", "\(root)/Shared/\(module)"] }
    return words + sources + objects + ["-lz", "-o", program]
  }

  /// What the layers were compiled to: exactly one object for each source, since others may lie there from earlier days.
  private var objects: [String] {
    Self.layers.flatMap { layer in
      let folder = "\(products)/\(layer).build"
      let sources = (Files.text("\(folder)/sources") ?? "").split(separator: "\n")
      return sources.compactMap { $0.split(separator: "/").last }.map { "\(folder)/\($0).o" }
    }.filter(Files.exists)
  }

  /// The compiler's first error, with the file as the learner knows it.
  private static func firstError(_ text: String) -> String {
    let lines = text.split(separator: "\n")
    return lines.first { $0.contains(": error: ") }.map(String.init)
      ?? lines.last.map(String.init) ?? "it can't be compiled"
  }
}
