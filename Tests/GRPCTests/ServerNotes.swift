import GRPC
import Synchronization

/// What the tests' methods have noticed.
final class Notices: Sendable {
  private let texts = Mutex<[String]>([])
  func add(_ text: String) { texts.withLock { $0.append(text) } }
  var all: [String] { texts.withLock { $0 } }
  func contains(_ text: String) -> Bool { all.contains(text) }
}

/// A service with a method of each kind, put together from closures.
struct NotesService: Service {
  static let serviceName = "test.Notes"

  typealias Unary = @Sendable (Note, ServerContext) async throws -> Note
  typealias Streaming =
    @Sendable (
      RequestStream<Note>, ResponseWriter<Note>, ServerContext
    ) async throws -> Void

  var execution = HandlerExecution.eventLoop
  var unary: Unary = { note, _ in note }
  var streaming: Streaming = { requests, responses, _ in
    for try await note in requests { try await responses.send(note) }
  }

  var methods: [MethodImplementation] {
    [
      .unary(descriptor("Echo", .unary), unary),
      .immediateUnary(descriptor("Immediate", .unary)) { note, context in
        guard note.text != "fail" else { throw RPCError(.notFound, "immediately") }
        return note
      },
      .serverStreaming(descriptor("Split", .serverStreaming)) { note, responses, _ in
        for letter in note.text { try await responses.send(Note(String(letter))) }
      },
      .clientStreaming(descriptor("Join", .clientStreaming)) { requests, _ in
        var text = ""
        for try await note in requests { text += note.text }
        return Note(text)
      },
      .bidirectional(descriptor("Chat", .bidirectional), streaming),
    ]
  }

  private func descriptor(_ name: String, _ kind: MethodKind) -> MethodDescriptor<Note, Note> {
    MethodDescriptor(service: Self.serviceName, name: name, kind: kind)
  }
}
