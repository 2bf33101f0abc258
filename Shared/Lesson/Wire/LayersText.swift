/// The text of a call's layers: each step with the functions that take it, and bytes that stand below each
/// other when they are the same bytes.
struct LayersText {
  let columns: Int
  let values: CallLayers.Values

  private static let margin = 4
  private var bytesPerRow: Int { max(16, min(32, (columns - Self.margin - 6) / 3)) }

  /// From the client's value down to its socket.
  func request(_ frames: [FrameView], pieces: [Int]) -> [String] {
    var lines = ["THE REQUEST: down the client, up the server", ""]
    lines += step(1, "Swift value", values.request, .clientValue)
    lines += step(2, "stub, channel", "\(values.method), one call", .clientCall)
    lines += message(from: 3, frames, .clientBytes, .clientPrefix)
    lines += framing(5, frames, .clientFrames)
    let sum = pieces.reduce(0, +)
    lines += step(
      6,
      "socket",
      "\(pieces.count) writes, \(sum) bytes in all, those of the connection itself included",
      .socketWrite
    )
    lines += step(7, "socket", "the server reads the same bytes", .socketRead)
    lines += step(8, "frames", "header block and data of stream 1", .serverFrames)
    lines += step(9, "call", "the message without its prefix", .serverCall)
    return lines + step(10, "Swift value", values.request, .serverValue)
  }

  /// From the server's value to the client's.
  func reply(_ frames: [FrameView], pieces: [Int]) -> [String] {
    var lines = ["THE REPLY: down the server, up the client", ""]
    lines += step(11, "Swift value", values.reply, .serverReply)
    lines += message(from: 12, frames, .serverBytes, .serverPrefix)
    lines += framing(14, frames, .serverFramesOut)
    lines += step(15, "socket", "the server writes, the client reads", .socketBack)
    lines += step(16, "frames", "response, data, status", .clientFramesIn)
    lines += step(17, "call", "one message and status 0: the call is OK", .clientCallEnd)
    return lines + step(18, "Swift value", values.reply, .clientReply)
  }

  // MARK: Steps

  private func step(
    _ number: Int,
    _ title: String,
    _ text: String,
    _ source: LayerSource
  )
    -> [String]
  {
    let head = "\(number)".count < 2 ? " \(number)" : "\(number)"
    let name = title + String(repeating: " ", count: max(1, 15 - title.count))
    let words = WireRenderer.wrapped(WireRenderer.visible(text), columns - 19)
    var lines = ["\(head)  \(name)\(words[0])"]
    lines += words.dropFirst().map { String(repeating: " ", count: 19) + $0 }
    for place in source.places {
      lines.append("    \(place.file)  \(place.functions.joined(separator: ", "))")
    }
    return lines + [""]
  }

  /// The message's bytes, and the prefix in front of them, in the columns that they have in the frame.
  private func message(
    from number: Int,
    _ frames: [FrameView],
    _ bytesSource: LayerSource,
    _ prefixSource: LayerSource
  ) -> [String] {
    let data = frames.filter { $0.name == "DATA" }
    guard let frame = data.first else { return [] }
    let start = 9 + 5
    let length = frame.bytes.count < start ? 0 : Hex.number(frame.bytes[10..<14])
    let end = min(frame.bytes.count, start + length)
    let text = frame.meaning.first ?? "no bytes"
    var lines = step(number, "protobuf", "\(Quantity.grouped(length)) bytes: \(text)", bytesSource)
    lines.removeLast()
    lines += rows(frame.bytes, start..<max(start, end)) + [""]
    lines += step(number + 1, "gRPC prefix", "not compressed, \(length) bytes follow", prefixSource)
    lines.removeLast()
    return lines + rows(frame.bytes, 9..<min(start, frame.bytes.count)) + [""]
  }

  private func framing(_ number: Int, _ frames: [FrameView], _ source: LayerSource) -> [String] {
    let names = frames.map { "\($0.name) of 9 + \(Quantity.grouped($0.bytes.count - 9)) bytes" }
    var lines = step(number, "HTTP/2 frames", names.joined(separator: ", "), source)
    lines.removeLast()
    for frame in frames.prefix(4) {
      let flags = frame.flags.joined(separator: ", ")
      lines.append("    \(frame.name), stream 1\(flags.isEmpty ? "" : ", ")\(flags)")
      lines += rows(frame.bytes, 0..<frame.bytes.count)
    }
    if frames.count > 4 { lines.append("    … \(frames.count - 4) frames more") }
    return lines + [""]
  }

  // MARK: Bytes

  /// Rows of a frame's bytes; those outside the range leave their columns empty.
  func rows(_ bytes: [UInt8], _ range: Range<Int>) -> [String] {
    let width = bytesPerRow
    guard !range.isEmpty else { return [] }
    let rows = (range.lowerBound / width)...((range.upperBound - 1) / width)
    let shown = rows.count > 6 ? Array(rows.prefix(3)) + [-1] + rows.suffix(2) : Array(rows)
    return shown.map { row in
      guard row >= 0 else { return "          …" }
      let cells = (row * width..<min((row + 1) * width, range.upperBound)).map {
        range.contains($0) ? Hex.pair(bytes[$0]) : "  "
      }
      let offset = String(row * width)
      return String(repeating: " ", count: Self.margin + 4 - offset.count) + offset + "  "
        + cells.joined(separator: " ")
    }
  }
}
