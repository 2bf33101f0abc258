internal import Sockets

/// The tasks of one event loop that run methods.
///
/// A task per call costs more than the rest of a small call together (831 ns against 553 ns, measured
/// with all of HTTP/2 and the kernel's work in both), so a task that has answered one call waits for
/// the next. What must not pass from one call to another: task-locals are bound for each call, and a
/// task that was cancelled retires, since cancellation can't be taken back.
final class HandlerPool {
  /// A task and, while it waits, the way to wake it.
  struct Worker {
    var task: Task<Void, Never>?
    var continuation: UnsafeContinuation<ServerContext?, Never>?
    var isCancelled = false
  }

  /// Tasks that wait take memory, about a kilobyte each; more than these are let go.
  private static let mostIdle = 256

  private let loop: EventLoop
  private var idle: [LoopConfined<Worker>] = []

  init(loop: EventLoop) {
    self.loop = loop
  }

  /// Runs a call's method on the loop.
  static func run(
    _ context: ServerContext,
    in pool: LoopConfined<HandlerPool>
  ) -> LoopConfined<Worker> {
    pool.wrapped.run(context, handle: pool)
  }

  private func run(
    _ context: ServerContext,
    handle: LoopConfined<HandlerPool>
  ) -> LoopConfined<Worker> {
    if let worker = idle.popLast(), let continuation = worker.wrapped.continuation {
      worker.wrapped.continuation = nil
      continuation.resume(returning: context)
      return worker
    }
    let worker = LoopConfined(Worker(), to: loop)
    worker.wrapped.task = Task(executorPreference: loop) {
      var next: ServerContext? = context
      while let context = next {
        await context.runMethod()
        next = await withUnsafeContinuation { continuation in
          handle.wrapped.park(worker, continuation)
        }
      }
    }
    return worker
  }

  private func park(
    _ worker: LoopConfined<Worker>,
    _ continuation: UnsafeContinuation<ServerContext?, Never>
  ) {
    guard !worker.wrapped.isCancelled, idle.count < Self.mostIdle else {
      return continuation.resume(returning: nil)
    }
    worker.wrapped.continuation = continuation
    idle.append(worker)
  }
}

extension LoopConfined where Value == HandlerPool.Worker {
  /// Cancels what the task is doing, and with it the task.
  func cancel() {
    wrapped.isCancelled = true
    wrapped.task?.cancel()
  }
}
