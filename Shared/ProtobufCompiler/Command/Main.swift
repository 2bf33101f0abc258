import ProtobufCompiler

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The command `proto-swift`: compiles `.proto` files to descriptor sets and to Swift.
@main
struct Main {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let invocation: Invocation
    do {
      invocation = try Invocation(arguments)
    } catch {
      Disk.writeError("proto-swift: \(error.message)\n")
      exit(2)
    }
    if invocation.showsHelp {
      Disk.writeOutput(Invocation.help)
      exit(0)
    }
    exit(Compilation(invocation).run() ? 0 : 1)
  }
}
