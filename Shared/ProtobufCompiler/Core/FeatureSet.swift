/// The resolved features of a declaration.
///
/// They are what an edition, or proto2 and proto3 by their nature, and the `features` options around
/// it add up to. Raw values are those of descriptor.proto.
public struct FeatureSet: Sendable, Equatable {
  /// Whether absence can be told from the default value.
  public enum FieldPresence: Int32, Sendable {
    /// The values of `FeatureSet.FieldPresence`.
    case explicit = 1
    case implicit, legacyRequired
  }
  /// Whether unknown values of an enum are kept in the field.
  public enum EnumType: Int32, Sendable {
    /// The values of `FeatureSet.EnumType`.
    case open = 1
    case closed
  }
  /// How repeated numbers are written.
  public enum RepeatedFieldEncoding: Int32, Sendable {
    /// The values of `FeatureSet.RepeatedFieldEncoding`.
    case packed = 1
    case expanded
  }
  /// Whether strings must be UTF-8.
  public enum UTF8Validation: Int32, Sendable {
    /// The values of `FeatureSet.Utf8Validation`.
    case verify = 2
    case none = 3
  }
  /// How embedded messages are written.
  public enum MessageEncoding: Int32, Sendable {
    /// The values of `FeatureSet.MessageEncoding`.
    case lengthPrefixed = 1
    case delimited
  }
  /// Whether JSON mapping rules are enforced.
  public enum JSONFormat: Int32, Sendable {
    /// The values of `FeatureSet.JsonFormat`.
    case allow = 1
    case legacyBestEffort
  }

  /// Field presence.
  public var fieldPresence: FieldPresence
  /// Open or closed enums.
  public var enumType: EnumType
  /// Packed or expanded repeated fields.
  public var repeatedFieldEncoding: RepeatedFieldEncoding
  /// UTF-8 checks.
  public var utf8Validation: UTF8Validation
  /// Length-prefixed or delimited (group) messages.
  public var messageEncoding = MessageEncoding.lengthPrefixed
  /// JSON rules.
  public var jsonFormat: JSONFormat

  /// What proto2 means.
  public static let proto2 = FeatureSet(
    fieldPresence: .explicit,
    enumType: .closed,
    repeatedFieldEncoding: .expanded,
    utf8Validation: .none,
    jsonFormat: .legacyBestEffort
  )
  /// What proto3 means.
  public static let proto3 = FeatureSet(
    fieldPresence: .implicit,
    enumType: .open,
    repeatedFieldEncoding: .packed,
    utf8Validation: .verify,
    jsonFormat: .allow
  )
  /// The defaults of editions 2023 and 2024.
  public static let edition2023 = FeatureSet(
    fieldPresence: .explicit,
    enumType: .open,
    repeatedFieldEncoding: .packed,
    utf8Validation: .verify,
    jsonFormat: .allow
  )

  /// These features, changed by those an options message sets (`serialized` is a `FeatureSet`).
  public func merging(_ serialized: OptionBytes?) -> FeatureSet {
    guard let serialized else { return self }
    var merged = self
    merged.fieldPresence = serialized.value(1, as: FieldPresence.self) ?? fieldPresence
    merged.enumType = serialized.value(2, as: EnumType.self) ?? enumType
    merged.repeatedFieldEncoding =
      serialized.value(3, as: RepeatedFieldEncoding.self) ?? repeatedFieldEncoding
    merged.utf8Validation = serialized.value(4, as: UTF8Validation.self) ?? utf8Validation
    merged.messageEncoding = serialized.value(5, as: MessageEncoding.self) ?? messageEncoding
    merged.jsonFormat = serialized.value(6, as: JSONFormat.self) ?? jsonFormat
    return merged
  }
}
