import ProtobufCompiler
import Testing

/// Docs/generated-code.md, row by row.
@Suite("Generated Swift")
struct GeneratedCodeTests {
  private func lines(_ text: String) -> [String] { Compiling(proto3: text).swift() }

  @Test(
    "Fields are named in lower camel case; some short words are capitals whole",
    arguments: [
      ("name", "name"), ("user_id", "userID"), ("base_url", "baseURL"), ("id", "id"),
      ("URL", "url"), ("userName", "userName"), ("a_1_b", "a1B"), ("_x", "x"), ("x__y", "xY"),
      ("_1", "_1"), ("http_status", "httpStatus"), ("is_https", "isHTTPS"),
    ]
  )
  func fieldNames(proto: String, swift: String) {
    #expect(lines("message A { int32 \(proto) = 1; }").contains("var \(swift): Int32 = 0"))
  }

  @Test(
    "A keyword stands in backticks, a name that Swift or the runtime needs gets a _ behind",
    arguments: [
      ("class", "`class`"), ("default", "`default`"), ("in", "`in`"), ("self", "self_"),
      ("init", "init_"), ("unknown_fields", "unknownFields_"), ("hash_value", "hashValue_"),
      ("debug_description", "debugDescription_"), ("encode", "encode_"), ("merge", "merge_"),
      ("serialized", "serialized_"), ("description", "description"), ("type", "type"),
      ("reader", "reader"), ("tag", "tag"),
    ]
  )
  func reservedFieldNames(proto: String, swift: String) {
    #expect(lines("message A { int32 \(proto) = 1; }").contains("var \(swift): Int32 = 0"))
  }

  @Test(
    "Types are named in upper camel case; a name that Swift would misread gets its kind behind",
    arguments: [
      ("message Hello", "struct Hello: Message {"), ("message foo_bar", "struct FooBar: Message {"),
      ("message _1x", "struct _1x: Message {"), ("message Any", "struct AnyMessage: Message {"),
      ("message Type", "struct TypeMessage: Message {"),
      ("message Self", "struct SelfMessage: Message {"),
      ("message Protocol", "struct ProtocolMessage: Message {"),
      ("message Swift", "struct SwiftMessage: Message {"),
      ("message GRPC", "struct GRPCMessage: Message {"),
      ("message Service", "struct ServiceMessage: Message {"),
      ("message Message", "struct Message: Protobuf.Message {"),
      ("message Sendable", "struct Sendable: Message {"),
      ("message Int32", "struct Int32: Message {"),
    ]
  )
  func typeNames(proto: String, swift: String) {
    #expect(lines("\(proto) {}").contains(swift))
  }

  @Test("Where a file declares a name of Swift's library, the library's is qualified")
  func qualified() {
    let swift = lines(
      "message String { string s = 1; } message Duration {} message A { string s = 1; }"
    )
    #expect(swift.contains("var s: Swift.String = \"\""))
  }

  @Test("An enum's values lose the enum's name, unless that leaves a digit")
  func enumValues() {
    let swift = lines(
      """
      enum PhoneType { PHONE_TYPE_NONE = 0; PHONETYPE_HOME_LINE = 1; WORK = 2; }
      enum Size { SIZE_0 = 0; SIZE_10 = 1; }
      enum Words { WORDS_DEFAULT = 0; WORDS_INIT = 1; WORDS_UNRECOGNIZED = 2; WORDS_SOME = 3; }
      """
    )
    for name in [
      "none_", "homeLine", "work", "size0", "size10", "`default`", "init_",
      "unrecognized_", "some_", "unrecognized(Int32)",
    ] { #expect(swift.contains("case \(name)"), "\(name)") }
  }

  @Test("A second name of an enum's number is a static property")
  func aliases() {
    let swift = lines("enum E { option allow_alias = true; E_A = 0; E_B = 1; E_C = 1; }")
    #expect(swift.contains("static var c: Self { .b }"))
    #expect(!swift.contains("case c"))
  }

  @Test("A method is named in lower camel case")
  func methodNames() {
    let swift = lines(
      """
      message A {}
      service S {
        rpc SayHello(A) returns (A); rpc GetURL(A) returns (A); rpc URLFor(A) returns (A);
        rpc default(A) returns (A); rpc init(A) returns (A); rpc Channel(A) returns (A);
      }
      """
    )
    for name in ["sayHello", "getURL", "urlFor", "`default`", "init_", "channel_"] {
      #expect(
        swift.contains("func \(name)(_ request: A, context: ServerContext) async throws -> A")
      )
      #expect(swift.contains("func \(name)(_ request: A, context: ServerContext) throws -> A"))
    }
  }

