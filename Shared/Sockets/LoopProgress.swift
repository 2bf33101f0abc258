public import Synchronization

/// What an event loop is busy with, readable from any thread: for a watchdog, which must not ask the loop itself.
///
/// Only the loop's thread writes.
public final class LoopProgress: Sendable {
  /// What was to be seen at a moment.
  public struct Snapshot: Sendable {
    /// Counts the pieces of code that the loop has entered and left; odd inside of one.
    public let step: UInt
    /// Names whose code it is; 0 when that is not known.
    public let label: UInt

    /// A moment.
    public init(step: UInt, label: UInt) {
      self.step = step
      self.label = label
    }

    /// Whether the loop runs somebody's code.
    public var isBusy: Bool { step & 1 == 1 }
  }

  @usableFromInline let step = Atomic<UInt>(0)
  @usableFromInline let label = Atomic<UInt>(0)

  /// Tells of the loop's thread, once it runs.
  private let threadFile = Mutex<String?>(nil)

  init() {}

  /// On the loop's thread, when it begins.
  func threadBegins() {
    let file = ThreadActivity.fileOfThisThread()
    threadFile.withLock { $0 = file }
  }

  /// What the loop's thread does now, whosever code it runs; nil where the system does not tell.
  public var activity: ThreadActivity? {
    threadFile.withLock { $0 }.flatMap(ThreadActivity.read)
  }

  /// What the loop does now.
  public var current: Snapshot {
    Snapshot(step: step.load(ordering: .acquiring), label: label.load(ordering: .relaxed))
  }

  /// Somebody's code begins.
  @inlinable
  public func enter(_ label: UInt = 0) {
    self.label.store(label, ordering: .relaxed)
    step.store((step.load(ordering: .relaxed) &+ 1) | 1, ordering: .releasing)
  }

  /// It turns out whose code is running.
  @inlinable
  public func name(_ label: UInt) { self.label.store(label, ordering: .relaxed) }

  /// It has returned.
  @inlinable
  public func leave() {
    step.store((step.load(ordering: .relaxed) | 1) &+ 1, ordering: .releasing)
  }
}
