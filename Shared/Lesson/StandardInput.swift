internal import Sockets
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Bytes from standard input, or from a file that the learner named.
public enum StandardInput {
  /// Everything up to the end of standard input.
  public static func readToEnd() -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = read(STDIN_FILENO, upTo: 65_536) { bytes += piece }
    return bytes
  }

  /// The lines as they come, without their line breaks; what is not UTF-8 becomes U+FFFD.
  ///
  /// Each is read when it is asked for, so that nothing piles up.
  public static func lines() -> AsyncStream<String> {
    let splitter = Mutex(LineSplitter())
    return AsyncStream {
      while true {
        if let line = splitter.withLock({ $0.next() }) { return line }
        guard let bytes = await nextBytes() else { return splitter.withLock { $0.rest() } }
        splitter.withLock { $0.append(bytes) }
      }
    }
  }

  /// The next bytes, read by a thread that may wait for them; nil at the end, and when the task is cancelled.
  public static func nextBytes() async -> [UInt8]? {
    let (answer, continuation) = AsyncStream<[UInt8]>.makeStream()
    DetachedThread.run {
      if let bytes = read(STDIN_FILENO, upTo: 65_536) { continuation.yield(bytes) }
      continuation.finish()
    }
    for await bytes in answer { return bytes }
    return nil
  }

  /// The next bytes of a descriptor; nil at its end.
  ///
  /// Waits until there are some.
  public static func read(_ descriptor: Int32, upTo limit: Int) -> [UInt8]? {
    while true {
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        #if canImport(Darwin)
        let result = Darwin.read(descriptor, buffer.baseAddress, limit)
        #elseif canImport(Musl)
        let result = Musl.read(descriptor, buffer.baseAddress, limit)
        #else
        let result = Glibc.read(descriptor, buffer.baseAddress, limit)
        #endif
        failure = result < 0 ? errno : 0
        count = max(0, result)
      }
      if failure == EINTR { continue }
      return bytes.isEmpty ? nil : bytes
    }
  }
}

/// Cuts lines out of bytes that come in pieces.
struct LineSplitter {
  private var bytes: ArraySlice<UInt8> = []
  /// Bytes in front of this one hold no line break.
  private var searched = 0

  /// Adds what has come.
  mutating func append(_ more: [UInt8]) {
    searched = bytes.count
    bytes = bytes + more
  }

  /// The next whole line.
  mutating func next() -> String? {
    guard let end = bytes.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
      searched = bytes.count
      return nil
    }
    defer {
      bytes = bytes[(end + 1)...]
      searched = 0
    }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }

  /// What stands behind the last line break; nil for nothing.
  mutating func rest() -> String? {
    defer { bytes = [] }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
