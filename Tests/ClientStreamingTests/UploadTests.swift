import GRPC
import Lesson
import Processes
import Testing

@testable import ClientStreaming

@Suite("An upload")
struct UploadTests {
  private let scratch: ScratchFolder
  private let storage: Storage

  init() throws {
    scratch = try ScratchFolder()
    storage = Storage(folder: try OpenFile(folder: scratch.path), largestSize: nil)
  }

  private func chunk(_ text: String) -> Part { Part(content: .chunk(Array(text.utf8))) }

  @Test("The file appears when it is whole, and not before")
  func appears() throws {
    var upload = try Upload(Header(name: "notes", size: 6), into: storage)
    try upload.take(chunk("one "))
    try upload.take(chunk("2\n"))
    #expect(Files.names(in: scratch.path).allSatisfy { $0.hasPrefix(".upload-") })
    #expect(try upload.finish().text == "bytes 6\nlines 1\nwords 2\ncrc32 577229be")
    #expect(Files.names(in: scratch.path) == ["notes"])
    #expect(Files.text("\(scratch.path)/notes") == "one 2\n")
  }

  @Test("An upload that is dropped leaves nothing, and what it would have replaced stays")
  func dropped() throws {
    try Files.write("old", to: "\(scratch.path)/notes")
    do {
      var upload = try Upload(Header(name: "notes"), into: storage)
      try upload.take(chunk("new"))
    }
    #expect(Files.names(in: scratch.path) == ["notes"])
    #expect(Files.text("\(scratch.path)/notes") == "old")
  }

  @Test("A link of that name is replaced, not written through")
  func link() throws {
    try Files.write("old", to: "\(scratch.path)/target")
    _ = try run(Command(["ln", "-s", "target", "\(scratch.path)/notes"]))
    var upload = try Upload(Header(name: "notes"), into: storage)
    try upload.take(chunk("new"))
    _ = try upload.finish()
    #expect(Files.text("\(scratch.path)/target") == "old")
    #expect(Files.text("\(scratch.path)/notes") == "new")
  }

  @Test("Without a folder it is only counted")
  func counts() throws {
    var upload = try Upload(Header(name: "notes"), into: Storage())
    try upload.take(chunk("new"))
    #expect(try upload.finish().bytes == 3)
    #expect(Files.names(in: scratch.path).isEmpty)
  }

  @Test(
    "What the header alone tells is rejected before any byte has come",
    arguments: [
      (Header(name: ""), .invalidArgument, "the name is empty"),
      (Header(name: "a/b"), .permissionDenied, "a/b is not a plain file name"),
      (Header(name: "."), .permissionDenied, ". is not a plain file name"),
      (Header(name: ".."), .permissionDenied, ".. is not a plain file name"),
      (Header(name: "a\0"), .permissionDenied, "a\0 is not a plain file name"),
      (
        Header(name: "a", size: 11), .resourceExhausted,
        "a holds 11 bytes; this server takes at most 10 (server --max-size)"
      ),
    ] as [(Header, Status.Code, String)]
  )
  func headers(_ header: Header, _ code: Status.Code, _ message: String) {
    let limited = Storage(folder: storage.folder, largestSize: 10)
    let error = #expect(throws: RPCError.self) { try Upload(header, into: limited) }
    #expect(error?.code == code)
    #expect(error?.message == message)
    #expect(Files.names(in: scratch.path).isEmpty)
  }

  @Test("What comes to light in mid-upload is rejected then, and leaves nothing")
  func parts() throws {
    for (header, part, code, message) in [
      (
        Header(name: "a"), chunk("123456"), Status.Code.resourceExhausted,
        "a holds more than the 10 bytes that this server takes (server --max-size)"
      ),
      (
        Header(name: "a", size: 7), chunk("123"), .invalidArgument,
        "a holds 8 bytes, but its header says 7"
      ),
      (Header(name: "a"), Part(), .invalidArgument, "a part without content"),
      (Header(name: "a"), Part(content: .header(Header())), .invalidArgument, "a second header"),
    ] {
      let limited = Storage(folder: storage.folder, largestSize: 10)
      var upload: Upload? = try Upload(header, into: limited)
      try upload?.take(chunk("12345"))
      let error = #expect(throws: RPCError.self) { try upload?.take(part) }
      #expect(error?.code == code)
      #expect(error?.message == message)
      upload = nil
      #expect(Files.names(in: scratch.path).isEmpty)
    }
  }

  @Test("A file that ends before its announced size is not kept")
  func short() throws {
    var upload = try Upload(Header(name: "a", size: 7), into: storage)
    try upload.take(chunk("12345"))
    let error = #expect(throws: RPCError.self) { try upload.finish() }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message == "a holds 5 bytes, but its header says 7")
  }

  @Test(
    "A file that cannot get its name is FAILED_PRECONDITION with the reason, and leaves nothing"
  )
  func notKept() throws {
    Files.makeFolder("\(scratch.path)/taken")
    let long = String(repeating: "x", count: 300)
    for (name, reason) in [("taken", "is a directory"), (long, "file name too long")] {
      var upload: Upload? = try Upload(Header(name: name), into: storage)
      let error = #expect(throws: RPCError.self) { try upload?.finish() }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "\(name) cannot be kept: \(reason)")
      upload = nil
    }
    #expect(Files.names(in: scratch.path) == ["taken"])
  }
}

@Suite("A local file")
struct LocalFileTests {
  @Test("It comes in chunks of the size that was asked for; the last one may be shorter")
  func chunks() async throws {
    let scratch = try ScratchFolder()
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    try Files.write(bytes, to: "\(scratch.path)/file")
    for (size, count) in [(1, 1000), (300, 4), (500, 2), (1000, 1), (4096, 1), (.max, 1)] {
      var file = try LocalFile("\(scratch.path)/file", chunkSize: size)
      #expect(file.header == Header(name: "file", size: 1000))
      var chunks: [[UInt8]] = []
      while let chunk = try await file.nextChunk() { chunks.append(chunk) }
      #expect(chunks.count == count)
      #expect(Array(chunks.joined()) == bytes)
    }
  }

  @Test("An empty file has no chunk; a pipe has no size")
  func specials() async throws {
    let scratch = try ScratchFolder()
    try Files.write("", to: "\(scratch.path)/empty")
    var empty = try LocalFile("\(scratch.path)/empty", chunkSize: 10)
    #expect(try await empty.nextChunk() == nil)
    #expect(try LocalFile("/dev/null", chunkSize: 10).header == Header(name: "null"))
  }

  @Test("What can't be read is wrong usage, with the reason")
  func unreadable() throws {
    let scratch = try ScratchFolder()
    let missing = #expect(throws: UsageError.self) {
      try LocalFile("\(scratch.path)/missing", chunkSize: 1)
    }
    #expect(
      missing?.description == "cannot read \(scratch.path)/missing: no such file or directory"
    )
    let folder = #expect(throws: UsageError.self) { try LocalFile(scratch.path, chunkSize: 1) }
    #expect(folder?.description == "cannot read \(scratch.path): is a directory")
  }
}

/// A folder for one test, removed with it.
private final class ScratchFolder: Sendable {
  let path: String
  init() throws { path = try Files.makeScratchFolder("uploader") }
  deinit { Files.removeScratchFolder(path) }
}
