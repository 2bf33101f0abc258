/// Turns frames into lines: two columns, the client's frames from the left, the server's from the right.
struct WireRenderer {
  let detail: WireView.Detail
  /// How wide a line may be, at least 80.
  let columns: Int
  let isColoured: Bool

  /// Time and stream stand before the columns.
  private static let margin = 17
  private var width: Int { max(80, columns) - Self.margin }

  init(detail: WireView.Detail, columns: Int, isColoured: Bool) {
    self.detail = detail
    self.columns = columns
    self.isColoured = isColoured
  }

  /// The head of the columns.
  func opened(client: String, server: String, number: Int) -> [String] {
    let left = "client \(client)"
    let right = "server \(server)"
    let gap = String(repeating: " ", count: max(2, width - left.count - right.count))
    let head = number == 1 ? "      time  str  " : "connection \(padded("\(number)", 4))  "
    return [colour(head + left + gap + right, .bold)]
  }

  /// The end of a connection.
  func closed(number: Int) -> String {
    colour(
      String(repeating: " ", count: Self.margin)
        + (number == 1 ? "connection closed" : "connection \(number) closed"),
      .dim
    )
  }

  /// All lines of a frame.
  func lines(_ frame: FrameView, milliseconds: Double, connection: Int = 1) -> [String] {
    let time = leftPadded("\(Quantity.fixed(milliseconds, digits: 2)) ms", 10)
    let stream = connection == 1 ? "\(frame.stream)" : "\(connection):\(frame.stream)"
    let head = "\(time)\(leftPadded(frame.stream == 0 && connection == 1 ? "·" : stream, 5))  "
    let main: Terminal.Colour = frame.isFromClient ? .cyan : .green
    var lines = [colour(head, .dim) + colour(arrow(frame), main)]
    let indentation = frame.isFromClient ? 2 : width / 3
    for thought in frame.meaning {
      lines += wrapped(thought, indentation).map { indented($0, indentation) }
    }
    for bar in frame.windows {
      lines += wrapped(bar, indentation).map { colour(indented($0, indentation), .yellow) }
    }
    switch detail {
    case .frames: break
    case .fields: lines += fieldLines(frame)
    case .hex: lines += byteLines(frame)
    }
    return lines
  }

  // MARK: The sequence

  private func arrow(_ frame: FrameView) -> String {
    let title = ([frame.name] + frame.flags).joined(separator: " ")
    let dashes = max(2, width - title.count - frame.rule.count - 6)
    let line = String(repeating: "─", count: dashes)
    return frame.isFromClient
      ? "\(title) \(line) \(frame.rule) ─▶" : "◀─ \(frame.rule) \(line) \(title)"
  }

  private func indented(_ text: String, _ indentation: Int) -> String {
    String(repeating: " ", count: Self.margin + indentation) + text
  }

  /// A text in lines that fit, broken between words where there are any.
  private func wrapped(_ text: String, _ indentation: Int) -> [String] {
    Self.wrapped(Self.visible(text), width - indentation)
  }

  static func wrapped(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var rest = text[...]
    while rest.count > width {
      let piece = rest.prefix(width + 1)
      let end = piece.lastIndex(of: " ") ?? rest.index(rest.startIndex, offsetBy: width)
      let isTooShort = rest.distance(from: rest.startIndex, to: end) < width / 3
      let cut = isTooShort ? rest.index(rest.startIndex, offsetBy: width) : end
      lines.append(String(rest[..<cut]))
      rest = rest[cut...].drop { $0 == " " }
    }
    return lines + [String(rest)]
  }

  /// Control characters as their numbers: what a peer sends must not steer the learner's terminal.
  static func visible(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  // MARK: Fields

  private func fieldLines(_ frame: FrameView) -> [String] {
    frame.nodes.flatMap { fieldLines($0, depth: 0) }
  }

  private func fieldLines(_ node: WireNode, depth: Int) -> [String] {
    guard !node.isLayout else { return [] }
    return entry(node, depth: depth) + node.children.flatMap { fieldLines($0, depth: depth + 1) }
  }

  /// What a node says on the left, how it is coded and by which rule on the right.
  private func entry(_ node: WireNode, depth: Int, prefix: String = "") -> [String] {
    let start = 4 + 2 * depth
    let right = [node.note, node.rule].filter { !$0.isEmpty }.joined(separator: ", ")
    let left = prefix + Self.visible(node.text)
    let room = width - start
    if left.count + right.count + 2 <= room {
      let gap = String(repeating: " ", count: room - left.count - right.count)
      let line = right.isEmpty ? left : left + gap + colour(right, .dim)
      return [indented(line, start)]
    }
    let rightLines = right.isEmpty ? [] : Self.wrapped(right, room)
    return Self.wrapped(left, room).map { indented($0, start) }
      + rightLines.map {
        indented(String(repeating: " ", count: room - $0.count) + colour($0, .dim), start)
      }
  }

  // MARK: Bytes

  private static let bytesPerLine = 16
  private static let mostLines = 8

  private func byteLines(_ frame: FrameView) -> [String] {
    frame.nodes.flatMap { $0.flattened() }.flatMap { node, depth -> [String] in
      let isLeaf = node.children.isEmpty && !node.bytes.isEmpty
      let bytes = frame.bytes[node.bytes.clamped(to: 0..<frame.bytes.count)]
      guard isLeaf else { return entry(node, depth: depth) }
      if bytes.count <= 8 {
        return entry(node, depth: depth, prefix: padded("[\(Hex.text(bytes))]", 14) + " ")
      }
      return dump(bytes, depth: depth) + entry(node, depth: depth)
    }
  }

  private func dump(_ bytes: ArraySlice<UInt8>, depth: Int) -> [String] {
    let starts = stride(from: bytes.startIndex, to: bytes.endIndex, by: Self.bytesPerLine)
    let rows = starts.map { start -> String in
      let row = Hex.text(bytes[start..<min(start + Self.bytesPerLine, bytes.endIndex)])
      let isFirst = start == bytes.startIndex
      let isLast = start + Self.bytesPerLine >= bytes.endIndex
      return "\(isFirst ? "[" : " ")\(row)\(isLast ? "]" : "")"
    }
    let start = 4 + 2 * depth
    guard rows.count > Self.mostLines else { return rows.map { indented($0, start) } }
    let left = bytes.count - (Self.mostLines - 1) * Self.bytesPerLine
    return (rows.prefix(Self.mostLines - 1) + [" … \(Quantity.grouped(left)) bytes more]"]).map {
      indented($0, start)
    }
  }

  // MARK: Text

  private func colour(_ text: String, _ colour: Terminal.Colour) -> String {
    isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func leftPadded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
