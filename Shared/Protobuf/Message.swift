// Generated code names the reader and the writer; it should need one import for them.
@_exported public import ProtobufWire

/// A protobuf message: a value with named fields that can be written as bytes and read back.
///
/// Conformances are generated from `.proto` files; none is meant to be written by hand.
public protocol Message: Sendable, Hashable, CustomDebugStringConvertible {
  /// A message whose fields all have their defaults.
  init()

  /// Names, numbers and types of the fields, for reading a message without its Swift type.
  static var messageDescriptor: MessageDescriptor { get }

  /// Reads fields up to the end of the current message.
  ///
  /// A field read twice keeps its last value; lists grow, embedded messages merge.
  mutating func merge(from reader: inout WireReader) throws(DecodingError)

  /// Writes all fields that are not at their default, the highest number first.
  func encode(to writer: inout WireWriter)

  /// Fields that this version of the schema does not know; they are written back.
  var unknownFields: UnknownFields { get set }
}

extension Message {
  /// Decodes a message from its wire form.
  @inlinable
  public init(serialized bytes: [UInt8]) throws(DecodingError) {
    self.init()
    // `withUnsafeBytes` of Array rethrows untyped before Swift 6.2's library: carry the error out by hand.
    var failure: DecodingError?
    bytes.withUnsafeBytes { buffer in
      var reader = WireReader(buffer)
      do throws(DecodingError) { try merge(from: &reader) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Decodes a message from memory that stays in place during the call.
  @inlinable
  public init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingError) {
    self.init()
    var reader = WireReader(bytes)
    try merge(from: &reader)
  }

  /// The wire form: fields in the order of their numbers, map entries in the order of their keys.
  ///
  /// Equal messages have equal bytes, apart from zeros of different sign, which Swift takes for equal.
  @inlinable
  public func serialized() -> [UInt8] {
    var writer = WireWriter()
    encode(to: &writer)
    return writer.bytes
  }

  /// The full name of the message, such as `helloworld.HelloRequest`.
  public static var messageName: String { messageDescriptor.fullName }
}
