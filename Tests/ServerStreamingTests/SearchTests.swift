import GRPC
import Lesson
import Processes
import TestSupport
import Testing

@testable import ServerStreaming

@Suite("A search")
struct SearchTests {
  private let scratch: ScratchFolder
  private let root: RootFolder

  init() throws {
    scratch = try ScratchFolder()
    root = try scratch.root()
  }

  private func search(_ text: String, _ path: String = "") async throws -> [String] {
    var search = try Search(for: Query(text: text, path: path), below: root)
    var found: [String] = []
    while let match = try await search.next() { found.append(match.description) }
    return found
  }

  @Test("Lines are found with their number, the last one also without a line feed")
  func lines() async throws {
    try scratch.write("a needle\nhay\r\nneedles\r\n\nlast needle", to: "root/x/file")
    #expect(
      try await search("needle") == [
        "x/file:1:a needle", "x/file:3:needles\r", "x/file:5:last needle",
      ]
    )
    #expect(try await search("needle", "./x//file").first == "x/file:1:a needle")
    #expect(try await search("Needle") == [])
  }

  @Test(
    "A file with a NUL, invalid UTF-8 or a line of more than a MiB is binary: reported once",
    arguments: [
      [0x6E, 0x0A, 0x6E, 0x00], [0x6E, 0x0A, 0xFF, 0x0A, 0x6E], [0x6E, 0x0A, 0xC3],
      [0x6E] + [UInt8](repeating: 0x20, count: 1 << 20),
      [0x6E] + [UInt8](repeating: 0x20, count: 1 << 20) + [0x0A],
    ]
  )
  func binary(_ bytes: [UInt8]) async throws {
    try scratch.write(bytes, to: "root/file")
    #expect(try await search("n") == ["file: binary file matches"])
    #expect(try await search("z") == [])
  }

  @Test("A line of exactly a MiB is text", arguments: [[], [UInt8(0x0A)]])
  func longestLine(_ end: [UInt8]) async throws {
    try scratch.write(
      [0x6E] + [UInt8](repeating: 0x20, count: (1 << 20) - 1) + end,
      to: "root/file"
    )
    let found = try await search("n")
    #expect(found.map(\.utf8.count) == [(1 << 20) + "file:1:".utf8.count])
  }

  @Test("A text is found wherever it lies over the border of two blocks of a binary file")
  func blockBorders() async throws {
    for offset in (Block.size - 7)...(Block.size + 1) {
      let bytes = [UInt8](repeating: 0, count: offset) + Array("needle".utf8) + [0]
      try scratch.write(bytes, to: "root/file")
      #expect(try await search("needle") == ["file: binary file matches"], "at \(offset)")
    }
  }

  @Test("What it finds in a random tree is what grep finds there")
  func grep() async throws {
    var random = SplitMix64(state: 23)
    for index in 0..<60 {
      let folder = ["", "a/", "a/b/", "c/"].randomElement(using: &random) ?? ""
      let lines = (0..<Int.random(in: 0...400, using: &random)).map { _ in
        (0..<Int.random(in: 0...40, using: &random)).map { _ in
          ["a", "b", "ab", "ñ", " ", "\t", "€", "x"].randomElement(using: &random) ?? ""
        }.joined()
      }
      let end = Bool.random(using: &random) ? "\n" : ""
      try scratch.write(lines.joined(separator: "\n") + end, to: "root/\(folder)file\(index)")
    }
    for text in ["ab", "ñ ", "aba", "€"] {
      var command = Command(["grep", "-rnF", "--", text, "."], directory: root.path)
      command.environment["LC_ALL"] = "C.UTF-8"
      let oracle = try run(command).text.split(separator: "\n").map { String($0.dropFirst(2)) }
      #expect(try await search(text).sorted() == oracle.sorted(), "\(text)")
    }
  }

  @Test("Each match is handed out before the next file is read")
  func lazy() async throws {
    for index in 1...5 { try scratch.write("needle\n", to: "root/\(index)") }
    var search = try Search(for: Query(text: "needle"), below: root)
    #expect(try await search.next()?.file == "1")
    #expect(search.report == "1 files read, 1 matches, cancelled")
    #expect(try await search.next()?.file == "2")
    #expect(search.report == "2 files read, 2 matches, cancelled")
    while try await search.next() != nil {}
    #expect(search.report == "5 files read, 5 matches, finished")
  }

  @Test("A cancelled search reads no further")
  func cancelled() async throws {
    for index in 1...5 { try scratch.write("hay\n", to: "root/\(index)") }
    let folder = root
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      var search = try Search(for: Query(text: "needle"), below: folder)
      await #expect(throws: CancellationError.self) { try await search.next() }
      return search.report
    }
    #expect(try await task.value == "0 files read, 0 matches, cancelled")
  }

  @Test("A query that can't be answered has its status")
  func refusals() async throws {
    try scratch.shell("mkfifo root/pipe")
    for (text, path, code, message) in [
      ("", "", Status.Code.invalidArgument, "text is empty"),
      ("a\nb", "", .invalidArgument, "text holds a line break"),
      ("a", "..", .permissionDenied, ".. leaves the root"),
      ("a", "b", .notFound, "b does not exist"),
      ("a", "pipe", .invalidArgument, "pipe is not a regular file or a folder"),
    ] {
      let error = await #expect(throws: RPCError.self) { try await search(text, path) }
      #expect(error?.code == code)
      #expect(error?.message == message)
    }
  }

  @Test("The words of the command line: [find] TEXT [PATH], or follow PATH")
  func requests() throws {
    for (words, description) in [
      (["a"], #"find("a", path: "")"#), (["find"], #"find("find", path: "")"#),
      (["a", "b"], #"find("a", path: "b")"#), (["find", "a", "b"], #"find("a", path: "b")"#),
      (["follow"], #"find("follow", path: "")"#), (["follow", "a"], #"follow("a")"#),
    ] {
      #expect("\(try Request(words))" == description)
    }
    for words in [[], ["a", "b", "c"], ["follow", "a", "b"], ["find", "a", "b", "c"]] {
      #expect(throws: UsageError.self) { try Request(words) }
    }
  }
}

@Suite("Following a file")
struct TailTests {
  private let scratch: ScratchFolder
  private let root: RootFolder

  init() throws {
    scratch = try ScratchFolder()
    root = try scratch.root()
  }

  private func append(_ text: String) throws {
    try scratch.shell("printf '%s' '\(text)' >> root/log")
  }

  @Test("The last ten complete lines come first, then each line when it is complete")
  func follows() async throws {
    try scratch.write((1...25).map { "line \($0)\n" }.joined() + "hal", to: "root/log")
    var tail = try Tail(of: "log", below: root)
    for number in 16...25 { #expect(try await tail.nextLine() == "line \(number)") }
    try append("f a line\n\nlast\n")
    #expect(try await tail.nextLine() == "half a line")
    #expect(try await tail.nextLine() == "")
    #expect(try await tail.nextLine() == "last")
  }

  @Test("A file of fewer than ten lines, or none, is given whole")
  func short() async throws {
    try scratch.write("1\n2\n", to: "root/log")
    var tail = try Tail(of: "log", below: root)
    #expect(try await tail.nextLine() == "1")
    #expect(try await tail.nextLine() == "2")
    try scratch.write("", to: "root/empty")
    var empty = try Tail(of: "empty", below: root)
    try scratch.shell("echo first >> root/empty")
    #expect(try await empty.nextLine() == "first")
  }

  @Test("Lines longer than a block are found from the end, and given whole")
  func longLines() async throws {
    let long = String(repeating: "x", count: 3 * Block.size)
    try scratch.write((1...12).map { "\($0)\(long)\n" }.joined(), to: "root/log")
    var tail = try Tail(of: "log", below: root)
    for number in 3...12 { #expect(try await tail.nextLine() == "\(number)\(long)") }
  }

  @Test("A file that becomes shorter is read again from its beginning")
  func truncated() async throws {
    try scratch.write("one\ntwo\n", to: "root/log")
    var tail = try Tail(of: "log", below: root)
    for line in ["one", "two"] { #expect(try await tail.nextLine() == line) }
    try scratch.shell("echo 3 > root/log")
    #expect(try await tail.nextLine() == "3")
  }

  @Test("A line of more than a MiB is RESOURCE_EXHAUSTED")
  func tooLong() async throws {
    try scratch.write(String(repeating: "x", count: (1 << 20) + 1), to: "root/log")
    var tail = try Tail(of: "log", below: root)
    let error = await #expect(throws: RPCError.self) { try await tail.nextLine() }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.message == "a line of log is longer than 1 MiB")
  }

  @Test("What is no file can't be followed; a wait ends when its task is cancelled")
  func refusals() async throws {
    let error = #expect(throws: RPCError.self) { try Tail(of: "", below: root) }
    #expect(error?.message == " is not a regular file")
    try scratch.write("", to: "root/log")
    let folder = root
    let task = Task {
      var tail = try Tail(of: "log", below: folder)
      return try await tail.nextLine()
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
