import ProtobufCompiler
import Testing

@Suite("Errors in .proto files")
struct ErrorTests {
  @Test("Several errors of syntax are reported in one run, each with file, line and column")
  func syntaxErrors() {
    let compiling = Compiling(
      proto3: """
        message A {
          int32 = 1;
          int32 b = ;
          int32 c = 3
        }
        enum {}
        service S { rpc M(A) returns A; }
        """
    )
    #expect(
      compiling.errors == [
        "a.proto:3:9: error: Expected field name.",
        "a.proto:4:13: error: Expected field number.",
        "a.proto:6:1: error: Expected \";\".",
        "a.proto:7:6: error: Expected enum name.",
        "a.proto:8:30: error: Expected \"(\".",
      ]
    )
  }

  @Test("Several errors of meaning are reported in one run")
  func linkErrors() {
    let compiling = Compiling(
      proto3: """
        message A {
          Nothing a = 1;
          int32 b = 0;
          int32 c = 19500;
          int32 d = 536870912;
          string c = 5;
        }
        service S { rpc M(A) returns (Missing); }
        enum E { ONE = 1; }
        """
    )
    let places = compiling.errors.map { $0.split(separator: " ")[0] }
    #expect(Set(places).isSuperset(of: ["a.proto:3:3:", "a.proto:4:13:", "a.proto:7:10:"]))
    #expect(compiling.errors.count >= 5)
  }

  @Test("A missing import names the line of the import, and does not hide that file's place")
  func missingImport() {
    let compiling = Compiling(proto3: "import \"nothing.proto\";\nmessage A {}")
    #expect(
      compiling.errors == [
        "nothing.proto: error: File not found.",
        "a.proto:2:1: error: Import \"nothing.proto\" was not found or had errors.",
      ]
    )
  }

  @Test("Files that import each other are refused, naming the circle")
  func importCycle() {
    let compiling = Compiling(
      ("a.proto", "syntax = \"proto3\"; import \"b.proto\";"),
      ("b.proto", "syntax = \"proto3\"; import \"a.proto\";")
    )
    #expect(compiling.errors.first?.contains("a.proto -> b.proto -> a.proto") == true)
  }

  @Test("An error in an imported file is reported in that file")
  func errorInImport() {
    let compiling = Compiling(
      ("a.proto", "syntax = \"proto3\"; import \"b.proto\";"),
      ("b.proto", "syntax = \"proto3\";\nmessage {}")
    )
    #expect(compiling.errors.first == "b.proto:2:9: error: Expected message name.")
  }

  @Test("proto2 and editions are parsed and linked, so that they can be imported")
  func otherLanguages() {
    let compiling = Compiling(
      (
        "a.proto",
        """
        syntax = "proto3";
        import "two.proto";
        import "edition.proto";
        message A { Two two = 1; Edition edition = 2; }
        """
      ),
      (
        "two.proto",
        """
        syntax = "proto2";
        message Two {
          required int32 a = 1;
          optional string b = 2 [default = "x"];
          optional group C = 3 { optional int32 d = 4; }
          extensions 100 to max;
        }
        extend Two { optional int32 e = 100; }
        """
      ),
      (
        "edition.proto",
        """
        edition = "2023";
        option features.field_presence = IMPLICIT;
        message Edition { int32 a = 1; string b = 2 [features.field_presence = EXPLICIT]; }
        """
      )
    )
    #expect(compiling.errors == [])
    #expect(compiling.swift().contains("var edition: Edition?"))
  }

  @Test("The well-known types can be imported without a search path")
  func bundled() {
    for name in BundledProtos.names {
      #expect(Compiling(proto3: "import \"\(name)\";").errors == [])
    }
    #expect(BundledProtos.names.contains("google/protobuf/timestamp.proto"))
    #expect(BundledProtos.names.contains("google/rpc/status.proto"))
  }

  @Test(
    "Nesting without end is refused, not a crash",
    arguments: ["message A {", "message A { oneof o {", "option (a) = {", "option a = { b {", "("]
  )
  func endlessNesting(part: String) {
    let text = String(repeating: part, count: 20_000)
    #expect(Compiling(proto3: text).errors.isEmpty == false)
  }
}
