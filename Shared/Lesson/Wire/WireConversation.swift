internal import GRPC
internal import HPACK
internal import HTTP2

/// Follows both directions of one connection, and says of each frame what it means in its call.
struct WireConversation {
  private struct Direction {
    var splitter: FrameSplitter
    var headers = HeaderBlockView()
    /// A header block whose rest comes in CONTINUATION frames.
    var block: [UInt8] = []
    var blockEndsStream = false
    var windows = WindowView()
    var messages: [UInt32: MessageView] = [:]
    var hasHeaders: Set<UInt32> = []
  }

  private var client = Direction(splitter: FrameSplitter(expectsPreface: true))
  private var server = Direction(splitter: FrameSplitter(expectsPreface: false))
  private var methods: [UInt32: any AnyMethodDescriptor] = [:]
  private var finished: [UInt32: Int] = [:]

  init() {}

  /// Takes bytes of one direction and returns the frames that they complete.
  mutating func take(_ bytes: UnsafeRawBufferPointer, isFromClient: Bool) -> [FrameView] {
    let pieces =
      isFromClient ? client.splitter.take(bytes) : server.splitter.take(bytes)
    return pieces.map { piece in
      switch piece {
      case .preface(let bytes): preface(bytes)
      case .foreign(let bytes): foreign(bytes, isFromClient)
      case .frame(let bytes): frame(bytes, isFromClient)
      }
    }
  }

  private func preface(_ bytes: [UInt8]) -> FrameView {
    FrameView(
      isFromClient: true,
      stream: 0,
      name: "preface",
      rule: "RFC 9113 §3.4",
      meaning: ["HTTP/2 from the first byte on"],
      nodes: [
        WireNode(
          bytes: 0..<bytes.count,
          text: "PRI * HTTP/2.0, SM: no HTTP/1.1 server takes this for a request",
          isLayout: true
        )
      ],
      bytes: bytes
    )
  }

  private func foreign(_ bytes: [UInt8], _ isFromClient: Bool) -> FrameView {
    FrameView(
      isFromClient: isFromClient,
      stream: 0,
      name: "not HTTP/2",
      rule: "RFC 9113 §3.4",
      meaning: [String(decoding: bytes, as: UTF8.self).debugDescription],
      nodes: [WireNode(bytes: 0..<bytes.count, text: "no preface", isLayout: true)],
      bytes: bytes
    )
  }

  // MARK: Frames

  private mutating func frame(_ bytes: [UInt8], _ isFromClient: Bool) -> FrameView {
    let header = bytes.withUnsafeBytes { FrameHeader($0, at: 0) }
    let type = FrameType(rawValue: header.type)
    var view = FrameView(
      isFromClient: isFromClient,
      stream: header.stream.rawValue,
      name: FrameNames.name(header.type),
      flags: FrameNames.flags(header),
      rule: FrameNames.rule(header.type),
      nodes: [FrameNames.headerNode(header)],
      bytes: bytes
    )
    switch type {
    case .headers, .continuation:
      readFields(header, &view)
    case .data:
      readData(header, &view)
    case .windowUpdate:
      readControl(.windowUpdate, header, &view)
      readWindowUpdate(&view)
    case .settings:
      readControl(.settings, header, &view)
      if !header.has(FrameFlags.acknowledgement) { readSettings(view) }
    case .resetStream:
      readControl(.resetStream, header, &view)
      forget(view.stream)
    case .some(let type): readControl(type, header, &view)
    case nil: view.meaning = ["a type that nobody knows; to be ignored"]
    }
    return view
  }

  private func readControl(_ type: FrameType, _ header: FrameHeader, _ view: inout FrameView) {
    let (meaning, nodes) = ControlFrameView.read(
      type,
      Array(view.bytes[FrameHeader.size...]),
      isAcknowledgement: header.has(FrameFlags.acknowledgement),
      isFromClient: view.isFromClient
    )
    view.meaning = meaning
    view.nodes += nodes
  }

  /// Where a frame's content lies between padding and priority (§6.1, §6.2).
  private func content(_ header: FrameHeader, _ view: inout FrameView) -> Range<Int> {
    var start = FrameHeader.size
    var end = view.bytes.count
    if header.has(FrameFlags.padded), header.type <= 1, start < end {
      let padding = Int(view.bytes[start])
      view.nodes.append(
        WireNode(bytes: start..<(start + 1), text: "\(padding) bytes of padding", isLayout: true)
      )
      start += 1
      end = max(start, end - padding)
    }
    if header.has(FrameFlags.priority), header.type == FrameType.headers.rawValue, start + 5 <= end
    {
      view.nodes.append(
        WireNode(bytes: start..<(start + 5), text: "priority, out of use", isLayout: true)
      )
      start += 5
    }
    return start..<end
  }

  private mutating func direction<Result>(
    _ isFromClient: Bool,
    _ body: (inout Direction) -> Result
  ) -> Result {
    isFromClient ? body(&client) : body(&server)
  }

  // MARK: Header fields

