import ProtobufCompiler

/// The .proto parser, the linker and both generators.
enum Target: FuzzTarget {
  static func seeds() -> [[UInt8]] {
    BundledProtos.names.compactMap(BundledProtos.source).map { Array($0.utf8) } + [Array(odd.utf8)]
  }

  private static let odd = """
    syntax = "proto2"; package a.b; import public "google/protobuf/any.proto";
    option (x).y = { a: 1 b: [2, -3.5e-7, inf] c < d: "\\x41\\101\\u0042" 'e' > };
    extend google.protobuf.FileOptions { optional M x = 50000; }
    message M {
      required M y = 1 [default = nan, deprecated = true, json_name = "z"]; reserved 5 to 9, 12 to max; reserved "q";
      optional group G = 2 { map<int32, M> m = 1; } oneof o { bytes b = 3; } extensions 100 to 199 [verification = DECLARATION];
    }
    enum E { option allow_alias = true; A = 0; B = -0x1; C = 017; reserved -5 to -2; }
    service S { option deprecated = true; rpc R(stream M) returns (stream .a.b.M) { option idempotency_level = IDEMPOTENT; } }
    """

  static func run(_ input: UnsafeRawBufferPointer) {
    var compiler = Compiler { name in
      name == "a.proto" ? Compiler.Source(displayName: name, bytes: [UInt8](input)) : nil
    }
    guard let file = compiler.compile("a.proto") else {
      precondition(!compiler.succeeded, "a file is refused without an error")
      _ = compiler.diagnostics.map(\.description)
      return
    }
    _ = DescriptorSetWriter(includesSourceInfo: true).write(compiler.files)
    let generator = SwiftGenerator(
      targets: [file],
      imports: compiler.files.filter { $0.name != file.name },
      serialize: { DescriptorSetWriter().write($0) }
    )
    _ = generator.generate(file)
  }
}
