@main
enum Check {
  static func main() {
    for value: UInt64 in [0, 1, 127, 128, 300, 16_383, 16_384, 1 << 32, 1 << 63, .max] {
      print("varint(\(value)) is \(hex(varint(value)))")
    }
    let nines = [UInt8](repeating: 0xFF, count: 9)
    for bytes in [
      [0x00], [0x7F], [0x80, 0x01], [0xAC, 0x02], [0xAC, 0x02, 0x05], [0x80, 0x80, 0x01],
      nines + [0x01], nines + [0x02], nines + [0x81, 0x00], [0x80], [],
    ] {
      print("number(\(hex(bytes))) is \(number(bytes).map { "\($0)" } ?? "nil")")
    }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
