import Testing

@testable import GRPC

@Suite struct WireMessageAssemblerTests {
  /// What a stream of frames gives: messages, with "*" behind a compressed one, and a fault.
  private func read(_ frames: [[UInt8]], limit: Int = 100) -> [String] {
    var assembler = MessageAssembler(limit: limit)
    var result: [String] = []
    for frame in frames {
      frame.withUnsafeBytes { frame in
        var offset = 0
        reading: while true {
          switch assembler.next(in: frame, from: &offset) {
          case .message(let range, let isCompressed):
            result.append(text(frame[range]) + (isCompressed ? "*" : ""))
          case .assembled(let bytes, let isCompressed):
            result.append(text(bytes) + (isCompressed ? "*" : ""))
          case .incomplete: break reading
          case .failed(let fault):
            result.append("\(fault)")
            break reading
          }
        }
      }
    }
    if !assembler.isBetweenMessages { result.append("unfinished") }
    return result
  }

  private func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
  }

  private func message(_ text: String, flag: UInt8 = 0) -> [UInt8] {
    [flag, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
  }

  @Test("Frames and messages have nothing to do with each other, whole or byte by byte")
  func boundaries() {
    let stream = message("one") + message("") + message("two", flag: 1) + message("three")
    let expected = ["one", "", "two*", "three"]
    #expect(read([stream]) == expected)
    #expect(read(stream.map { [$0] }) == expected)
    for cut in 0...stream.count {
      #expect(read([Array(stream[..<cut]), Array(stream[cut...])]) == expected)
    }
  }

  @Test("A message that lies whole in one frame is not copied")
  func noCopy() {
    var assembler = MessageAssembler(limit: 100)
    message("abc").withUnsafeBytes { frame in
      var offset = 0
      guard case .message(5..<8, false) = assembler.next(in: frame, from: &offset) else {
        Issue.record("expected a range of the frame")
        return
      }
    }
    #expect(assembler.bufferedBytes == 0)
  }

  @Test("The size is checked at the prefix, before a byte of the message is kept")
  func limit() {
    let message = [UInt8]([0, 0, 0, 0, 101])
    #expect(read([message]) == ["tooLarge(length: 101, limit: 100)", "unfinished"])
    #expect(read([[0, 0xFF, 0xFF, 0xFF, 0xFF]]).first?.hasPrefix("tooLarge") == true)
    let status = MessageAssembler.Fault.tooLarge(length: 5_242_880, limit: 4_194_304)
      .status(on: "server")
    #expect(
      status.message
        == "message of 5,242,880 bytes exceeds this server's maxReceiveMessageSize of 4,194,304"
    )
    #expect(status.code == .resourceExhausted)
  }

  @Test("A flag other than 0 and 1 is INTERNAL")
  func flag() {
    #expect(read([[2, 0, 0, 0, 0]]).first == "unknownFlag(2)")
    #expect(MessageAssembler.Fault.unknownFlag(2).status(on: "server").code == .internal)
  }

  @Test("A message cut off by the end of the stream is noticed")
  func truncated() {
    #expect(read([[0]]) == ["unfinished"])
    #expect(read([[0, 0, 0, 0, 2, 1]]) == ["unfinished"])
  }
}
