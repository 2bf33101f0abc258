import GRPC
import Lesson
import Processes
import Testing

@Suite("A root folder shows what is below it, and nothing else")
struct RootFolderTests {
  private let scratch: ScratchFolder
  private let root: RootFolder

  init() throws {
    scratch = try ScratchFolder()
    root = try scratch.root()
    try scratch.write("in", to: "root/a/b/file")
    try scratch.write("out", to: "outside/secret")
    try scratch.write("near", to: "root-too/secret")
    try scratch.shell(
      """
      cd root
      mkfifo pipe
      ln -s a/b/file link; ln -s ../b/file a/b/around; ln -s a/b folder
      ln -s "$PWD/a/b/file" absolute; ln -s "$PWD" itself; ln -s link twice
      ln -s circle2 circle1; ln -s circle1 circle2
      ln -s ../outside/secret out; ln -s "$PWD/../outside" outfolder; ln -s / slash
      ln -s ../outside/nothing dangling; ln -s nothing broken; ln -s "$PWD-too/secret" neighbour
      """
    )
  }

  @Test(
    "A path below the root leads to its file, also through links that stay inside",
    arguments: [
      "a/b/file", "./a//b/./file", "a/../a/b/file", "link", "twice", "a/b/around", "folder/file",
      "folder/../b/file", "absolute", "itself/link", "itself/itself/a/b/file",
    ]
  )
  func opens(_ path: String) throws {
    guard case .file(let file) = try root.open(path) else {
      Issue.record("\(path) is not a file")
      return
    }
    #expect(contents(of: file) == "in")
  }

  @Test("The root itself is a folder", arguments: ["", ".", "./", "a/.."])
  func opensItself(_ path: String) throws {
    guard case .folder = try root.open(path) else {
      Issue.record("'\(path)' is not a folder")
      return
    }
  }

  @Test(
    "A path that is absolute, climbs too high or follows a link out leaves the root",
    arguments: [
      "/", "/etc/passwd", "..", "a/../..", "../root/a/b/file", "a/../../root", "out", "outfolder",
      "outfolder/secret", "slash", "slash/etc/passwd", "dangling", "neighbour", "folder/../../..",
      "itself/../root/a",
    ]
  )
  func refuses(_ path: String) {
    #expect(throws: RootFolder.PathError.leavesRoot) { try root.open(path) }
  }

  @Test(
    "What is not there is missing, a name with a NUL included",
    arguments: [
      "nothing", "a/nothing/file", "broken", "circle1", "a/b/file/more", "a/b/file\0", "\0",
      String(repeating: "x", count: 5000),
    ]
  )
  func misses(_ path: String) {
    #expect(throws: RootFolder.PathError.missing) { try root.open(path) }
  }

  @Test("A FIFO or a device is seen without being opened, which might wait for ever")
  func others() throws {
    guard case .other = try root.open("pipe") else {
      Issue.record("a FIFO was opened")
      return
    }
    guard case .other = try RootFolder("/dev").open("null") else {
      Issue.record("a device was opened")
      return
    }
  }

  @Test("A folder that is swapped for a link over and over never leads outside")
  func races() async throws {
    try scratch.write("in", to: "root/swap/secret")
    let stop = try Child(
      Command(
        [
          "sh", "-c",
          "while :; do mv swap aside; ln -s ../outside swap; rm swap; mv aside swap; done",
        ],
        directory: root.path
      )
    )
    defer { stop.end() }
    var opened = 0
    for _ in 0..<3000 {
      if case .file(let file)? = try? root.open("swap/secret") {
        opened += 1
        #expect(contents(of: file) == "in")
      }
    }
    #expect(opened > 0)
  }

  @Test("A root that is no folder is wrong usage, in one line")
  func wrongRoot() {
    #expect(throws: UsageError.self) { try RootFolder("\(scratch.path)/root/a/b/file") }
    #expect(throws: UsageError.self) { try RootFolder("\(scratch.path)/nothing") }
  }

  @Test("Every refusal has its status and names the path as the caller gave it")
  func statuses() {
    #expect(RPCError(.leavesRoot, path: "x/../..").code == .permissionDenied)
    #expect(RPCError(.leavesRoot, path: "x/../..").message == "x/../.. leaves the root")
    #expect(RPCError(.missing, path: "x").code == .notFound)
    #expect(RPCError(.missing, path: "x").message == "x does not exist")
    #expect(RPCError(.unreadable, path: "x").code == .permissionDenied)
    #expect(RPCError(.unreadable, path: "x").message == "x cannot be read")
  }

  private func contents(of file: OpenFile) -> String? { Files.text("/dev/fd/\(file.descriptor)") }
}

@Suite("A walk through a folder")
struct FileWalkTests {
  @Test(
    "Files come in the byte order of names, folders where their name stands; nothing else comes"
  )
  func order() throws {
    let scratch = try ScratchFolder()
    let root = try scratch.root()
    for name in ["b", "a/z", "a/y/x", "a.txt", "B", "ä", ".hidden", "a-b"] {
      try scratch.write("", to: "root/\(name)")
    }
    try scratch.shell("cd root; mkdir empty; ln -s b link; ln -s . again; mkfifo pipe")
    #expect(
      names(FileWalk(try root.open(""), name: ""))
        == [".hidden", "B", "a/y/x", "a/z", "a-b", "a.txt", "b", "ä"]
    )
    #expect(names(FileWalk(try root.open("a"), name: "a")) == ["a/y/x", "a/z"])
    #expect(names(FileWalk(try root.open("b"), name: "b")) == ["b"])
    #expect(names(FileWalk(try root.open("pipe"), name: "pipe")) == [])
  }

  @Test("A name that is not UTF-8 is shown with U+FFFD, and its file is there all the same")
  func oddNames() throws {
    let scratch = try ScratchFolder()
    let root = try scratch.root()
    // A file system may refuse such a name (APFS does).
    guard (try? scratch.shell(#"printf x > "$(printf 'root/\377')""#)) != nil else { return }
    guard !Files.names(in: root.path).isEmpty else { return }
    #expect(names(FileWalk(try root.open(""), name: "")) == ["\u{FFFD}"])
  }

  private func names(_ walk: FileWalk) -> [String] {
    var walk = walk
    var names: [String] = []
    while let visit = walk.next() { names.append(visit.name) }
    return names
  }
}
