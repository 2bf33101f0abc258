/// An object that only one event loop's thread touches.
///
/// This is the one place in the stack where the compiler is told, rather than shown, that something
/// may be shared between threads. The proof: the value is reached only through `wrapped`, which
/// debug builds let pass on the loop's own thread alone; a loop has one thread for life; so no two
/// threads ever touch the value, and no lock is needed.
///
/// A struct of two references: to confine a call's object costs no memory of its own.
@frozen
public struct LoopConfined<Value>: @unchecked Sendable {
  /// The loop whose thread may touch the value.
  public let loop: EventLoop
  @usableFromInline let value: Value

  /// Confines a value to a loop.
  ///
  /// May be called from any thread: nobody else knows the value yet.
  @inlinable
  public init(_ value: Value, to loop: EventLoop) {
    self.loop = loop
    self.value = value
  }

  /// The value; only on the loop's thread.
  @inlinable public var wrapped: Value {
    assert(loop.isCurrent, "used from outside its event loop")
    return value
  }
}
