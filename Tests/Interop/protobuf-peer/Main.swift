import GRPC
import Protobuf
import TestMessages

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Our side of `run-protobuf`: reads and writes messages for Python to compare.
///
///     protobuf-peer echo              each message on standard input, decoded and written again
///     protobuf-peer make SEED COUNT   random wire forms, each followed by how we write the same message
///     protobuf-peer status            a rich error as bytes, then Python's, read from standard input, in words
///
/// A message on a pipe is four bytes of length, least significant first, and its bytes; a length of 2³²−1 says that it
/// was refused.
@main
struct Main {
  static func main() {
    let arguments = CommandLine.arguments
    switch arguments.count > 1 ? arguments[1] : "" {
    case "echo": echo()
    case "make" where arguments.count == 4:
      make(seed: UInt64(arguments[2]) ?? 0, count: Int(arguments[3]) ?? 0)
    case "status": status()
    default:
      print("usage: protobuf-peer echo | make SEED COUNT | status")
      exit(2)
    }
  }

  private static func echo() {
    for bytes in Pipe.readAll() {
      Pipe.write((try? Everything(serialized: bytes))?.serialized())
    }
    Pipe.flush()
  }

  private static func make(seed: UInt64, count: Int) {
    var maker = OddMessageMaker(seed: seed)
    for _ in 0..<count {
      let bytes = maker.make(Everything.messageDescriptor)
      Pipe.write(bytes)
      Pipe.write((try? Everything(serialized: bytes))?.serialized())
    }
    Pipe.flush()
  }

  private static func status() {
    let error = RPCError(
      .invalidArgument,
      "the name – it is empty",
      details: [
        Google.Rpc.BadRequest(fieldViolations: [.init(field: "name", description: "is empty")]),
        Google.Rpc.ErrorInfo(
          reason: "EMPTY",
          domain: "example.org",
          metadata: ["a": "1", "b": "2"]
        ),
        Google.Rpc.RetryInfo(retryDelay: Google.Protobuf.Duration(.milliseconds(1500))),
        Google.Rpc.LocalizedMessage(locale: "fr-CH", message: "le nom est vide"),
      ]
    )
    Pipe.write(error.detailBytes)
    Pipe.flush()
    for bytes in Pipe.readAll() {
      var received = RPCError(.unknown)
      received.detailBytes = bytes
      print(received.richStatus?.code ?? -1, received.richStatus?.message ?? "none")
      print(received.details(Google.Rpc.QuotaFailure.self).flatMap(\.violations).map(\.subject))
      print(received.detail(Google.Rpc.RetryInfo.self)?.retryDelay?.text ?? "none")
      print(received.detail(Google.Rpc.Help.self)?.links.map(\.url) ?? [])
      print(received.detail(Google.Rpc.DebugInfo.self)?.stackEntries ?? [])
      print(received.detail(Google.Rpc.ResourceInfo.self)?.owner ?? "none")
      print(received.detail(Google.Rpc.RequestInfo.self)?.requestID ?? "none")
      print(received.detail(Google.Rpc.PreconditionFailure.self)?.violations.map(\.type) ?? [])
      print(received.detail(Google.Rpc.ErrorInfo.self) == nil)
    }
  }
}
