/// The fields of a message that its schema does not know, as they came: tag and value, one after the other.
///
/// They are kept so that an old program that passes a new message on does not cut it.
@frozen public struct UnknownFields: Sendable, Hashable {
  /// The fields' bytes, tags included.
  public var bytes: [UInt8] = []

  /// No unknown fields.
  @inlinable public init() {}

  /// Whether there is none.
  @inlinable public var isEmpty: Bool { bytes.isEmpty }
}
