import ProtobufCompiler

/// The command `proto-swift`.
@main
struct Main {
  static func main() {
    _ = FileDescriptorProto()
  }
}
