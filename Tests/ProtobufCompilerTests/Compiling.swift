import ProtobufCompiler

/// What became of some files: errors, descriptors, Swift.
struct Compiling {
  private var compiler: Compiler
  private var targets: [FileDescriptorProto] = []

  /// Compiles `main`, the first of the files, by name and content.
  init(_ files: (name: String, text: String)...) {
    let sources = Dictionary(uniqueKeysWithValues: files.map { ($0.name, Array($0.text.utf8)) })
    compiler = Compiler { name in
      sources[name].map { Compiler.Source(displayName: name, bytes: $0) }
    }
    for file in files {
      if let target = compiler.compile(file.name) { targets.append(target) }
    }
  }

  /// Compiles one file of proto3.
  init(proto3 text: String) {
    self.init(("a.proto", "syntax = \"proto3\";\n\(text)"))
  }

  /// The errors, as they are printed.
  var errors: [String] {
    compiler.diagnostics.filter { $0.severity == .error }.map { "\($0)" }
  }

  /// The Swift of the first file, its lines without indentation.
  func swift(_ change: (inout GeneratorOptions) -> Void = { _ in }) -> [String] {
    var options = GeneratorOptions()
    change(&options)
    let names = Set(targets.map(\.name))
    let generator = SwiftGenerator(
      targets: targets,
      imports: compiler.files.filter { !names.contains($0.name) },
      options: options,
      serialize: { DescriptorSetWriter().write($0) }
    )
    guard let file = targets.first else { return [] }
    return generator.generate(file).split(separator: "\n").map { line in
      String(line.drop { $0 == " " })
    }
  }
}
