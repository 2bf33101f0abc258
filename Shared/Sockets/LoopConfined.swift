/// A value that only one event loop's thread touches.
///
/// This is the one place in the stack where the compiler is told, rather than shown, that something
/// may be shared between threads. The proof: `value` is reached only through `withValue` and
/// `modify`, which debug builds let pass on the loop's own thread alone; a loop has one thread for
/// life; so no two threads ever touch the value, and no lock is needed.
public final class LoopConfined<Value>: @unchecked Sendable {
  /// The loop whose thread may touch the value.
  public let loop: EventLoop
  @usableFromInline var value: Value

  /// Confines a value to a loop.
  ///
  /// May be called from any thread: nobody else knows the value yet.
  public init(_ value: Value, to loop: EventLoop) {
    self.loop = loop
    self.value = value
  }

  /// The value; only on the loop's thread.
  @inlinable public var wrapped: Value {
    get {
      assert(loop.isCurrent, "read from outside its event loop")
      return value
    }
    set {
      assert(loop.isCurrent, "changed from outside its event loop")
      value = newValue
    }
  }
}
