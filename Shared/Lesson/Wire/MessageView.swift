internal import GRPC
internal import Protobuf

/// Finds gRPC's messages in the DATA of one direction of a stream.
///
/// A message may begin in one DATA frame and end in another, and a frame may hold several: frames and
/// messages know nothing of each other.
struct MessageView {
  /// Messages longer than this are not kept to be shown.
  private static let keptSize = 64 * 1024

  let descriptor: MessageDescriptor?
  private var prefix: [UInt8] = []
  private var length = 0
  private var message: [UInt8] = []
  private var received = 0
  /// How many messages are complete.
  private(set) var count = 0

  init(descriptor: MessageDescriptor?) { self.descriptor = descriptor }

  /// The name without its package.
  private var typeName: String {
    descriptor?.fullName.split(separator: ".").last.map(String.init) ?? "message"
  }

  /// Takes a frame's data, which begins at `start` in the frame, and gives what it means and its nodes.
  mutating func take(
    _ data: ArraySlice<UInt8>,
    at start: Int
  ) -> (
    meaning: [String], nodes: [WireNode]
  ) {
    var meaning: [String] = []
    var nodes: [WireNode] = []
    var rest = data
    var place = start
    while !rest.isEmpty {
      if prefix.count < 5 {
        let piece = rest.prefix(5 - prefix.count)
        nodes += prefixNodes(piece, at: place)
        prefix += piece
        rest = rest.dropFirst(piece.count)
        place += piece.count
        guard prefix.count == 5 else { break }
        length = Hex.number(prefix[1...])
      }
      let piece = rest.prefix(length - received)
      rest = rest.dropFirst(piece.count)
      let isWhole = piece.count == length
      if length <= Self.keptSize { message += piece }
      received += piece.count
      let end = place + piece.count
      if received == length {
        let node = completed(isWhole: isWhole, at: place..<end)
        meaning.append(node.text)
        if isWhole { nodes += node.children } else { nodes.append(node) }
        reset()
      } else if !piece.isEmpty {
        let text =
          "\(Quantity.grouped(received)) of \(Quantity.grouped(length)) bytes of a \(typeName)"
        meaning.append(text)
        nodes.append(WireNode(bytes: place..<end, text: text))
      }
      place = end
    }
    return (meaning, nodes)
  }

  private mutating func reset() {
    count += 1
    prefix = []
    message = []
    received = 0
    length = 0
  }

  private func prefixNodes(_ piece: ArraySlice<UInt8>, at place: Int) -> [WireNode] {
    let rule = "gRPC over HTTP/2, Length-Prefixed-Message"
    guard piece.count == 5, let flag = piece.first else {
      let text = "a part of the 5-byte prefix"
      return [WireNode(bytes: place..<(place + piece.count), text: text, rule: rule)]
    }
    let length = Hex.number(piece.dropFirst())
    let isCompressed = flag == 0 ? "not compressed" : "compressed"
    return [
      WireNode(
        bytes: place..<(place + 5),
        text: "5-byte prefix: \(isCompressed), \(Quantity.grouped(length)) bytes follow",
        rule: rule,
        children: [
          WireNode(bytes: place..<(place + 1), text: isCompressed, isLayout: true),
          WireNode(
            bytes: (place + 1)..<(place + 5),
            text: "\(Quantity.grouped(length)) bytes follow",
            isLayout: true
          ),
        ]
      )
    ]
  }

  private func completed(isWhole: Bool, at place: Range<Int>) -> WireNode {
    guard length <= Self.keptSize else {
      return WireNode(
        bytes: place,
        text: "the end of a \(typeName) of \(Quantity.grouped(length)) bytes"
      )
    }
    guard prefix[0] == 0 else {
      return WireNode(bytes: place, text: "a compressed \(typeName) of \(length) bytes")
    }
    guard let descriptor else {
      return WireNode(bytes: place, text: "a message of \(length) bytes, of a type not known here")
    }
    let described = descriptor.describe(message)
    let text = described.text
    let shown = text.count > 300 ? "\(text.prefix(300))…" : text
    var node = WireNode(bytes: place, text: "\(typeName) { \(shown)\(shown.isEmpty ? "" : " ")}")
    if let error = described.error { node.text += " – then broken: \(error)" }
    if isWhole {
      node.children = described.fields.map { fieldNode($0, offset: place.lowerBound) }
      if length == 0 { node.children = [WireNode(bytes: place, text: node.text)] }
    }
    return node
  }

  private func fieldNode(_ field: DescribedField, offset: Int) -> WireNode {
    let head = field.bytes.lowerBound..<field.valueBytes.lowerBound
    var node = WireNode(
      bytes: shifted(field.bytes, offset),
      text: field.children == nil ? shortened(field.text) : field.name,
      note: note(field),
      rule: "protobuf encoding"
    )
    if !head.isEmpty { node.children += headNodes(head, field, offset) }
    if let children = field.children {
      node.children += children.map { fieldNode($0, offset: offset) }
    } else if !field.valueBytes.isEmpty {
      node.children.append(
        WireNode(
          bytes: shifted(field.valueBytes, offset),
          text: valueText(field),
          isLayout: true
        )
      )
    }
    return node
  }

  private func note(_ field: DescribedField) -> String {
    guard let descriptor = field.descriptor else { return "field \(field.number), unknown here" }
    return "field \(field.number), \(descriptor.type)"
  }

  /// The tag, and the length where there is one.
  private func headNodes(_ head: Range<Int>, _ field: DescribedField, _ offset: Int) -> [WireNode] {
    let tagEnd = (message[head].firstIndex { $0 & 0x80 == 0 } ?? head.upperBound - 1) + 1
    let tag = head.lowerBound..<tagEnd
    let type = field.wireType
    var nodes = [
      WireNode(
        bytes: shifted(tag, offset),
        text: "tag: field \(field.number), \(type) (\(field.number) << 3 | \(type.rawValue))",
        isLayout: true
      )
    ]
    if tagEnd < head.upperBound {
      let length = Array(message[tagEnd..<head.upperBound])
      nodes.append(
        WireNode(
          bytes: shifted(tagEnd..<head.upperBound, offset),
          text: "length \(Self.varint(length))",
          isLayout: true
        )
      )
    }
    return nodes
  }

  private func valueText(_ field: DescribedField) -> String {
    let bytes = Array(message[field.valueBytes])
    guard field.wireType == .varint, bytes.count > 1 else { return shortened(field.valueText) }
    return "\(field.valueText): varint \(Self.varint(bytes))"
  }

  /// `5`, or `300 = 44 + 2·128`: seven bits a byte, the lowest first.
  static func varint(_ bytes: [UInt8]) -> String {
    var value: UInt64 = 0
    var terms: [String] = []
    for (index, byte) in bytes.enumerated() where index < 10 {
      let bits = UInt64(byte & 0x7F)
      value |= bits << UInt64(7 * index)
      terms.append(index == 0 ? "\(bits)" : index == 1 ? "\(bits)·128" : "\(bits)·128^\(index)")
    }
    return bytes.count == 1 ? "\(value)" : "\(value) = \(terms.joined(separator: " + "))"
  }

  private func shifted(_ range: Range<Int>, _ offset: Int) -> Range<Int> {
    (range.lowerBound + offset)..<(range.upperBound + offset)
  }

  private func shortened(_ text: String) -> String {
    text.count > 300 ? "\(text.prefix(300))…" : text
  }
}
