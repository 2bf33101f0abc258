import GRPC

/// The call: many messages to the server, then one back.
struct UploaderClient {
  let uploader: Uploader.Stub
  let timeout: Duration

  /// Uploads a file part by part, and returns what the server counted.
  func upload(_ file: LocalFile, sent: @escaping @Sendable (Int) -> Void) async throws -> Receipt {
    let call = uploader.upload(timeout: timeout)
    return try await withThrowingTaskGroup(of: Receipt?.self) { group in
      group.addTask {
        var file = file
        try await call.send(Part(content: .header(file.header)))
        while let chunk = try await file.nextChunk() {
          // Waits while the server is slower than we are; throws its verdict when it has rejected us.
          try await call.send(Part(content: .chunk(chunk)))
          sent(chunk.count)
        }
        try call.finish()  // the half-close: now the server can answer
        return nil
      }
      // Waiting for the answer beside the sending, we hear of a rejection even while we read.
      group.addTask { try await call.response }
      while let finished = try await group.next() {
        guard let receipt = finished else { continue }
        group.cancelAll()
        return receipt
      }
      throw CancellationError()
    }
  }
}
