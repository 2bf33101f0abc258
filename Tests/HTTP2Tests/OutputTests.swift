import TestSupport
import Testing

@testable import HTTP2

@Suite("Bytes on their way out")
struct OutputTests {
  /// What the socket would be given, taken in bites of random size.
  private func drain(_ output: inout OutputBuffer, _ random: inout SplitMix64) -> [UInt8] {
    var bytes: [UInt8] = []
    while output.count > 0 {
      let whole = output.withUnsafeBytes { Array($0) }
      #expect(whole.count == output.count)
      let pieces = output.withPieces { $0.flatMap { Array($0) } }
      #expect(whole.starts(with: pieces))
      let bite = Int.random(in: 1...pieces.count, using: &random)
      bytes += pieces[..<bite]
      output.consume(bite)
    }
    return bytes
  }

  @Test("Small pieces and large payloads leave in order, whatever the socket takes at a time")
  func order() {
    var random = SplitMix64(state: 10)
    for _ in 0..<20 {
      var output = OutputBuffer()
      var expected: [UInt8] = []
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        let size = [9, 100, 8_192, 20_000].randomElement(using: &random) ?? 9
        let piece = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        let range = 0..<Int.random(in: 1...size, using: &random)
        output.append(piece, range)
        expected += piece[range]
        if Bool.random(using: &random), output.count > 0 {
          let bite = output.withPieces { Array($0[0].prefix(5_000)) }
          bytes += bite
          output.consume(bite.count)
        }
      }
      bytes += drain(&output, &random)
      #expect(bytes == expected)
    }
  }

  @Test("A large array that is given away reaches the socket where it is")
  func notCopied() {
    let array = [UInt8](repeating: 7, count: 20_000)
    var output = OutputBuffer()
    output.append(array, 100..<20_000)
    let isSame = array.withUnsafeBytes { array in
      output.withPieces { $0.last?.baseAddress == array.baseAddress.map { $0 + 100 } }
    }
    #expect(isSame)
  }

  @Test("Copies and arrays that were given away arrive in the order in which they were sent")
  func mixedSends() {
    var pair = ConnectionPair()
    let id = pair.open()
    pair.client.connection.sendHeaders(request, on: id, endStream: false)
    var expected: [UInt8] = []
    for number in 0..<40 {
      let size = number % 3 == 0 ? 30_000 : number % 3 == 1 ? 12_000 : 10
      let piece = [UInt8](repeating: UInt8(number), count: size)
      expected += piece
      if number % 2 == 0 {
        pair.client.connection.sendData(piece, on: id)
      } else {
        piece.withUnsafeBytes { pair.client.connection.sendData($0, on: id, endStream: false) }
      }
    }
    pair.client.connection.sendData([], on: id, endStream: true)
    var consumed = -1
    while pair.server.received.count > consumed {
      consumed = max(0, consumed)
      pair.server.connection.consumed(pair.server.received.count - consumed, on: id)
      consumed = pair.server.received.count
      pair.exchange()
    }
    #expect(pair.server.received == expected)
    #expect(pair.server.events.last?.hasSuffix("end") == true)
  }
}
