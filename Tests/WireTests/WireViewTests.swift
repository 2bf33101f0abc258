import HTTP2
import Testing

@testable import Lesson

@Suite("The wire view")
struct WireViewTests {
  @Test("Each frame says what it means in its call")
  func meaning() {
    let meanings = Conversation.greeting().frames.map { $0.meaning.joined(separator: "; ") }
    #expect(
      meanings == [
        "HTTP/2 from the first byte on",
        "all as the RFC sets it",
        "the call: /helloworld.Greeter/SayHello; answer within 1.000 s",
        "HelloRequest { name: \"Ada\" }; nothing more to send",
        "the response begins (HTTP status 200)",
        "HelloReply { message: \"hi\" }",
        "status 0 OK",
      ]
    )
  }

  @Test("A frame that comes in pieces is the same frame")
  func pieces() {
    let whole = Conversation.greeting()
    var pieces = Conversation()
    for frame in whole.frames {
      for byte in frame.bytes {
        if frame.isFromClient { pieces.client([byte]) } else { pieces.server([byte]) }
      }
    }
    #expect(pieces.lines(.hex) == whole.lines(.hex))
  }

  @Test(
    "No line is wider than the terminal, from 80 columns on",
    arguments: [80, 100, 132],
    WireView.Detail.allCases
  )
  func width(_ columns: Int, _ detail: WireView.Detail) {
    for line in Conversation.greeting().lines(detail, columns: columns) {
      #expect(line.count <= columns, "\(line)")
    }
  }

  @Test("The client's frames begin on the left, the server's on the right")
  func columns() {
    let arrows = Conversation.greeting().lines(.frames).filter { $0.contains("RFC 9113 §6.1") }
    #expect(arrows.count == 2)
    #expect(arrows.first?.contains("1  DATA END_STREAM ──") == true)
    #expect(arrows.first?.hasSuffix("─▶") == true)
    #expect(arrows.last?.hasSuffix("── DATA") == true)
    #expect(arrows.last?.contains("1  ◀─ RFC 9113 §6.1") == true)
  }

  @Test("A header field tells how HPACK coded it (RFC 7541 §6)")
  func headerFields() {
    let lines = Conversation.greeting().lines(.fields, columns: 120)
    func note(_ field: String) -> String {
      let line = lines.first { $0.contains("  \(field)  ") } ?? ""
      return line.split(separator: "  ").last.map { String($0.drop { $0 == " " }) } ?? ""
    }
    #expect(note(":method: POST") == "indexed: static entry 3, RFC 7541 §6.1")
    #expect(
      note(":path: /helloworld.Greeter/SayHello")
        == "literal, Huffman, new entry 62, RFC 7541 §6.2.1"
    )
    #expect(note("name: \"Ada\"") == "field 1, string, protobuf encoding")
  }

  @Test("A field that comes again is an index, and counts as saved")
  func indexedAgain() throws {
    var conversation = Conversation()
    // Literal with incremental indexing a: b, then its index in the dynamic table.
    conversation.server(Conversation.frame(1, 4, 1, [0x40, 1, 0x61, 1, 0x62]))
    conversation.server(Conversation.frame(1, 4, 3, [0xBE]))
    let last = try #require(conversation.frames.last)
    let field = try #require(last.nodes.first { $0.text == "a: b" })
    #expect(field.note == "indexed: dynamic entry 62")
    #expect(last.nodes.contains { $0.text.contains("2 bytes of text in 1") })
  }

  @Test("Every byte of a frame stands once below a field that it belongs to")
  func everyByte() {
    for frame in Conversation.greeting().frames {
      let leaves = frame.nodes.flatMap { $0.flattened() }.map(\.node)
        .filter { $0.children.isEmpty && !$0.bytes.isEmpty }
      let covered = leaves.flatMap { Array($0.bytes) }
      #expect(covered.sorted() == Array(0..<frame.bytes.count), "\(frame.name)")
    }
  }

  @Test("Bytes stand in brackets with their meaning, down to varints")
  func bytes() {
    let lines = Conversation.greeting().lines(.hex)
    for part in [
      "[00 00 0a]     length 10", "[00 00 00 05]  5 bytes follow",
      "[0a]           tag: field 1, lengthDelimited (1 << 3 | 2)", "[03]           length 3",
      "[41 64 61]     \"Ada\"",
    ] {
      #expect(lines.contains { $0.contains(part) }, "\(part)")
    }
    #expect(MessageView.varint([0xAC, 0x02]) == "300 = 44 + 2·128")
  }

  @Test("A message may span frames, and a frame hold several messages")
  func messagesAndFrames() {
    var conversation = Conversation()
    conversation.client(Conversation.greeting().frames[0].bytes)
    conversation.client(Conversation.greeting().frames[2].bytes)
    conversation.client(Conversation.frame(0, 0, 1, [0, 0, 0]))
    conversation.client(Conversation.frame(0, 0, 1, [0, 3, 0x0A, 1]))
    conversation.client(Conversation.frame(0, 1, 1, [0x41] + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    #expect(
      conversation.frames.suffix(3).map { $0.meaning } == [
        [], ["2 of 3 bytes of a HelloRequest"],
        [
          "HelloRequest { name: \"A\" }", "HelloRequest { }", "HelloRequest { }",
          "nothing more to send",
        ],
      ]
    )
  }

  @Test("A window that is used up holds its writer, and its update wakes it (RFC 9113 §6.9)")
  func windows() {
    var conversation = Conversation()
    // The server lets each stream send 10 bytes.
    conversation.server(Conversation.frame(4, 0, 0, [0, 4, 0, 0, 0, 10]))
    conversation.client(FrameSplitter.preface)
    conversation.client(Conversation.frame(0, 0, 1, [UInt8](repeating: 0, count: 10)))
    conversation.server(Conversation.frame(8, 0, 1, [0, 0, 0, 10]))
    let waiting = conversation.frames[2].windows
    #expect(waiting.first?.contains("stream ░░░░░░░░░░ 0") == true)
    #expect(waiting.last == "the client waits: the window of stream 1 is used up")
    #expect(
      conversation.frames[3].windows == [
        "stream ▓▓▓▓▓▓▓▓▓▓ 10", "this wakes the client, which waited for it",
      ]
    )
  }

  @Test("What only some peers send is explained")
  func oddities() {
    var conversation = Conversation()
    conversation.server(Conversation.frame(4, 0, 0, [0xFE, 0x03, 0, 0, 0, 1]))
    conversation.server(Conversation.frame(6, 0, 0, [2, 4, 16, 16, 9, 14, 7, 7]))
    conversation.server(Conversation.frame(0xBE, 0, 0, [1]))
    let meanings = conversation.frames.map { $0.meaning.joined() }
    #expect(meanings[0].contains("grpcio's own"))
    #expect(meanings[1].contains("grpc-go measures bandwidth"))
    #expect(meanings[2] == "a type that nobody knows; to be ignored")
  }

  @Test("A stream is given up with NO_ERROR by either end, for reasons of its own (RFC 9113 §8.1)")
  func resetWithoutError() {
    var conversation = Conversation.greeting()
    conversation.client(Conversation.frame(3, 0, 1, [0, 0, 0, 0]))
    conversation.server(Conversation.frame(3, 0, 1, [0, 0, 0, 0]))
    #expect(
      conversation.frames.suffix(2).map(\.meaning) == [
        ["NO_ERROR: I need no more of the response"],
        ["NO_ERROR: I have answered and need no more of the request"],
      ]
    )
  }

  @Test("Settings of other RFCs have their names and rules")
  func otherSettings() {
    var conversation = Conversation()
    conversation.server(Conversation.frame(4, 0, 0, [0, 9, 0, 0, 0, 1, 0, 8, 0, 0, 0, 1]))
    #expect(
      conversation.frames.map(\.meaning) == [["NO_RFC7540_PRIORITIES 1, ENABLE_CONNECT_PROTOCOL 1"]]
    )
    let lines = conversation.lines(.fields, columns: 120).joined(separator: "\n")
    #expect(lines.contains("RFC 9218 §2.1.1") && lines.contains("RFC 8441 §3"))
  }

  @Test("What is no HTTP/2 is shown once, without steering the terminal")
  func foreign() {
    var conversation = Conversation()
    conversation.client(Array("GET / HTTP/1.1\r\n\u{1B}[2J".utf8))
    conversation.client(Array("Host: x\r\n".utf8))
    #expect(conversation.frames.map(\.name) == ["not HTTP/2"])
    #expect(WireRenderer.visible("a\u{1B}[2J\u{202E}b") == "a\\u{1b}[2J\\u{202e}b")
    #expect(!conversation.lines(.hex).joined().contains("\u{1B}"))
  }

  @Test("Damaged frames of every type are shown without a trap", arguments: UInt8(0)...10)
  func damaged(_ type: UInt8) {
    for flags in [0x00, 0x01, 0x04, 0x08, 0x20, 0x2D] as [UInt8] {
      for length in 0...12 {
        var conversation = Conversation()
        conversation.client(FrameSplitter.preface)
        let payload = [UInt8](repeating: 0xFF, count: length)
        conversation.client(Conversation.frame(type, flags, 1, payload))
        conversation.server(Conversation.frame(type, flags, 1, payload))
        #expect(conversation.frames.count == 3)
        #expect(!conversation.lines(.hex).isEmpty)
      }
    }
  }
}
