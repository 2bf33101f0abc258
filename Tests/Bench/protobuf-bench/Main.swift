import Protobuf

/// Encodes or decodes a message many times: `protobuf-bench SCENARIO COUNT`; beside it `peer.cpp` does the same in C++.
///
/// As in a call, the writer is kept from message to message, and each decoded message is a new one.
@main
struct Main {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let count = Int(arguments[2]) else {
      return print("usage: protobuf-bench SCENARIO COUNT")
    }
    switch arguments[1] {
    case "size": print(order.serialized().count)
    case "encode-msg-16": encode(Msg(payload: bytes(16)), count)
    case "decode-msg-16": decode(Msg(payload: bytes(16)), count)
    case "encode-msg-1024": encode(Msg(payload: bytes(1024)), count)
    case "decode-msg-1024": decode(Msg(payload: bytes(1024)), count)
    case "encode-order": encode(order, count)
    case "decode-order": decode(order, count)
    default: print("unknown scenario \(arguments[1])")
    }
  }

  private static func bytes(_ count: Int) -> [UInt8] { Array(repeating: 7, count: count) }

  private static var order: Order {
    Order(
      id: "2026-11-24/000017",
      created: 1_795_000_000_000,
      buyer: Order.Party(name: "Ada Lovelace", street: "St James's Square", number: 12),
      lines: [
        Order.Line(article: "Analytical engine", count: 1, price: 1234.5),
        Order.Line(article: "Punched cards", count: 5000, price: 0.25),
        Order.Line(article: "Oil", count: 3, price: 7),
      ],
      paid: true,
      total: 2505.5,
      tags: [1, 200, 30_000]
    )
  }

  private static func encode<M: Message>(_ message: M, _ count: Int) {
    var writer = WireWriter()
    var sum = 0
    for _ in 0..<count {
      writer.reset()
      message.encode(to: &writer)
      sum &+= writer.count
    }
    print(sum)
  }

  private static func decode<M: Message>(_ message: M, _ count: Int) {
    let bytes = message.serialized()
    var sum = 0
    bytes.withUnsafeBytes { buffer in
      for _ in 0..<count {
        guard let decoded = try? M(decoding: buffer) else { continue }
        sum &+= decoded.unknownFields.isEmpty ? buffer.count : 0
      }
    }
    print(sum)
  }
}
