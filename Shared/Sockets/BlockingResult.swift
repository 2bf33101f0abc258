internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Lets a thread wait for a task.
public enum BlockingResult {
  /// Runs an operation as a task, and returns what it returns when it is done.
  ///
  /// Never call it on an event loop's thread: the operation may need that very loop.
  public static func wait<Success: Sendable>(
    for operation: @escaping @Sendable () async throws -> Success
  ) throws -> Success {
    let gate = Gate<Success>()
    Task { gate.open(await Result(operation)) }
    return try gate.pass().get()
  }
}

/// One result and one thread that waits for it.
///
/// A pipe is what every system can wait for.
private final class Gate<Success: Sendable>: Sendable {
  private let result = Mutex<Result<Success, any Error>?>(nil)
  private let ends: (read: Int32, write: Int32)

  init() {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "no descriptor is left to wait with")
    self.ends = (ends[0], ends[1])
  }

  deinit {
    SystemCall.closeDescriptor(ends.read)
    SystemCall.closeDescriptor(ends.write)
  }

  func open(_ value: Result<Success, any Error>) {
    result.withLock { $0 = value }
    var byte: UInt8 = 1
    _ = write(ends.write, &byte, 1)
  }

  func pass() -> Result<Success, any Error> {
    var byte: UInt8 = 0
    while true {
      _ = SystemCall.uninterrupted { read(ends.read, &byte, 1) }
      if let result = result.withLock({ $0 }) { return result }
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
