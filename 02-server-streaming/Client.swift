import GRPC

/// The calls: each is a sequence of messages, read with `for try await`.
struct FinderClient {
  let finder: Finder.Stub
  let timeout: Duration?
  /// After how many results to stop.
  let limit: Int?
  /// How long to wait after each result: a slow reader.
  let delay: Duration

  /// Hands over each match when it comes.
  func find(_ text: String, below path: String, found: (Match) -> Void) async throws {
    let matches = finder.find(Query(text: text, path: path), timeout: timeout)
    var count = 0
    for try await match in matches {
      found(match)
      count += 1
      if count == limit { break }  // leaving the loop cancels the call, and so the server's work
      if delay > .zero { try await Task.sleep(for: delay) }
    }
  }

  /// Hands over each line that the file has, or gets.
  func follow(_ path: String, found: (Line) -> Void) async throws {
    var count = 0
    for try await line in finder.follow(File(path: path), timeout: timeout) {
      found(line)
      count += 1
      if count == limit { break }
      if delay > .zero { try await Task.sleep(for: delay) }
    }
  }
}
