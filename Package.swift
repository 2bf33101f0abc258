// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // An `async` function runs where its caller runs: between a call's bytes and its method nothing changes threads.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// One layer of the stack: `Shared/NAME`.
func layer(_ name: String, on dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Shared/\(name)",
    swiftSettings: settings
  )
}

/// A layer that has messages of its own: `proto-swift.options` in its folder names them, and the plugin generates them.
func generated(_ name: String, on dependencies: [Target.Dependency]) -> Target {
  let target = layer(name, on: dependencies)
  target.plugins = ["ProtoSwiftPlugin"]
  return target
}

/// The tests of one layer: `Tests/NAMETests`.
func tests(of name: String, on dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.target(name: name), "TestSupport"] + dependencies,
    path: "Tests/\(name)Tests",
    swiftSettings: settings
  )
}

/// A part of the test tools: `Tests/NAME`.
func tool(
  _ name: String,
  on dependencies: [Target.Dependency] = [],
  exclude: [String] = []
) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Tests/\(name)",
    exclude: exclude,
    swiftSettings: settings
  )
}

/// One lesson: the module `NAME` in a numbered folder, whose `.proto` the plugin compiles.
func lesson(folder: String, module: String) -> Target {
  .executableTarget(
    name: module,
    dependencies: ["Lesson", "GRPC", "Protobuf"],
    path: folder,
    exclude: ["README.md", "peers"],
    swiftSettings: settings,
    plugins: ["ProtoSwiftPlugin"]
  )
}

/// Puts Swift's libraries into a program: it starts in half the time and takes 2 MB less.
///
/// The flag is one that a package may not ask for in what others depend on; these programs are for this package alone.
let selfContained = LinkerSetting.unsafeFlags(
  ["-static-stdlib"],
  .when(platforms: [.linux], configuration: .release)
)

/// One end of the comparison with other gRPC libraries: `Tests/Bench/NAME`.
func bench(_ name: String, on dependencies: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["GRPC", "Protobuf", "Sockets"] + dependencies,
    path: "Tests/Bench/\(name)",
    swiftSettings: settings,
    linkerSettings: [selfContained],
    plugins: ["ProtoSwiftPlugin"]
  )
}

