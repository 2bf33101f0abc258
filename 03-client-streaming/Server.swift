import GRPC
import Lesson

/// The service: a method whose client streams gets a sequence of messages, and returns one.
struct UploaderService: Uploader.Service {
  let storage: Storage
  /// How long each part waits: a slow server.
  var delay: Duration = .zero

  /// Writing to a disk blocks the thread, and an event loop has many connections to look after.
  var execution: HandlerExecution { .concurrentPool }

  func upload(_ requests: RequestStream<Part>, context: ServerContext) async throws -> Receipt {
    var parts = requests.makeAsyncIterator()
    guard case .header(let header)? = try await parts.next()?.content else {
      throw RPCError(.invalidArgument, "the first part must be the header")
    }
    var upload = try Upload(header, into: storage)
    // Asking for the next part is what lets the client send it. Throws when the client gives up; nil is
    // its half-close. An error of ours ends the call in mid-upload, and the client hears why.
    while let part = try await parts.next() {
      try upload.take(part)
      if delay > .zero { try await Task.sleep(for: delay) }
    }
    return try upload.finish()
  }
}
