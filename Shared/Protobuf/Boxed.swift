/// Holds a message field whose type contains, directly or through others, the message that the field belongs to.
///
/// A Swift value can't contain itself; the box breaks the circle and keeps value semantics, since its content never
/// changes: a new value gets a new box.
@propertyWrapper
public struct Boxed<Value: Message>: Sendable, Hashable {
  private final class Box: Sendable {
    let value: Value

    init(_ value: Value) {
      self.value = value
    }
  }

  private var box: Box?

  /// A field, nil when absent.
  public init(wrappedValue: Value? = nil) {
    box = wrappedValue.map(Box.init)
  }

  /// The field, nil when absent.
  public var wrappedValue: Value? {
    get { box?.value }
    set { box = newValue.map(Box.init) }
  }

  /// Whether the contents are equal.
  public static func == (left: Boxed, right: Boxed) -> Bool {
    left.box === right.box || left.wrappedValue == right.wrappedValue
  }

  /// Hashes the content.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(wrappedValue)
  }
}
