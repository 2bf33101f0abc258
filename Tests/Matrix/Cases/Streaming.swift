import Processes

extension Lesson {
  static let serverStreaming = Lesson(
    name: "02-server-streaming",
    cases: [
      search("a search", ["needle"]).with {
        $0.output = .oracle { root in
          // The order of the visit is fixed by the .proto; sorted, it is that of GNU grep.
          try grep("needle", in: root)
        }
      },
      search("a search below a path", ["find", "needle", "tree/b"]),
      search("no match", ["no such text anywhere"]).with { $0.output = .exactly("") },
      search("a limit", ["needle", "--limit", "3"]),
      search("non-ASCII text", ["ñandú"]),
      search("the time of each match", ["ñandú", "tree/a.txt", "--times"]).with {
        $0.output = .sameAfter { $0.replacing(/\+[0-9]+ ms {2}/, with: "+# ms  ") }
        $0.errors = " ms  the search is over"
      },
      search("a missing path", ["needle", "tree/missing"]).with {
        $0.exit = 64 + 5
        $0.output = .exactly("")
        $0.errors = "NOT_FOUND: tree/missing does not exist"
      },
      search("a path that leaves the root", ["needle", "../.."]).with {
        $0.exit = 64 + 7
        $0.output = .exactly("")
        $0.errors = "PERMISSION_DENIED: ../.. leaves the root"
      },
      search("a link that leaves the root", ["needle", "tree/out"]).with {
        $0.exit = 64 + 7
        $0.output = .exactly("")
        $0.errors = "PERMISSION_DENIED: tree/out leaves the root"
      },
      search("an empty text", [""]).with {
        $0.exit = 64 + 3
        $0.output = .exactly("")
        $0.errors = "INVALID_ARGUMENT: text is empty"
      },
      search("the first lines of a followed file", ["follow", "tree/a.txt", "--limit", "2"]),
    ],
    prepare: { root in
      for folder in ["tree/b/c", "tree/d"] { Files.makeFolder("\(root)/\(folder)") }
      for (index, path) in ["a.txt", "b/one.txt", "b/c/two.txt", "b/two.txt", "d/z.txt"]
        .enumerated()
      {
        let lines = (1...200).map { line in
          line % (7 + index) == 0 ? "line \(line) has a needle: ñandú" : "line \(line)"
        }
        try Files.write(lines.joined(separator: "\n") + "\n", to: "\(root)/tree/\(path)")
      }
      try Files.write([0, 1, 2] + Array("needle\n".utf8), to: "\(root)/tree/d/binary")
      _ = try run(Command(["ln", "-s", "/", "\(root)/tree/out"]))
    }
  )

  private static func search(_ name: String, _ arguments: [String]) -> Case {
    Case(name, client: arguments).with { $0.server = ["--root", "{root}"] }
  }

  /// What GNU grep finds, in the words and the order of the lesson; where grep is not GNU's
  /// (macOS) its output for a text tree is the same.
  private static func grep(_ text: String, in root: String) throws -> String {
    var command = Command(["grep", "-rnF", text, "tree"], directory: root)
    command.environment["LC_ALL"] = "C.UTF-8"
    let lines = try run(command).text.split(separator: "\n").filter { !$0.hasPrefix("Binary") }
      .filter { !$0.hasPrefix("grep: ") }
    // By file in the byte order of the path's parts, then by line number: grep keeps lines in order.
    let byFile = Dictionary(grouping: lines) { String($0.prefix { $0 != ":" }) }
    var files = byFile.map { ($0.key, $0.value.map { "\($0)\n" }.joined()) }
    files.append(("tree/d/binary", "tree/d/binary: binary file matches\n"))
    files.sort { key(of: $0.0).lexicographicallyPrecedes(key(of: $1.0)) }
    return files.map(\.1).joined()
  }

  private static func key(of path: String) -> [UInt8] {
    path.utf8.map { $0 == UInt8(ascii: "/") ? 0 : $0 }
  }

  static let clientStreaming = Lesson(
    name: "03-client-streaming",
    cases: [
      upload("a file", ["{root}/text"]).with {
        $0.output = .oracle { try receipt(of: "\($0)/text") }
      },
      upload("a large file", ["{root}/large"]).with {
        $0.output = .oracle { try receipt(of: "\($0)/large") }
      },
      upload("odd chunks", ["{root}/large", "--chunk", "12345"]).with {
        $0.output = .oracle { try receipt(of: "\($0)/large") }
      },
      upload("standard input", ["-"]).with {
        $0.input = Array("one two\nthree\n".utf8)
        $0.output = .exactly("bytes 14\nlines 2\nwords 3\ncrc32 41d502e5\n")
      },
      upload("an empty file", ["{root}/empty"]).with {
        $0.output = .exactly("bytes 0\nlines 0\nwords 0\ncrc32 00000000\n")
      },
      upload("one small message", ["{root}/text", "--whole"]).with {
        $0.output = .oracle { try receipt(of: "\($0)/text") }
      },
      upload("one message that is too large", ["{root}/large", "--whole"]).with {
        $0.exit = 64 + 8
        $0.output = .exactly("")
      },
      upload("a server that takes less", ["{root}/text"]).with {
        $0.server = ["--max-size", "1024"]
        $0.exit = 64 + 8
        $0.output = .exactly("")
        $0.errors =
          "RESOURCE_EXHAUSTED: text holds 60000 bytes; this server takes at most 1024"
          + " (server --max-size)"
      },
      upload("a server that finds out in mid-upload", ["-"]).with {
        $0.server = ["--max-size", "1024"]
        $0.input = [UInt8](repeating: 65, count: 2_000_000)
        $0.exit = 64 + 8
        $0.output = .exactly("")
      },
      upload("a file that is missing", ["{root}/missing"]).with {
        $0.exit = 2
        $0.output = .exactly("")
      },
    ],
    prepare: { root in
      let line = "The quick brown fox jumps.  \tOver\r\n"
      let text = String(repeating: line, count: 60_000 / line.utf8.count + 1)
      try Files.write(Array(text.utf8.prefix(60_000)), to: "\(root)/text")
      let large = (0..<5_300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
      try Files.write(large, to: "\(root)/large")
      try Files.write("", to: "\(root)/empty")
    }
  )

  private static func upload(_ name: String, _ arguments: [String]) -> Case {
    Case(name, client: arguments)
  }

  /// The receipt as Python counts it.
  private static func receipt(of path: String) throws -> String {
    let script = """
      import re, sys, zlib
      data = open(sys.argv[1], "rb").read()
      words = re.findall(rb"[^ \\t\\n\\v\\f\\r]+", data)
      print(f"bytes {len(data)}\\nlines {data.count(10)}\\nwords {len(words)}")
      print(f"crc32 {zlib.crc32(data):08x}")
      """
    return try run(Command(["python3", "-c", script, path])).text
  }
}
