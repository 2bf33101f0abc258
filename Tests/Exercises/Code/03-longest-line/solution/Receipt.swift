import Lesson

/// Counts bytes, lines and words, and their checksum, as they come: what lies across the border of two
/// chunks counts as if there were no border.
struct Counter {
  private var bytes: UInt64 = 0
  private var lines: UInt64 = 0
  private var words: UInt64 = 0
  private var checksum = CRC32()
  private var endsInBlank = true
  /// Bytes since the last line feed, in whichever chunk that was.
  private var currentLine = 0
  private var longestLine = 0

  /// What was counted.
  var receipt: Receipt {
    Receipt(
      bytes: bytes,
      lines: lines,
      words: words,
      crc32: checksum.value,
      longestLine: UInt64(longestLine)
    )
  }

  /// Counts the next bytes.
  mutating func add(_ chunk: [UInt8]) {
    bytes += UInt64(chunk.count)
    checksum.add(chunk)
    for byte in chunk {
      currentLine = byte == 0x0A ? 0 : currentLine + 1
      longestLine = max(longestLine, currentLine)
    }
    chunk.withUnsafeBufferPointer { chunk in
      var lines = 0
      var words = 0
      var afterBlank = endsInBlank
      for byte in chunk {
        let isBlank = byte == 0x20 || byte &- 0x09 < 5  // space; tab, LF, VT, FF, CR
        // A word begins where a blank, or nothing, comes before something else.
        if afterBlank && !isBlank { words &+= 1 }
        if byte == 0x0A { lines &+= 1 }
        afterBlank = isBlank
      }
      endsInBlank = afterBlank
      self.lines += UInt64(lines)
      self.words += UInt64(words)
    }
  }
}

extension Receipt {
  /// Four lines, as every peer prints them.
  var text: String {
    let checksum = String(crc32, radix: 16)
    let zeros = String(repeating: "0", count: 8 - checksum.count)
    return "bytes \(bytes)\nlines \(lines)\nwords \(words)\ncrc32 \(zeros)\(checksum)"
  }
}
