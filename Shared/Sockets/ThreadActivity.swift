#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What a thread does at a moment, as the system sees it: it sleeps, or it has a processor, or it waits for one.
///
/// proc(5), `/proc/PID/task/TID/stat`. Only Linux tells; elsewhere nothing is known.
public struct ThreadActivity: Sendable {
  /// Whether it waits for something other than a processor: for the time, a lock, a disk.
  public let isAsleep: Bool
  /// The processor's time that it has had, in nanoseconds; it grows in steps of a clock tick, 10 ms as a rule.
  public let processorTime: UInt64

  /// An activity.
  public init(isAsleep: Bool, processorTime: UInt64) {
    self.isAsleep = isAsleep
    self.processorTime = processorTime
  }

  /// Reads the one line of such a file: `TID (NAME) STATE …`, where the name may hold anything; nil if it is none.
  init?(_ line: String) {
    let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
    guard fields.count > 13, let user = UInt64(fields[12]), let system = UInt64(fields[13]) else {
      return nil
    }
    isAsleep = fields[1] == "S" || fields[1] == "D"
    processorTime = (user + system) &* Self.tick
  }

  private static let tick = 1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))

  /// The file that tells of the calling thread; nil where there is none.
  static func fileOfThisThread() -> String? {
    text { readlink("/proc/thread-self", $0, $1) }.map { "/proc/\($0)/stat" }
  }

  /// Reads such a file; nil when it cannot be read, since the thread has ended, say.
  static func read(_ file: String) -> ThreadActivity? {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { SystemCall.closeDescriptor(descriptor) }
    return text { pread(descriptor, $0, $1, 0) }.flatMap(ThreadActivity.init)
  }

  /// The text that a system call leaves in a buffer; nil when it leaves none.
  private static func text(_ call: (UnsafeMutablePointer<CChar>, Int) -> Int) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1_024) { buffer in
      guard let start = buffer.baseAddress else { return nil }
      let count = call(start, buffer.count)
      guard count > 0 else { return nil }
      return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
  }
}
