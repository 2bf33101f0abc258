/// The namespace of Google's packages: the well-known types are `Google.Protobuf.Timestamp` and so on.
///
/// Bare names would shadow Swift's own `Duration` and `Any`.
public enum Google {
  /// The package `google.protobuf`.
  public enum Protobuf {}

  /// The package `google.rpc`, whose messages the module GRPC declares.
  public enum Rpc {}
}
