internal import Dispatch
internal import Synchronization

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
/// A semaphore: it needs no descriptor, of which a process may have none left.
private final class Gate<Success: Sendable>: Sendable {
  private let result = Mutex<Result<Success, any Error>?>(nil)
  private let isOpen = DispatchSemaphore(value: 0)

  func open(_ value: Result<Success, any Error>) {
    result.withLock { $0 = value }
    isOpen.signal()
  }

  func pass() -> Result<Success, any Error> {
    while true {
      isOpen.wait()
      if let result = result.withLock({ $0 }) { return result }
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