  private mutating func readFields(_ header: FrameHeader, _ view: inout FrameView) {
    let range = content(header, &view)
    let piece = Array(view.bytes[range])
    let isFromClient = view.isFromClient
    let endsBlock = header.has(FrameFlags.endHeaders)
    let isFirst = header.type == FrameType.headers.rawValue
    let endsNow = isFirst && header.has(FrameFlags.endStream)
    let read = direction(isFromClient) { direction in
      if isFirst { direction.blockEndsStream = endsNow }
      direction.block += piece
      guard endsBlock else { return nil as ([HeaderBlockView.Field], [WireNode], Bool, Int)? }
      // Where a block has several frames, its fields are shown with the last of them.
      let start = range.upperBound - direction.block.count
      let (fields, extra) = direction.headers.read(direction.block, at: start)
      direction.block = []
      let saved = direction.headers.plainBytes - direction.headers.codedBytes
      return (fields, extra, direction.blockEndsStream, saved)
    }
    guard let (fields, extra, endsStream, saved) = read else {
      view.meaning = ["the header block goes on in CONTINUATION"]
      return
    }
    if range.count >= fields.reduce(0, { $0 + $1.node.bytes.count }) {
      view.nodes += extra + fields.map(\.node)
    } else {
      view.nodes += fields.map {
        WireNode(bytes: range.upperBound..<range.upperBound, text: $0.node.text, note: $0.node.note)
      }
    }
    let plain = fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    let isFirstOfStream = direction(isFromClient) { $0.hasHeaders.insert(view.stream).inserted }
    if isFromClient, let path = fields.first(where: { $0.name == ":path" })?.value {
      methods[view.stream] = WireView.method(path: path)
    }
    view.meaning = CallMeaning.of(
      fields,
      isFromClient: isFromClient,
      isFirst: isFirstOfStream,
      endsStream: endsStream
    )
    view.nodes.append(
      WireNode(
        bytes: view.bytes.count..<view.bytes.count,
        text: "HPACK: \(plain) bytes of text in \(range.count); saved so far \(saved)",
        rule: "RFC 7541"
      )
    )
    if endsStream { finish(view.stream, isFromClient) }
  }

  // MARK: Data and windows

  private mutating func readData(_ header: FrameHeader, _ view: inout FrameView) {
    let range = content(header, &view)
    let id = view.stream
    let isFromClient = view.isFromClient
    let bytes = view.bytes
    let method = methods[id]
    let isLast = header.has(FrameFlags.endStream)
    let (meaning, nodes) = direction(isFromClient) { direction in
      direction.windows.sent(header.length, on: id, isLast: isLast)
      var messages =
        direction.messages[id]
        ?? MessageView(
          descriptor: isFromClient ? method?.requestDescriptor : method?.responseDescriptor
        )
      let read = messages.take(bytes[range], at: range.lowerBound)
      direction.messages[id] = messages
      return read
    }
    view.nodes += nodes
    view.meaning = meaning.isEmpty && range.isEmpty ? [] : meaning
    if meaning.count > 4 {
      view.meaning =
        Array(meaning.prefix(2)) + ["… \(meaning.count - 3) more …"] + meaning.suffix(1)
    }
    if isLast { view.meaning.append(isFromClient ? "nothing more to send" : "the response ends") }
    let windows = direction(isFromClient) { $0.windows }
    if windows.matters(id) || windows.stream(id).holdsWriter || windows.connection.holdsWriter {
      view.windows = windows.lines(id, sender: isFromClient ? "client" : "server")
    }
    if isLast { finish(id, isFromClient) }
  }

  /// The window belongs to the other direction: it says how much the other end may send.
  private mutating func readWindowUpdate(_ view: inout FrameView) {
    guard view.bytes.count == FrameHeader.size + 4 else { return }
    let count = Hex.number(view.bytes[FrameHeader.size...]) & 0x7FFF_FFFF
    let id = view.stream
    let (wakes, windows) = direction(!view.isFromClient) { direction in
      (direction.windows.granted(count, on: id), direction.windows)
    }
    let sender = view.isFromClient ? "server" : "client"
    let place = id == 0 ? "on the connection" : "on stream \(id)"
    view.meaning = ["the \(sender) may send \(Quantity.grouped(count)) bytes more \(place)"]
    let window = id == 0 ? windows.connection : windows.stream(id)
    view.windows = ["\(id == 0 ? "connection" : "stream") \(window.bar)"]
    if wakes { view.windows.append("this wakes the \(sender), which waited for it") }
  }

  private mutating func readSettings(_ view: FrameView) {
    let payload = view.bytes[FrameHeader.size...]
    for offset in stride(from: payload.startIndex, through: payload.endIndex - 6, by: 6)
    where Hex.number(payload[offset..<(offset + 2)]) == 4 {
      let size = Hex.number(payload[(offset + 2)..<(offset + 6)])
      direction(!view.isFromClient) { $0.windows.setInitialSize(size) }
    }
  }

  // MARK: The end of streams

  private mutating func finish(_ id: UInt32, _ isFromClient: Bool) {
    let ends = (finished[id] ?? 0) | (isFromClient ? 1 : 2)
    finished[id] = ends
    if ends == 3 { forget(id) }
  }

  private mutating func forget(_ id: UInt32) {
    finished[id] = nil
    methods[id] = nil
    for isFromClient in [true, false] {
      direction(isFromClient) { direction in
        direction.windows.ended(id)
        direction.messages[id] = nil
        direction.hasHeaders.remove(id)
      }
    }
  }
}
