import GRPC
import Lesson

/// What a server does with uploads: where they go, and how large they may be.
struct Storage: Sendable {
  /// Where uploads are kept; nil only counts them.
  var folder: OpenFile?
  /// The largest file taken.
  var largestSize: UInt64?
}

/// One upload: takes the parts that follow its header, and holds them against the rules.
struct Upload {
  private let header: Header
  private let largestSize: UInt64?
  private var counter = Counter()
  private let file: IncomingFile?

  /// Begins with what the header alone tells, before any byte has come.
  ///
  /// - Throws: `RPCError` with the reason of a rejection, as do all methods.
  init(_ header: Header, into storage: Storage) throws {
    guard !header.name.isEmpty else { throw RPCError(.invalidArgument, "the name is empty") }
    let isPlain =
      header.name != "." && header.name != ".."
      && !header.name.utf8.contains { $0 == 0 || $0 == 0x2F }
    guard isPlain else {
      throw RPCError(.permissionDenied, "\(header.name) is not a plain file name")
    }
    if let largest = storage.largestSize, header.size > largest {
      throw RPCError(
        .resourceExhausted,
        "\(header.name) holds \(header.size) bytes; this server takes at most \(largest)"
          + " (server --max-size)"
      )
    }
    self.header = header
    largestSize = storage.largestSize
    file = try Self.keeping(header.name) { try storage.folder.map { try IncomingFile(in: $0) } }
  }

  /// Takes the next part.
  mutating func take(_ part: Part) throws {
    guard case .chunk(let chunk)? = part.content else {
      throw RPCError(
        .invalidArgument,
        part.content == nil ? "a part without content" : "a second header"
      )
    }
    let received = counter.receipt.bytes + UInt64(chunk.count)
    if let largestSize, received > largestSize {
      throw RPCError(
        .resourceExhausted,
        "\(header.name) holds more than the \(largestSize) bytes that this server takes"
          + " (server --max-size)"
      )
    }
    if header.size != 0, received > header.size { throw wrongSize(received) }
    counter.add(chunk)
    try Self.keeping(header.name) { try file?.write(chunk) }
  }

  /// Ends the upload: the file gets its name, and the client its receipt.
  func finish() throws -> Receipt {
    let receipt = counter.receipt
    if header.size != 0, receipt.bytes != header.size { throw wrongSize(receipt.bytes) }
    if let file {
      try Self.keeping(header.name) { try file.keep(as: header.name) }
      ServerLog.note("kept \(header.name)")
    }
    return receipt
  }

  private func wrongSize(_ received: UInt64) -> RPCError {
    RPCError(
      .invalidArgument,
      "\(header.name) holds \(received) bytes, but its header says \(header.size)"
    )
  }

  /// Says of the system's refusal what it means for the upload.
  ///
  /// gRPC has RESOURCE_EXHAUSTED for a disk that is full: the client may try again later, with a smaller file or none.
  private static func keeping<Result>(_ name: String, _ body: () throws -> Result) throws -> Result
  {
    do {
      return try body()
    } catch let error as SystemError {
      throw RPCError(
        error.isOutOfSpace ? .resourceExhausted : .failedPrecondition,
        "\(name) cannot be kept: \(error)"
      )
    }
  }
}
