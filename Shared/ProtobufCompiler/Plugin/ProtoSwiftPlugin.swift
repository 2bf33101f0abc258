import Foundation
import PackagePlugin

/// Compiles every `.proto` file below a target's folder to Swift, as part of the build.
///
/// Imports are looked up from the target's folder. Should the folder hold a file `proto-swift.options`, its lines are
/// passed to the compiler first: `--visibility=public`, `--package=helloworld`, `-I some/folder`.
@main
struct ProtoSwiftPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
    guard let target = target as? any SourceModuleTarget else { return [] }
    let folder = target.directoryURL
    let protos = target.sourceFiles(withSuffix: ".proto").map(\.url).sorted { $0.path < $1.path }
    guard !protos.isEmpty else { return [] }

    let output = context.pluginWorkDirectoryURL.appending(path: "Generated")
    var arguments = ["-I", plain(folder), "--swift_out=\(plain(output))"]
    var inputs = protos
    for options in target.sourceFiles(withSuffix: "proto-swift.options").map(\.url) {
      arguments.append("--options=\(plain(options))")
      inputs.append(options)
    }
    // One command for all files: they share names, so each depends on all.
    return [
      .buildCommand(
        displayName: "Compiling the .proto files of \(target.name)",
        executable: try context.tool(named: "proto-swift").url,
        arguments: arguments + protos.map(plain),
        inputFiles: inputs,
        outputFiles: protos.map { output.appending(path: swiftName(of: $0, below: folder)) }
      )
    ]
  }

  /// The path with its spaces as they are.
  private func plain(_ url: URL) -> String {
    url.path(percentEncoded: false)
  }

  /// `people/greeter.proto` becomes `people_greeter.pb.swift`: files of one module need distinct names.
  private func swiftName(of proto: URL, below folder: URL) -> String {
    var path = plain(proto)
    let root = plain(folder)
    if path.hasPrefix(root) { path.removeFirst(root.count) }
    let parts = path.split(separator: "/").joined(separator: "_")
    return parts.dropLast(".proto".count) + ".pb.swift"
  }
}