  @Test("Presence, lists, maps, oneofs and recursion become Swift's own forms")
  func shapes() {
    let swift = lines(
      """
      message A {
        optional int32 a = 1; repeated string b = 2; map<int64, A> c = 3; A d = 4; bytes e = 5;
        E f = 6; oneof g { string h = 7; A i = 8; }
        enum E { E_X = 0; }
      }
      """
    )
    for line in [
      "var a: Int32?", "var b: [String] = []", "var c: [Int64: A] = [:]", "@Boxed var d: A?",
      "var e: [UInt8] = []", "var f: A.E = .x", "var g: G?", "enum G: Sendable, Hashable {",
      "case h(String)", "indirect case i(A)", "a: Int32? = nil,",
    ] { #expect(swift.contains(line), "\(line)") }
  }

  @Test("Messages that contain each other are boxed; those in lists need no box")
  func mutualRecursion() {
    let swift = lines(
      "message A { B b = 1; } message B { A a = 1; repeated A l = 2; C c = 3; } message C {}"
    )
    #expect(swift.contains("@Boxed var b: B?") && swift.contains("@Boxed var a: A?"))
    #expect(swift.contains("var l: [A] = []") && swift.contains("var c: C?"))
  }

  @Test("Comments become doc comments, also those behind a declaration")
  func comments() {
    let swift = lines(
      """
      // A person.
      //
      // Or two.
      message A {
        /* The
         * name. */
        string name = 1;
        int32 age = 2;  // In years.
      }
      """
    )
    for line in ["/// A person.", "///", "/// Or two.", "/// The", "/// name.", "/// In years."] {
      #expect(swift.contains(line), "\(line)")
    }
  }

  @Test("swift_prefix stands before every top-level name")
  func prefix() {
    let swift = lines(
      "option swift_prefix = \"DM\"; message A { message B {} } enum E { X = 0; } service S {}"
    )
    for line in [
      "struct DMA: Message {", "struct B: Message {", "enum DME: ProtobufEnum {", "enum DMS {",
    ] { #expect(swift.contains(line), "\(line)") }
  }

  @Test("Types of another package nest in enums named after it; the target's own are bare")
  func packages() {
    let own =
      "syntax = \"proto3\"; package my.own; import \"lib/b.proto\"; message A { lib.v1.B b = 1; }"
    let other = "syntax = \"proto3\"; package lib.v1; message B {}"
    let swift = Compiling(("a.proto", own), ("lib/b.proto", other)).swift()
    #expect(swift.contains("struct A: Message {") && swift.contains("var b: Lib.V1.B?"))
    let library = Compiling(("lib/b.proto", other), ("a.proto", own)).swift()
    for line in ["enum Lib {}", "extension Lib {", "enum V1 {}", "extension Lib.V1 {"] {
      #expect(library.contains(line), "\(line)")
    }
    let chosen = Compiling(("lib/b.proto", other), ("a.proto", own)).swift { $0.package = "lib.v1" }
    #expect(chosen.contains("struct B: Message {"))
  }

  @Test("Google's packages always nest in Google, whatever the target declares itself")
  func google() {
    let swift = lines(
      """
      import "google/protobuf/duration.proto";
      import "google/rpc/status.proto";
      message A { google.protobuf.Duration d = 1; google.rpc.Status s = 2; }
      message Duration {} message Status {}
      """
    )
    #expect(swift.contains("var d: Google.Protobuf.Duration?"))
    #expect(swift.contains("var s: Google.Rpc.Status?"))
    #expect(swift.contains("import GRPC") && swift.contains("import Protobuf"))
  }

  @Test("A copy of a file whose types the runtime has makes no second ones")
  func copies() {
    let copy = "syntax = \"proto3\"; package google.protobuf; message Empty {}"
    let swift = Compiling(("google/protobuf/empty.proto", copy)).swift()
    #expect(
      swift == ["// google/protobuf/empty.proto: the modules Protobuf and GRPC have these types."]
    )
  }

  @Test("The access level is chosen for all that is generated", arguments: ["public", "package"])
  func visibility(level: String) throws {
    let visibility = try #require(GeneratorOptions.Visibility(rawValue: level))
    let swift = Compiling(proto3: "message A { int32 a = 1; }").swift { $0.visibility = visibility }
    for line in ["import Protobuf", "struct A: Message {", "var a: Int32 = 0", "init() {}"] {
      #expect(swift.contains("\(level) \(line)"), "\(line)")
    }
  }

  @Test("A file without messages shows its descriptor in public, and only that needs an import")
  func nothingButADescriptor() {
    let text = """
      syntax = "proto3";
      package google.api;
      import "google/protobuf/descriptor.proto";
      extend google.protobuf.MethodOptions { string http = 72295728; }
      """
    let swift = Compiling(("google/api/annotations.proto", text)).swift { $0.visibility = .public }
    #expect(
      swift.filter { $0.hasSuffix("{") || $0.contains("import ") } == [
        "public import Protobuf", "extension Google {", "extension Google.Api {",
        "public enum AnnotationsProto {",
      ]
    )
    #expect(swift.contains("public static let descriptor = FileDescriptor("))
  }

