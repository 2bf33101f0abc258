import GRPC
import Protobuf
import Testing

@Suite struct WireMethodDescriptorTests {
  @Test("The path is a slash, the service, a slash and the method (PROTOCOL-HTTP2, Path)")
  func path() {
    let method = MethodDescriptor<Question, Answer>(
      service: "quiz.Quiz",
      name: "Ask",
      kind: .unary
    )
    #expect(method.path == "/quiz.Quiz/Ask")
  }

  @Test("A method without its types still knows the fields of both messages")
  func descriptors() {
    let method: any AnyMethodDescriptor = MethodDescriptor<Question, Answer>(
      service: "quiz.Quiz",
      name: "Ask",
      kind: .unary
    )
    #expect(method.requestDescriptor.fullName == "quiz.Question")
    #expect(method.responseDescriptor.fullName == "quiz.Answer")
  }

  @Test("A kind says which side streams", arguments: MethodKind.allCases)
  func kinds(kind: MethodKind) {
    let expected =
      switch kind {
      case .unary: (false, false)
      case .clientStreaming: (true, false)
      case .serverStreaming: (false, true)
      case .bidirectional: (true, true)
      }
    #expect((kind.streamsRequests, kind.streamsResponses) == expected)
  }
}

/// `quiz.proto`: `package quiz; message Question {} message Answer {}`.
private let quiz = FileDescriptor(
  base64: "CgpxdWl6LnByb3RvEgRxdWl6IgoKCFF1ZXN0aW9uIggKBkFuc3dlcmIGcHJvdG8z",
  dependencies: []
)

private struct Question: Message {
  static var messageDescriptor: MessageDescriptor { quiz.declared("quiz.Question") }
  var unknownFields = UnknownFields()
  var debugDescription: String { "Question" }
  mutating func merge(from reader: inout WireReader) throws(DecodingError) {}
  func encode(to writer: inout WireWriter) {}
}

private struct Answer: Message {
  static var messageDescriptor: MessageDescriptor { quiz.declared("quiz.Answer") }
  var unknownFields = UnknownFields()
  var debugDescription: String { "Answer" }
  mutating func merge(from reader: inout WireReader) throws(DecodingError) {}
  func encode(to writer: inout WireWriter) {}
}
