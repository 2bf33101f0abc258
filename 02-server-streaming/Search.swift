import GRPC
import Lesson
import Protobuf

/// Looks for a text in the files below a path, and hands out one match at a time.
///
/// Nothing is read ahead: whoever does not ask for the next match stops the search. A file is read twice,
/// since nothing of a binary file may be handed out; memory is bounded by the longest line that counts as
/// text (and, in a binary file, by the text that is looked for).
struct Search {
  private let text: [UInt8]
  private var files: FileWalk
  /// The file whose matches are being handed out.
  private var current: (name: String, lines: LineReader)?
  private var filesRead = 0
  private var matches = 0
  private var isFinished = false

  /// What there is to say about it: `12 files read, 40 matches, finished`.
  var report: String {
    "\(filesRead) files read, \(matches) matches, \(isFinished ? "finished" : "cancelled")"
  }

  /// Begins a search.
  ///
  /// - Throws: `RPCError` for a query that can't be answered.
  init(for query: Query, below root: RootFolder) throws {
    text = Array(query.text.utf8)
    guard !text.isEmpty else { throw RPCError(.invalidArgument, "text is empty") }
    guard !text.contains(LineReader.lineFeed) else {
      throw RPCError(.invalidArgument, "text holds a line break")
    }
    let start = try root.find(query.path)
    if case .other = start {
      throw RPCError(.invalidArgument, "\(query.path) is not a regular file or a folder")
    }
    files = FileWalk(start, name: RootFolder.shown(query.path))
  }

  /// The next match; nil behind the last.
  ///
  /// - Throws: `CancellationError` when nobody waits for it any more.
  mutating func next() async throws -> Match? {
    while true {
      if let match = try await nextInCurrentFile() {
        matches += 1
        return match
      }
      guard let visit = files.next() else {
        isFinished = true
        return nil
      }
      try Task.checkCancellation()
      filesRead += 1
      let found = try await inspect(visit.file)
      guard found.holdsText else { continue }  // most files: read once, and forgotten
      if found.isBinary {
        matches += 1
        return Match(file: visit.name, binary: true)
      }
      current = (visit.name, LineReader(visit.file))
    }
  }

  private mutating func nextInCurrentFile() async throws -> Match? {
    guard let name = current?.name else { return nil }
    while try await current?.lines.advance() == .line {
      let found = current?.lines.withLine { bytes in
        Bytes.contain(text, in: bytes) ? String(decoding: bytes, as: UTF8.self) : nil
      }
      if let found = found ?? nil {
        return Match(file: name, line: UInt64(current?.lines.number ?? 0), text: found)
      }
    }
    current = nil
    return nil
  }

  /// Whether a file is binary – a line holds a NUL or invalid UTF-8, or is too long –, and whether it holds
  /// the text.
  private func inspect(_ file: OpenFile) async throws -> (isBinary: Bool, holdsText: Bool) {
    var lines = LineReader(file)
    var holdsText = false
    while true {
      switch try await lines.advance() {
      case .end: return (false, holdsText)
      case .line:
        let isText = lines.withLine { bytes in
          holdsText = holdsText || Bytes.contain(text, in: bytes)
          return !Bytes.contain([0], in: bytes) && isValidUTF8(bytes)
        }
        if isText { continue }
        fallthrough
      case .tooLong: return (true, try await Self.holds(file, text))
      }
    }
  }

  /// Whether a binary file holds the text, which may lie across two blocks.
  private static func holds(_ file: OpenFile, _ text: [UInt8]) async throws -> Bool {
    var window: [UInt8] = []
    var position = 0
    while let block = try await Block.read(file, at: position) {
      position += block.count
      window += block
      if window.withUnsafeBytes({ Bytes.contain(text, in: $0) }) { return true }
      window.removeFirst(max(0, window.count - (text.count - 1)))
    }
    return false
  }
}