  @Test(
    "The module of rich errors is imported as publicly as it is used, and not where it isn't",
    arguments: [
      ("message A { google.rpc.Status s = 1; }", "public import GRPC"),
      ("message A { map<int32, google.rpc.Help.Link> m = 1; }", "public import GRPC"),
      ("message A { message B { oneof c { google.rpc.Help h = 1; } } }", "public import GRPC"),
      ("message A {} service S { rpc M(A) returns (A); }", "public import GRPC"),
      ("message A { int32 a = 1; }", "internal import GRPC"),
      ("", "internal import GRPC"),
    ]
  )
  func richErrorImports(declarations: String, line: String) {
    let imports = """
      import "google/rpc/status.proto";
      import "google/rpc/error_details.proto";

      """
    let compiling = Compiling(proto3: imports + declarations)
    let swift = compiling.swift { $0.visibility = .public }
    #expect(swift.filter { $0.contains("import GRPC") } == [line])
    let inside = compiling.swift()
    #expect(inside.filter { $0.contains("import GRPC") } == ["import GRPC"])
    let without = Compiling(proto3: "message A { int32 a = 1; }").swift { $0.visibility = .public }
    #expect(!without.contains { $0.contains("import GRPC") })
  }

  @Test("Rich errors that come by an import public of another file are imported as well")
  func richErrorsByPublicImport() {
    let own = "syntax = \"proto3\"; import \"b.proto\"; message A { google.rpc.Status s = 1; }"
    let other = "syntax = \"proto3\"; import public \"google/rpc/status.proto\";"
    let swift = Compiling(("a.proto", own), ("b.proto", other)).swift { $0.visibility = .public }
    #expect(swift.contains("public import GRPC"))
    let passing = Compiling(("b.proto", other)).swift { $0.visibility = .public }
    #expect(passing.contains("internal import GRPC"))
  }

  @Test("A service has four kinds of methods on both sides")
  func cardinalities() {
    let swift = lines(
      """
      message A {}
      service S {
        rpc U(A) returns (A);
        rpc D(A) returns (stream A);
        rpc C(stream A) returns (A);
        rpc B(stream A) returns (stream A);
      }
      """
    )
    for line in [
      "func u(_ request: A, context: ServerContext) async throws -> A",
      "func d(_ request: A, responses: ResponseWriter<A>, context: ServerContext) async throws",
      "func c(_ requests: RequestStream<A>, context: ServerContext) async throws -> A",
      ") async throws -> A {", ") -> ServerStreamingCall<A, A> {",
      ") -> ClientStreamingCall<A, A> {",
      ") -> BidirectionalCall<A, A> {", "static let serviceName = \"S\"",
    ] { #expect(swift.contains(line), "\(line)") }
  }

  @Test("proto2 groups stay unknown fields; required and optional fields have presence")
  func proto2() {
    let text = """
      syntax = "proto2";
      message A { required int32 a = 1; optional int32 b = 2; optional group G = 3 {} }
      """
    let swift = Compiling(("a.proto", text)).swift()
    #expect(swift.contains("var a: Int32?") && swift.contains("var b: Int32?"))
    #expect(!swift.contains { $0.hasPrefix("var g") })
  }
}