let package = Package(
  name: "grpc-from-swift-to-swift",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "01-unary", targets: ["Unary"]),
    .executable(name: "02-server-streaming", targets: ["ServerStreaming"]),
    .executable(name: "03-client-streaming", targets: ["ClientStreaming"]),
    .executable(name: "04-bidi", targets: ["Bidirectional"]),
    .executable(name: "05-deadlines-metadata", targets: ["DeadlinesMetadata"]),
    .library(name: "GRPC", targets: ["GRPC", "Protobuf"]),
    .library(name: "HTTP2", targets: ["HPACK", "HTTP2", "Sockets", "Transport"]),
    .executable(name: "proto-swift", targets: ["proto-swift"]),
    .plugin(name: "ProtoSwiftPlugin", targets: ["ProtoSwiftPlugin"]),
    .executable(name: "h2-server", targets: ["h2-server"]),
    .executable(name: "interop-server", targets: ["interop-server"]),
    .executable(name: "interop-client", targets: ["interop-client"]),
    .executable(name: "compare", targets: ["Compare"]),
    .executable(name: "check", targets: ["Check"]),
    .executable(name: "soak", targets: ["soak"]),
    .executable(name: "many-streams", targets: ["many-streams"]),
    .executable(name: "bench-server", targets: ["bench-server"]),
    .executable(name: "bench-client", targets: ["bench-client"]),
  ],
  targets: [
    // The stack, bottom to top; each layer knows only those above this line.
    .systemLibrary(name: "CSystem", path: "Shared/CSystem"),
    .systemLibrary(name: "CZlib", path: "Shared/CZlib", providers: [.apt(["zlib1g-dev"])]),
    layer("HPACK"),
    layer("HTTP2", on: ["HPACK"]),
    layer("Sockets", on: ["CSystem"]),
    layer("Transport", on: ["HTTP2", "HPACK", "Sockets"]),
    layer("ProtobufWire"),
    generated("Protobuf", on: ["ProtobufWire"]),
    generated("GRPC", on: ["Transport", "HTTP2", "HPACK", "Sockets", "Protobuf", "CZlib"]),
    layer("Lesson", on: ["GRPC", "Transport", "HTTP2", "HPACK", "Sockets", "Protobuf"]),

    // The lessons.
    lesson(folder: "01-unary", module: "Unary"),
    lesson(folder: "02-server-streaming", module: "ServerStreaming"),
    lesson(folder: "03-client-streaming", module: "ClientStreaming"),
    lesson(folder: "04-bidi", module: "Bidirectional"),
    lesson(folder: "05-deadlines-metadata", module: "DeadlinesMetadata"),

    // The .proto compiler: a host tool, which the stack does not depend on.
    .target(
      name: "ProtobufCompiler",
      path: "Shared/ProtobufCompiler/Core",
      swiftSettings: settings
    ),
    .executableTarget(
      name: "proto-swift",
      dependencies: ["ProtobufCompiler"],
      path: "Shared/ProtobufCompiler/Command",
      swiftSettings: settings
    ),
    .plugin(
      name: "ProtoSwiftPlugin",
      capability: .buildTool(),
      dependencies: ["proto-swift"],
      path: "Shared/ProtobufCompiler/Plugin"
    ),

    // Programs that other tools examine the stack with.
    .executableTarget(
      name: "stream-memory",
      dependencies: ["GRPC", "Protobuf"],
      path: "Tests/Interop/stream-memory",
      swiftSettings: settings
    ),
    .executableTarget(
      name: "soak",
      dependencies: ["GRPC", "Protobuf", "Lesson", "Transport"],
      path: "Tests/Interop/soak",
      swiftSettings: settings,
      plugins: ["ProtoSwiftPlugin"]
    ),
    .executableTarget(
      name: "h2-server",
      dependencies: ["Transport", "HTTP2", "HPACK", "Sockets"],
      path: "Tests/Interop/h2-server",
      swiftSettings: settings
    ),
    .target(
      name: "InteropTesting",
      dependencies: ["GRPC", "Protobuf", "Lesson"],
      path: "Tests/Interop/testing",
      swiftSettings: settings,
      plugins: ["ProtoSwiftPlugin"]
    ),
    .executableTarget(
      name: "interop-server",
      dependencies: ["InteropTesting", "GRPC", "Lesson", "Sockets"],
      path: "Tests/Interop/interop-server",
      swiftSettings: settings
    ),
    .executableTarget(
      name: "interop-client",
      dependencies: ["InteropTesting", "GRPC", "Lesson"],
      path: "Tests/Interop/interop-client",
      swiftSettings: settings
    ),
    .executableTarget(
      name: "many-streams",
      dependencies: ["InteropTesting", "GRPC", "Lesson"],
      path: "Tests/Bench/many-streams",
      swiftSettings: settings
    ),
    bench("bench-server"),
    bench("bench-client"),
    bench("bench-count"),
    bench("pending-calls", on: ["Transport", "HTTP2"]),
    .executableTarget(
      name: "protobuf-bench",
      dependencies: ["Protobuf"],
      path: "Tests/Bench/protobuf-bench",
      exclude: ["peer.cpp"],
      swiftSettings: settings,
      plugins: ["ProtoSwiftPlugin"]
    ),

    .executableTarget(
      name: "protobuf-peer",
      dependencies: ["GRPC", "Protobuf", "TestMessages"],
      path: "Tests/Interop/protobuf-peer",
      exclude: ["compare.py"],
      swiftSettings: settings
    ),

    // Tests: one target per layer.
    .target(
      name: "TestSupport",
      path: "Tests/TestSupport",
      swiftSettings: settings
    ),
    .target(
      name: "TestMessages",
      dependencies: ["Protobuf"],
      path: "Tests/TestMessages",
      swiftSettings: settings,
      plugins: ["ProtoSwiftPlugin"]
    ),
    tests(of: "HPACK"),
    tests(of: "HTTP2", on: ["HPACK"]),
    tests(of: "Sockets", on: ["Processes"]),
    tests(of: "Transport", on: ["HTTP2", "HPACK", "Sockets"]),
    tests(of: "Protobuf", on: ["ProtobufWire", "TestMessages"]),
    tests(of: "ProtobufCompiler"),
    tests(of: "GRPC", on: ["Transport", "HTTP2", "HPACK", "Sockets", "Protobuf"]),
    tests(of: "Unary", on: ["GRPC", "Protobuf", "Processes"]),
    tests(of: "ServerStreaming", on: ["Lesson", "GRPC", "Protobuf", "Processes"]),
    tests(of: "Bidirectional", on: ["Lesson", "GRPC", "Protobuf", "Processes", "Matrix"]),
    tests(of: "ClientStreaming", on: ["Lesson", "GRPC", "Protobuf", "Processes"]),
    tests(of: "DeadlinesMetadata", on: ["Lesson", "GRPC", "Protobuf", "Matrix", "Processes"]),

    .testTarget(
      name: "WireTests",
      dependencies: ["Lesson", "GRPC", "Protobuf", "HTTP2", "HPACK"],
      path: "Tests/WireTests",
      swiftSettings: settings
    ),

    // The matrix with Python and Go, and the READMEs held against what happens.
    tool("Processes"),
    tool("Matrix", on: ["Processes"]),
    tool("Transcripts", on: ["Processes"]),
    tool(
      "Exercises",
      on: ["GRPC", "HPACK", "HTTP2", "Protobuf", "Lesson", "ProtobufCompiler", "Processes"],
      exclude: ["Code"]
    ),
    .executableTarget(
      name: "Check",
      dependencies: ["Exercises", "Processes"],
      path: "Tests/Check",
      swiftSettings: settings
    ),
    .executableTarget(
      name: "Compare",
      dependencies: ["Matrix", "Processes"],
      path: "Tests/Compare",
      swiftSettings: settings
    ),
    .testTarget(
      name: "LessonTests",
      dependencies: ["Matrix", "Processes", "Transcripts", "Exercises"],
      path: "Tests/LessonTests",
      swiftSettings: settings
    ),
  ],
  swiftLanguageModes: [.v6]
)
