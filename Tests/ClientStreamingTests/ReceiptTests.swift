import TestSupport
import Testing

@testable import ClientStreaming

@Suite("A receipt")
struct ReceiptTests {
  private func receipt(_ chunks: [[UInt8]]) -> Receipt {
    var counter = Counter()
    for chunk in chunks { counter.add(chunk) }
    return counter.receipt
  }

  @Test(
    "The check values of CRC-32",
    arguments: [
      ("", 0), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43),
      ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
    ] as [(String, UInt32)]
  )
  func checksums(_ text: String, _ checksum: UInt32) {
    #expect(receipt([Array(text.utf8)]).crc32 == checksum)
  }

  @Test(
    "A word is a maximal run of bytes other than the six ASCII blanks",
    arguments: [
      ("", 0, 0), (" ", 0, 0), ("a", 0, 1), ("a b", 0, 2), (" a\t\tb\u{B}c\u{C}d\re\nf\n", 2, 6),
      ("a\u{A0}b", 0, 1), ("ä\u{2003}ö", 0, 1), ("a\0b \u{1F}c", 0, 2), ("\n\n\n", 3, 0),
      ("\u{8}\u{E}", 0, 1),
    ] as [(String, UInt64, UInt64)]
  )
  func words(_ text: String, _ lines: UInt64, _ words: UInt64) {
    let receipt = receipt([Array(text.utf8)])
    #expect(receipt.lines == lines)
    #expect(receipt.words == words)
    #expect(receipt.bytes == UInt64(text.utf8.count))
  }

  @Test("Where the chunks' borders lie makes no difference, empty chunks included")
  func borders() {
    var random = SplitMix64(state: 3)
    let bytes = (0..<500).map { _ in
      Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : 0x20
    }
    let whole = receipt([bytes])
    for size in 1...40 {
      var chunks: [[UInt8]] = [[]]
      for start in stride(from: 0, to: bytes.count, by: size) {
        chunks.append(Array(bytes[start..<min(start + size, bytes.count)]))
        chunks.append([])
      }
      #expect(receipt(chunks) == whole, "chunks of \(size)")
    }
  }

  @Test("It is printed as four lines, the checksum with eight digits")
  func text() {
    let receipt = Receipt(bytes: 5, lines: 1, words: 2, crc32: 0xAB)
    #expect(receipt.text == "bytes 5\nlines 1\nwords 2\ncrc32 000000ab")
  }
}

@Suite("The progress bar")
struct ProgressTests {
  @Test("It shows share, amount, rate and time left; without a total amount and rate")
  func lines() {
    #expect(
      Progress.line(sent: 25_000_000, total: 100_000_000, in: .seconds(2))
        == "[#######                       ]  25 %, 25.0 MB, 12.5 MB/s, 6 s left"
    )
    #expect(
      Progress.line(sent: 100, total: 100, in: .zero)
        == "[##############################] 100 %, 0.0 MB, 0.1 MB/s, 0 s left"
    )
    #expect(Progress.line(sent: 3_000_000, total: 0, in: .seconds(1)) == "3.0 MB, 3.0 MB/s")
  }

  @Test("A file that grows meanwhile is never more than whole, with no time left")
  func grows() {
    #expect(Progress.line(sent: 200, total: 100, in: .seconds(1)).contains("100 %"))
    #expect(Progress.line(sent: 200, total: 100, in: .seconds(1)).hasSuffix(" 0 s left"))
  }
}
