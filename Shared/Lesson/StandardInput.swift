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
