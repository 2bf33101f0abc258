/// The namespace of Google's packages: the well-known types are `Google.Protobuf.Timestamp` and so on.
///
/// Bare names would shadow Swift's own `Duration` and `Any`. The types are generated from the sources that the compiler
/// bundles; a test holds them against each other. Should it fail, write them anew:
///
///     cd Shared/Protobuf/WellKnownTypes/Generated
///     swift run proto-swift --runtime --visibility=public --swift_out=. google/protobuf/{any,api,duration,empty,\
///       field_mask,source_context,struct,timestamp,type,wrappers}.proto
public enum Google {
  /// The package `google.protobuf`.
  public enum Protobuf {}
}
