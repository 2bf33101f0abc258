import Processes
import Testing

/// The wire view against another reader of the same bytes.
@Suite("The wire view and tshark")
struct WireAgreementTests {
  static let hasTshark =
    (try? run(Command(["tshark", "--version"])))?.status == .exited(0) || Here.requiresPeers

  struct Frame: Equatable, CustomStringConvertible {
    let name: String
    let stream: String
    let flags: Set<String>
    let length: String
    var description: String { "\(name) \(stream) \(flags.sorted()) \(length)" }
  }

  @Test(
    "tshark sees the frames, lengths, flags and fields that --wire shows",
    .enabled(if: hasTshark, "needs tshark; Tests/setup tools brings it"),
    arguments: [
      ["--name", "Ada", "--name", "Grüße", "--repeat", "3"], ["--name", ""],
      ["--name", String(repeating: "a", count: 100_000)],
    ]
  )
  func agree(_ arguments: [String]) async throws {
    try await offThePool {
      let folder = try Files.makeScratchFolder("wire")
      defer { Files.removeScratchFolder(folder) }
      let lesson = "\(Products.folder)/01-unary"
      let server = try Child(Command([lesson, "server", "--port", "0"]))
      defer { server.end() }
      let ready = "listening on "
      let address = try server.line(startingWith: ready, within: .seconds(30))
        .dropFirst(ready.count)
      let port = address.split(separator: ":").last ?? ""
      let capture = "\(folder)/call.pcap"
      let client = try run(
        Command(
          [lesson, "client", "--target", "\(address)", "--wire=hex", "--capture", capture]
            + arguments
        ),
        atMost: .seconds(30)
      )
      let ours = Self.ours(client.errorText)
      let theirs = try Self.theirs(capture, port: "\(port)")
      for isFromClient in [true, false] {
        let (shown, seen) = (ours.frames[isFromClient] ?? [], theirs.frames[isFromClient] ?? [])
        #expect(shown.count > 3)
        #expect(shown == seen, "from the \(isFromClient ? "client" : "server")")
      }
      #expect(theirs.fields.count > 8)
      for field in theirs.fields { #expect(ours.text.contains(field), "\(field)") }
    }
  }

  /// What the view shows: frames by direction, and all its lines without their breaks.
  private static func ours(_ errors: String) -> (frames: [Bool: [Frame]], text: String) {
    var frames: [Bool: [Frame]] = [:]
    var title: (isFromClient: Bool, name: String, stream: String, flags: Set<String>)?
    for line in errors.split(separator: "\n") {
      if let match = line.firstMatch(of: /ms +([0-9·]+)  ([A-Z_]+)((?: [A-Z_]+)*) ─/) {
        title = (true, "\(match.2)", match.1 == "·" ? "0" : "\(match.1)", words(match.3))
      } else if let match = line.firstMatch(of: /ms +([0-9·]+)  ◀─.*─ ([A-Z_]+)((?: [A-Z_]+)*)$/) {
        title = (false, "\(match.2)", match.1 == "·" ? "0" : "\(match.1)", words(match.3))
      } else if let match = line.firstMatch(of: /\] +length ([0-9]+)$/), let head = title {
        let frame = Frame(
          name: head.name,
          stream: head.stream,
          flags: head.flags,
          length: "\(match.1)"
        )
        frames[head.isFromClient, default: []].append(frame)
        title = nil
      }
    }
    return (frames, errors)
  }

  private static func words(_ text: Substring) -> Set<String> {
    Set(text.split(separator: " ").map(String.init))
  }

  private static let names = [
    "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
    "WINDOW_UPDATE", "CONTINUATION",
  ]

  private static func theirs(
    _ capture: String,
    port: String
  ) throws -> (frames: [Bool: [Frame]], fields: [String]) {
    let columns = ["type", "streamid", "flags", "length", "header.name"].flatMap {
      ["-e", "http2.\($0)"]
    }
    let command =
      ["tshark", "-r", capture, "-d", "tcp.port==\(port),http2", "-Y", "http2", "-T", "fields"]
      + ["-E", "separator=;", "-e", "tcp.dstport"] + columns
    let outcome = try run(Command(command), atMost: .seconds(60))
    #expect(outcome.status == .exited(0), "\(outcome.errorText)")
    var frames: [Bool: [Frame]] = [:]
    var fields: [String] = []
    for line in outcome.text.split(separator: "\n") {
      let parts = line.split(separator: ";", omittingEmptySubsequences: false).map {
        $0.split(separator: ",").map(String.init)
      }
      guard parts.count == 6 else { continue }
      let isFromClient = parts[0] == [port]
      for index in parts[1].indices {
        let type = Int(parts[1][index]) ?? 0
        let flags = UInt8(parts[3][index].dropFirst(2), radix: 16) ?? 0
        frames[isFromClient, default: []].append(
          Frame(
            name: names[type],
            stream: parts[2][index],
            flags: flagNames(type, flags),
            length: parts[4][index]
          )
        )
      }
      fields += parts[5].map { "\($0): " }
    }
    return (frames, fields)
  }

  private static func flagNames(_ type: Int, _ flags: UInt8) -> Set<String> {
    var names: Set<String> = []
    if flags & 1 != 0 { names.insert(type == 4 || type == 6 ? "ACK" : "END_STREAM") }
    if flags & 4 != 0 { names.insert("END_HEADERS") }
    return names
  }
}
