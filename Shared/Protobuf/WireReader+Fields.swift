/// The fields that are more than one scalar.
extension WireReader {
  /// An enum; the number is cut to 32 bits.
  @inlinable
  public mutating func readEnum<E: ProtobufEnum>() throws(DecodingError) -> E {
    E(rawValue: Int32(truncatingIfNeeded: try readVarint()))
  }

  /// An embedded message, merged into `message`.
  @inlinable
  public mutating func mergeMessage<M: Message>(into message: inout M) throws(DecodingError) {
    let enclosing = try enterMessage()
    try message.merge(from: &self)
    leaveMessage(enclosing)
  }

  /// An embedded message field; when it occurs twice, the second occurrence is merged into the first.
  @inlinable
  public mutating func readMessage<M: Message>(into field: inout M?) throws(DecodingError) {
    var message = field ?? M()
    // The one reference to the message's buffers must be ours, or merging would copy them.
    field = nil
    try mergeMessage(into: &message)
    field = message
  }

  /// One element of a list of messages.
  @inlinable
  public mutating func readMessage<M: Message>(into list: inout [M]) throws(DecodingError) {
    var message = M()
    try mergeMessage(into: &message)
    // Two and three elements are frequent; growing from one would move the first of them twice.
    if list.isEmpty { list.reserveCapacity(4) }
    list.append(message)
  }

  /// An element of a list of strings.
  @inlinable
  public mutating func readString(into list: inout [String]) throws(DecodingError) {
    list.append(try readString())
  }

  /// An element of a list of byte strings.
  @inlinable
  public mutating func readBytes(into list: inout [[UInt8]]) throws(DecodingError) {
    list.append(try readBytes())
  }

  /// One element of a list of numbers, or a packed run of them: both forms are always understood.
  @inlinable
  public mutating func readRepeated<C: PackableCodec>(
    _ tag: UInt32,
    into list: inout [C.Value],
    as codec: C.Type
  ) throws(DecodingError) {
    guard tag & 7 == UInt32(WireType.lengthDelimited.rawValue) else {
      var value = C.defaultValue
      try C.read(into: &value, from: &self)
      list.append(value)
      return
    }
    let enclosing = try enterPacked()
    // Only once: asked for exact room again and again, an array moves each time.
    if list.isEmpty { list.reserveCapacity(countVarints()) }
    while !isAtEnd {
      var value = C.defaultValue
      try C.read(into: &value, from: &self)
      list.append(value)
    }
    leavePacked(enclosing)
  }

  /// The same for numbers of fixed width, whose packed form has a known count.
  @inlinable
  public mutating func readRepeated<C: FixedWidthCodec>(
    _ tag: UInt32,
    into list: inout [C.Value],
    as codec: C.Type
  ) throws(DecodingError) {
    guard tag & 7 == UInt32(WireType.lengthDelimited.rawValue) else {
      var value = C.defaultValue
      try C.read(into: &value, from: &self)
      list.append(value)
      return
    }
    let bytes = try readDelimited()
    let width = MemoryLayout<C.Value>.size
    guard bytes.count % width == 0 else { throw DecodingError(.truncated, at: offset) }
    guard let base = bytes.baseAddress else { return }
    if list.isEmpty { list.reserveCapacity(bytes.count / width) }
    var position = 0
    while position < bytes.count {
      list.append(C.value(at: base + position))
      position += width
    }
  }

  /// An entry of a map; a key that occurs twice keeps its last value.
  @inlinable
  public mutating func readMap<K: MapKeyCodec, V: FieldCodec>(
    into map: inout [K.Value: V.Value],
    _ keyCodec: K.Type,
    _ valueCodec: V.Type
  ) throws(DecodingError) {
    var key = K.defaultValue
    var value = V.defaultValue
    let enclosing = try enterMessage()
    while let tag = try nextTag() {
      if tag == WireTag(1, K.wireType).rawValue {
        try K.read(into: &key, from: &self)
      } else if tag == WireTag(2, V.wireType).rawValue {
        try V.read(into: &value, from: &self)
      } else {
        try skip(WireTag(rawValue: tag))
      }
    }
    leaveMessage(enclosing)
    map[key] = value
  }
}
