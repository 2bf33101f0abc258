import GRPC
import HPACK
import HTTP2
import Protobuf

@testable import Lesson

/// A conversation put together by hand, and what the wire view makes of it.
struct Conversation {
  private var view = WireConversation()
  private(set) var frames: [FrameView] = []

  /// The method of lesson 01, with the descriptor of its messages.
  struct SayHello: AnyMethodDescriptor {
    let service = "helloworld.Greeter"
    let name = "SayHello"
    let path = "/helloworld.Greeter/SayHello"
    let kind = MethodKind.unary
    var requestDescriptor: MessageDescriptor { file.declared("helloworld.HelloRequest") }
    var responseDescriptor: MessageDescriptor { file.declared("helloworld.HelloReply") }
    private let file = FileDescriptor(
      base64: """
        Cg1ncmVldGVyLnByb3RvEgpoZWxsb3dvcmxkIiIKDEhlbGxvUmVxdWVzdBISCgRuYW1lGAEgASgJUgRuYW1lIiYKCkhlbGxv
        UmVwbHkSGAoHbWVzc2FnZRgBIAEoCVIHbWVzc2FnZQ==
        """,
      dependencies: []
    )
  }

  init() { WireView.describe([SayHello()]) }

  /// Both directions of one call: Ada is greeted.
  static func greeting() -> Conversation {
    var conversation = Conversation()
    var encoder = HPACKEncoder()
    var block: [UInt8] = []
    let path = "/helloworld.Greeter/SayHello"
    encoder.encode([":method": "POST", ":path": path, "grpc-timeout": "1S"], into: &block)
    conversation.client(FrameSplitter.preface)
    conversation.client(frame(4, 0, 0, []))
    conversation.client(frame(1, 4, 1, block))
    conversation.client(frame(0, 1, 1, [0, 0, 0, 0, 5, 0x0A, 3, 0x41, 0x64, 0x61]))
    encoder = HPACKEncoder()
    block = []
    encoder.encode([":status": "200"], into: &block)
    conversation.server(frame(1, 4, 1, block))
    conversation.server(frame(0, 0, 1, [0, 0, 0, 0, 4, 0x0A, 2, 0x68, 0x69]))
    block = []
    encoder.encode(["grpc-status": "0"], into: &block)
    conversation.server(frame(1, 5, 1, block))
    return conversation
  }

  static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
    let length = payload.count
    let size = [UInt8(length >> 16), UInt8(truncatingIfNeeded: length >> 8)]
    return size + [UInt8(truncatingIfNeeded: length), type, flags, 0, 0, 0, stream] + payload
  }

  mutating func client(_ bytes: [UInt8]) { take(bytes, isFromClient: true) }
  mutating func server(_ bytes: [UInt8]) { take(bytes, isFromClient: false) }

  private mutating func take(_ bytes: [UInt8], isFromClient: Bool) {
    frames += bytes.withUnsafeBytes { view.take($0, isFromClient: isFromClient) }
  }

  /// All lines of a view.
  func lines(_ detail: WireView.Detail, columns: Int = 80) -> [String] {
    let renderer = WireRenderer(detail: detail, columns: columns, isColoured: false)
    return frames.flatMap { renderer.lines($0, milliseconds: 0) }
  }
}
