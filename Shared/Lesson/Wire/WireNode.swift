/// A piece of a frame: where it lies, what it says, and the rule it follows.
struct WireNode {
  /// Where it lies, counted from the first byte of the frame.
  var bytes: Range<Int>
  /// What it says, such as `:method: POST`.
  var text: String
  /// How it is coded, such as `entry 3 of the static table`.
  var note = ""
  /// The rule, such as `RFC 7541 §6.1`.
  var rule = ""
  /// Its parts; those without parts of their own are shown with their bytes.
  var children: [WireNode] = []
  /// Whether the view of fields leaves it out: it says only how another one is laid out.
  var isLayout = false

  /// The node and all below it that the view of bytes shows, with how deep they lie.
  func flattened(depth: Int = 0) -> [(node: WireNode, depth: Int)] {
    [(self, depth)] + children.flatMap { $0.flattened(depth: depth + 1) }
  }
}

/// A frame, taken apart, with its meaning in the call.
struct FrameView {
  var isFromClient: Bool
  var stream: UInt32
  /// `HEADERS`, or `preface`.
  var name: String
  var flags: [String] = []
  var rule: String
  /// What it means in this call, one thought each.
  var meaning: [String] = []
  /// The windows, where they matter.
  var windows: [String] = []
  var nodes: [WireNode] = []
  /// The frame's bytes, header included.
  var bytes: [UInt8]
}

/// Bytes as this view writes them.
enum Hex {
  /// `0a 03 41`.
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map(pair).joined(separator: " ")
  }

  /// Two digits.
  static func pair(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// The number that bytes are, the highest first.
  static func number(_ bytes: some Collection<UInt8>) -> Int {
    bytes.prefix(7).reduce(0) { $0 << 8 | Int($1) }
  }
}
