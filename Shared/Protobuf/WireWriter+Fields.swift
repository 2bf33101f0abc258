/// The fields that are more than one scalar. Lists are written from their last element to their first.
///
/// The loops count down over raw elements: `reversed()` allocates a coroutine for each (measured: half of the time of a
/// message with a list of messages).
extension WireWriter {
  /// An enum field.
  @inlinable
  public mutating func writeEnum<E: ProtobufEnum>(_ value: E, field number: UInt32) {
    writeInt32(value.rawValue, field: number)
  }

  /// An embedded message.
  @inlinable @inline(__always)
  public mutating func writeMessage<M: Message>(_ message: M, field number: UInt32) {
    let mark = count
    message.encode(to: &self)
    closeDelimited(from: mark, field: number)
  }

  /// A list of messages.
  public mutating func writeMessages<M: Message>(_ messages: [M], field number: UInt32) {
    messages.withUnsafeBufferPointer { messages in
      guard let base = messages.baseAddress else { return }
      let first = UnsafeMutablePointer(mutating: base)
      var index = messages.count
      while index > 0 {
        index &-= 1
        writeElement(&first[index], field: number)
      }
    }
  }

  /// A message of a list, which is not changed.
  ///
  /// As an `inout` it stays where it is: otherwise it would be copied first, and all that it holds kept and released.
  private mutating func writeElement<M: Message>(_ message: inout M, field number: UInt32) {
    let mark = count
    message.encode(to: &self)
    closeDelimited(from: mark, field: number)
  }

  /// A list with a tag at each element.
  @inlinable
  public mutating func writeRepeated<C: FieldCodec>(
    _ values: [C.Value],
    as codec: C.Type,
    field number: UInt32
  ) {
    values.withUnsafeBufferPointer { values in
      var index = values.count
      while index > 0 {
        index &-= 1
        C.write(values[index], field: number, to: &self)
      }
    }
  }

  /// A packed list of numbers; nothing when it is empty.
  @inlinable
  public mutating func writePacked<C: PackableCodec>(
    _ values: [C.Value],
    as codec: C.Type,
    field number: UInt32
  ) {
    guard !values.isEmpty else { return }
    let mark = count
    values.withUnsafeBufferPointer { values in
      var index = values.count
      while index > 0 {
        index &-= 1
        C.writeBare(values[index], to: &self)
      }
    }
    closeDelimited(from: mark, field: number)
  }

  #if _endian(little)
  /// A packed list of numbers of fixed width: memory and wire agree, so it is copied whole.
  @inlinable
  public mutating func writePacked<C: FixedWidthCodec>(
    _ values: [C.Value],
    as codec: C.Type,
    field number: UInt32
  ) {
    guard !values.isEmpty else { return }
    values.withUnsafeBytes { writeDelimited($0, field: number) }
  }
  #endif

  /// A map: one entry message per key, in the order of the keys, so that equal maps have equal bytes.
  @inlinable
  public mutating func writeMap<K: MapKeyCodec, V: FieldCodec>(
    _ map: [K.Value: V.Value],
    _ keyCodec: K.Type,
    _ valueCodec: V.Type,
    field number: UInt32
  ) {
    for (key, value) in map.sorted(by: { K.precedes($1.key, $0.key) }) {
      let mark = count
      V.write(value, field: 2, to: &self)
      K.write(key, field: 1, to: &self)
      closeDelimited(from: mark, field: number)
    }
  }
}
