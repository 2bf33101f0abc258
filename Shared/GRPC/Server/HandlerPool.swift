internal import Sockets

/// The tasks of one event loop that run methods.
///
/// A task per call costs more than the rest of a small call together (831 ns against 553 ns, measured
/// with all of HTTP/2 and the kernel's work in both), so a task that has answered one call waits for
/// the next. What must not pass from one call to another: task-locals are bound for each call, and a
/// task that was cancelled retires, since cancellation can't be taken back.
final class HandlerPool {
  /// What a task is to do: a call's method, with the one request of a method that takes one.
  struct Work: Sendable {
    let context: ServerContext
    let request: [UInt8]
  }

  /// A task and, while it waits, the way to wake it.
  final class Worker {
    fileprivate var task: Task<Void, Never>?
    fileprivate var continuation: UnsafeContinuation<Work?, Never>?
    fileprivate var isCancelled = false

    /// Cancels what the task is doing, and with it the task.
    func cancel() {
      isCancelled = true
      task?.cancel()
    }
  }

  /// Tasks that wait take memory, about a kilobyte each; more than these are let go.
  private static let mostIdle = 256

  private let loop: EventLoop
  // Unchecked: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) private var idle: [Worker] = []

  init(loop: EventLoop) {
    self.loop = loop
  }

  /// Runs a call's method on the loop.
  func run(_ work: Work) -> Worker {
    if let worker = idle.popLast(), let continuation = worker.continuation {
      worker.continuation = nil
      continuation.resume(returning: work)
      return worker
    }
    let worker = Worker()
    let (confinedPool, confinedWorker) = (
      LoopConfined(self, to: loop), LoopConfined(worker, to: loop)
    )
    worker.task = Task(executorPreference: loop) {
      var next: Work? = work
      while let work = next {
        await work.context.runMethod(work.request)
        next = await withUnsafeContinuation { continuation in
          confinedPool.wrapped.park(confinedWorker.wrapped, continuation)
        }
      }
    }
    return worker
  }

  private func park(_ worker: Worker, _ continuation: UnsafeContinuation<Work?, Never>) {
    guard !worker.isCancelled, idle.count < Self.mostIdle else {
      return continuation.resume(returning: nil)
    }
    worker.continuation = continuation
    idle.append(worker)
  }
}
