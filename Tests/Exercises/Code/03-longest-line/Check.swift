import Protobuf

@main
enum Check {
  static func main() {
    let texts = [
      "", "\n", "one\nthree\ntwo\n", "no line feed at the end", "a\r\nbc\r\n\n",
      "short\n" + String(repeating: "ü", count: 500) + "\nshort",
    ]
    for text in texts {
      for size in [1, 3, 1_000_000] {
        print("\(shown(text)), \(size) at a time: \(count(text, by: size).longestLine)")
      }
    }
    print("on the wire: \(hex(Receipt(bytes: 3, longestLine: 300).serialized()))")
    let receipt = count("one three\n", by: 2)
    print("as before: \(receipt.bytes) bytes, \(receipt.lines) lines, \(receipt.words) words")
  }

  private static func count(_ text: String, by size: Int) -> Receipt {
    let bytes = Array(text.utf8)
    var counter = Counter()
    for start in stride(from: 0, to: bytes.count, by: size) {
      counter.add(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    return counter.receipt
  }

  private static func shown(_ text: String) -> String {
    text.utf8.count > 40 ? "\(text.utf8.count) bytes" : text.debugDescription
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
