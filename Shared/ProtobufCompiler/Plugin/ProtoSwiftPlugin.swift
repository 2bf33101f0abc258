import Foundation
import PackagePlugin

/// Compiles every `.proto` file below a target's folder to Swift, as part of the build.
///
/// Imports are looked up from the target's folder. Should the folder hold a file `proto-swift.options`, its lines are
/// passed to the compiler first: `--visibility=public`, `--package=helloworld`, `-I some/folder`. A line that names a
/// file, such as `google/rpc/status.proto`, compiles one that the compiler brings along.
@main
struct ProtoSwiftPlugin: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
    guard let target = target as? any SourceModuleTarget else { return [] }
    let folder = target.directoryURL
    let protos = target.sourceFiles(withSuffix: ".proto").map(\.url).sorted { $0.path < $1.path }
    let options = target.sourceFiles(withSuffix: "proto-swift.options").map(\.url)
    let bundled = try options.flatMap(filesNamed(by:))
    guard !protos.isEmpty || !bundled.isEmpty else { return [] }

    let output = context.pluginWorkDirectoryURL.appending(path: "Generated")
    var arguments = ["-I", plain(folder), "--swift_out=\(plain(output))"]
    arguments += options.map { "--options=\(plain($0))" }
    let names = protos.map { name(of: $0, below: folder) } + bundled
    // One command for all files: they share names, so each depends on all.
    return [
      .buildCommand(
        displayName: "Compiling the .proto files of \(target.name)",
        executable: try context.tool(named: "proto-swift").url,
        arguments: arguments + protos.map(plain),
        inputFiles: protos + options,
        outputFiles: names.map { output.appending(path: swiftName(of: $0)) }
      )
    ]
  }

  /// The files that an options file names, one a line.
  private func filesNamed(by options: URL) throws -> [String] {
    let lines = try String(contentsOf: options, encoding: .utf8).split(whereSeparator: \.isNewline)
    return lines.map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { $0.hasSuffix(".proto") && !$0.hasPrefix("-") && !$0.hasPrefix("#") }
  }

  /// The path with its spaces as they are.
  private func plain(_ url: URL) -> String {
    url.path(percentEncoded: false)
  }

  /// The name by which other files import this one.
  private func name(of proto: URL, below folder: URL) -> String {
    let (path, root) = (plain(proto), plain(folder))
    return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
  }

  /// `people/greeter.proto` becomes `people_greeter.pb.swift`: files of one module need distinct names.
  private func swiftName(of name: String) -> String {
    name.split(separator: "/").joined(separator: "_").dropLast(".proto".count) + ".pb.swift"
  }
}
