import GRPC
import Lesson

/// The service: a method that streams gets a writer, and sends as many messages as it likes.
struct FinderService: Finder.Service {
  let root: RootFolder

  /// Reading a disk blocks the thread, and an event loop has many connections to look after.
  var execution: HandlerExecution { .concurrentPool }

  func find(
    _ query: Query,
    responses: ResponseWriter<Match>,
    context: ServerContext
  ) async throws {
    var search = try Search(for: query, below: root)
    defer { ServerLog.note("find '\(ServerLog.excerpt(query.text))': \(search.report)") }
    while let match = try await search.next() {
      // Waits while the client reads more slowly than we find; throws when it has gone.
      try await responses.send(match)
    }
  }

  func follow(_ file: File, responses: ResponseWriter<Line>, context: ServerContext) async throws {
    var tail = try Tail(of: file.path, below: root)
    while true {
      try await responses.send(Line(text: try await tail.nextLine()))
    }
  }
}
