/// The `.proto` files that every compiler brings along, so that importing them needs no search path.
///
/// Their declarations equal Google's; the words are ours. A file of the same name on the search path comes first.
public enum BundledProtos {
  /// The names that can be imported.
  public static let names: [String] = sources.keys.sorted()

  /// The text of a bundled file.
  public static func source(of name: String) -> String? {
    sources[name]
  }

  /// The files with generated types in the runtime: all but descriptor.proto.
  static let runtimeNames = Set(names).subtracting(["google/protobuf/descriptor.proto"])

  private static let sources: [String: String] = [
    "google/protobuf/any.proto": anyProto,
    "google/protobuf/api.proto": apiProto,
    "google/protobuf/duration.proto": durationProto,
    "google/protobuf/empty.proto": emptyProto,
    "google/protobuf/field_mask.proto": fieldMaskProto,
    "google/protobuf/source_context.proto": sourceContextProto,
    "google/protobuf/struct.proto": structProto,
    "google/protobuf/timestamp.proto": timestampProto,
    "google/protobuf/type.proto": typeProto,
    "google/protobuf/wrappers.proto": wrappersProto,
    "google/protobuf/descriptor.proto": descriptorProto,
    "google/rpc/status.proto": statusProto,
    "google/rpc/error_details.proto": errorDetailsProto,
  ]
}
