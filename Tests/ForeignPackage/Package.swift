// swift-tools-version: 6.2
// Somebody else's package: what it takes to write a service and a client on this one.
import PackageDescription

let package = Package(
  name: "greeting",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "grpc-from-swift-to-swift", path: "PATH-OF-THE-PACKAGE")
  ],
  targets: [
    .executableTarget(
      name: "Greeting",
      dependencies: [.product(name: "GRPC", package: "grpc-from-swift-to-swift")],
      plugins: [.plugin(name: "ProtoSwiftPlugin", package: "grpc-from-swift-to-swift")]
    )
  ]
)
