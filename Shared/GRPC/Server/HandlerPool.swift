internal import Sockets

/// The tasks of one event loop that run methods.
///
/// A task per call costs more than the rest of a small call together, so a task goes from call to call: when a method
/// has returned without ever waiting, its task takes the next call in the line at once, and only when the line is empty
/// does it wait to be called again. A method that does wait keeps its task for as long; so whoever takes a call from the
/// line while others stand behind it calls another task, which comes when the first one waits or is done.
///
/// What must not pass from one call to another: task-locals are bound for each call, and a task that was cancelled
/// retires, since cancellation can't be taken back.
final class HandlerPool {
  /// What a task is to do: a call's method, with the one request of a method that takes one.
  struct Work: Sendable {
    let context: ServerContext
    let request: [UInt8]
  }

  /// A task and, while it waits, the way to wake it.
  final class Worker {
    fileprivate var task: Task<Void, Never>?
    fileprivate var continuation: UnsafeContinuation<Void, Never>?
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
  private let progress: LoopProgress
  // Unchecked, as the others: see Docs/decisions/0005-exclusivity.md.
  @exclusivity(unchecked) private var idle: [Worker] = []
  /// The line: those who came first, the very first one last, and those who came later.
  @exclusivity(unchecked) private var front: [Work] = []
  @exclusivity(unchecked) private var back: [Work] = []
  /// A task has been called and has not come yet.
  private var isExpectingWorker = false

  init(loop: EventLoop) {
    self.loop = loop
    progress = loop.progress
  }

  /// Runs a call's method on the loop, after those that stand in line.
  func run(_ work: consuming Work) {
    back.append(work)
    callWorker()
  }

  private func callWorker() {
    guard !isExpectingWorker else { return }
    isExpectingWorker = true
    if let worker = idle.popLast(), let continuation = worker.continuation {
      worker.continuation = nil
      continuation.resume()
    } else {
      makeWorker()
    }
  }

  private func makeWorker() {
    let worker = Worker()
    let confined = LoopConfined((pool: self, worker: worker), to: loop)
    // Detached: it must not inherit anything from the call that happens to be at hand.
    worker.task = Task.detached(executorPreference: loop) {
      repeat {
        confined.wrapped.pool.isExpectingWorker = false
        while let work = confined.wrapped.pool.next(for: confined.wrapped.worker) {
          await work.context.runMethod(work.request)
        }
        guard confined.wrapped.pool.canKeep(confined.wrapped.worker) else { return }
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
          let (pool, worker) = confined.wrapped
          worker.continuation = continuation
          pool.idle.append(worker)
        }
      } while true
    }
  }

  /// The next call in line, for a task that has nothing to do; nil when the line is empty, or the task is cancelled.
  private func next(for worker: Worker) -> Work? {
    if front.isEmpty {
      guard !back.isEmpty else { return nil }
      swap(&front, &back)
      front.reverse()
    }
    guard !worker.isCancelled, let work = front.popLast() else {
      callWorker()
      return nil
    }
    if !(front.isEmpty && back.isEmpty) { callWorker() }
    progress.enter(work.context.head.method.label)
    work.context.stream.wrapped.methodBegins(worker)
    return work
  }

  private func canKeep(_ worker: Worker) -> Bool {
    !worker.isCancelled && idle.count < Self.mostIdle
  }
}
