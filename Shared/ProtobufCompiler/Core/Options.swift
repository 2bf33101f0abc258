/// An interpreted options message in wire format: descriptor.proto's own fields in the order of
/// their numbers, then custom options in the order in which the file sets them.
public struct OptionBytes: Sendable, Equatable {
  /// The wire format.
  public var bytes: [UInt8]

  /// Wraps an options message.
  public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// The last varint of a field.
  public func varint(_ number: UInt64) -> UInt64? {
    var result: UInt64?
    forEachField { if $0 == number, case .varint(let value) = $1 { result = value } }
    return result
  }

  /// The last value of a boolean field.
  public func bool(_ number: UInt64) -> Bool? { varint(number).map { $0 != 0 } }

  /// The last value of an enum field, nil if this compiler does not know it.
  public func value<E: RawRepresentable<Int32>>(_ number: UInt64, as type: E.Type) -> E? {
    varint(number).flatMap { E(rawValue: Int32(truncatingIfNeeded: $0)) }
  }

  /// The last value of a string field.
  public func string(_ number: UInt64) -> String? {
    var result: String?
    forEachField {
      if $0 == number, case .bytes(let range) = $1 {
        result = String(decoding: bytes[range], as: UTF8.self)
      }
    }
    return result
  }

  /// All occurrences of an embedded message, merged by concatenation.
  public func message(_ number: UInt64) -> OptionBytes? {
    var result: OptionBytes?
    forEachField {
      if $0 == number, case .bytes(let range) = $1 {
        result = OptionBytes((result?.bytes ?? []) + bytes[range])
      }
    }
    return result
  }

  /// One field of the wire format.
  public enum Field: Sendable, Equatable {
    /// Wire type 0.
    case varint(UInt64)
    /// Wire type 1.
    case fixed64(UInt64)
    /// Wire type 5.
    case fixed32(UInt32)
    /// Wire type 2: where the content lies in `bytes`.
    case bytes(Range<Int>)
    /// Wire type 3: where the content lies, without its tags.
    case group(Range<Int>)
  }

  /// Visits the fields in order with their numbers; stops at bytes that make no sense.
  public func forEachField(_ body: (UInt64, Field) -> Void) {
    var position = 0
    while let tag = readVarint(&position), let field = readField(tag, &position) {
      body(tag >> 3, field)
    }
  }

  private func readField(_ tag: UInt64, _ position: inout Int) -> Field? {
    switch tag & 7 {
    case 0: return readVarint(&position).map { .varint($0) }
    case 1: return readFixed(8, &position).map { .fixed64($0) }
    case 5: return readFixed(4, &position).map { .fixed32(UInt32(truncatingIfNeeded: $0)) }
    case 2:
      guard let length = readVarint(&position), length <= UInt64(bytes.count - position) else {
        return nil
      }
      defer { position += Int(length) }
      return .bytes(position..<position + Int(length))
    case 3:
      let start = position
      while true {
        let end = position
        guard let inner = readVarint(&position) else { return nil }
        if inner & 7 == 4 { return inner >> 3 == tag >> 3 ? .group(start..<end) : nil }
        guard readField(inner, &position) != nil else { return nil }
      }
    default: return nil
    }
  }

  private func readVarint(_ position: inout Int) -> UInt64? {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
    }
    return nil
  }

  private func readFixed(_ width: Int, _ position: inout Int) -> UInt64? {
    guard bytes.count - position >= width else { return nil }
    defer { position += width }
    return (0..<width).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }
}

/// What all options messages have in common: their wire format, and typed views of it.
public protocol OptionsMessage: Sendable, Equatable {
  /// All options, custom ones included, in wire format.
  var serialized: OptionBytes { get set }
  /// Wraps a serialized options message.
  init(_ serialized: OptionBytes)
  /// The options message's name in descriptor.proto.
  static var typeName: String { get }
  /// Options still to be interpreted; empty after linking.
  var uninterpreted: [UninterpretedOption] { get set }
  /// The number of its `features` field.
  static var featuresNumber: UInt64 { get }
}

extension OptionsMessage {
  /// The `features` this declaration sets itself.
  public var features: OptionBytes? { serialized.message(Self.featuresNumber) }
}
