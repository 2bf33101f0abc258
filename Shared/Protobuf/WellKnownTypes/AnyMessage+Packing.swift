/// Messages of a type that is known only at run time.
extension Google.Protobuf.AnyMessage {
  /// Packs a message under the usual URL, `type.googleapis.com/package.Message`.
  public init<M: Message>(packing message: M) {
    self.init(typeURL: "type.googleapis.com/\(M.messageName)", value: message.serialized())
  }

  /// The full name of the message's type: what follows the last slash of the URL.
  public var packedName: String {
    String(typeURL.split(separator: "/").last ?? "")
  }

  /// Whether this holds an `M`.
  public func holds<M: Message>(_ type: M.Type) -> Bool {
    packedName == M.messageName
  }

  /// The message, nil if it is of another type.
  public func unpacked<M: Message>(as type: M.Type) throws(DecodingError) -> M? {
    holds(type) ? try M(serialized: value) : nil
  }
}
