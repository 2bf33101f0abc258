/// A generated enum.
///
/// Enums are open: a number that this version of the schema does not know becomes `.unrecognized(number)` and is
/// written back as it came.
public protocol ProtobufEnum: RawRepresentable<Int32>, Sendable, Hashable, CaseIterable {
  /// The default: the first value, in proto3 the one with the number 0.
  init()

  /// The value of any number.
  init(rawValue: Int32)
}
