import Protobuf
import TestMessages

/// The message decoder: what it accepts, it writes, and reads back as the same bytes.
enum Target: FuzzTarget {
  static func seeds() -> [[UInt8]] {
    var maker = OddMessageMaker(seed: 17)
    return (0..<200).map { _ in maker.make(Everything.messageDescriptor) }
  }

  static func run(_ input: UnsafeRawBufferPointer) {
    let described = Everything.messageDescriptor.describe(input)
    _ = described.lines
    guard let message = try? Everything(decoding: input) else { return }
    let written = message.serialized()
    guard let again = try? Everything(serialized: written) else {
      fatalError("what we wrote, we do not read")
    }
    precondition(again.serialized() == written, "written twice, the bytes differ")
    _ = message.debugDescription
    _ = message.hashValue
    if let timestamp = message.timestamp, let text = timestamp.text {
      precondition(Google.Protobuf.Timestamp(text: text)?.text == text, "a timestamp differs")
    }
    if let duration = message.duration, let text = duration.text {
      precondition(Google.Protobuf.Duration(text: text)?.text == text, "a duration differs")
    }
    if let timestamp = Google.Protobuf.Timestamp(text: message.oneString) { _ = timestamp.text }
    if let duration = Google.Protobuf.Duration(text: message.oneString) { _ = duration.duration }
    _ = message.mask?.valid(for: Everything.self)
    _ = try? message.any?.unpacked(as: Everything.self)
  }
}
