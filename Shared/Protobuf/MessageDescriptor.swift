/// Names, numbers and types of a message's fields.
public final class MessageDescriptor: Sendable {
  /// The full name, such as `helloworld.HelloRequest`.
  public let fullName: String

  init(fullName: String) {
    self.fullName = fullName
  }
}
