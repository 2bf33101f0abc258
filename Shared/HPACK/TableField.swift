/// A field of the static or a dynamic table, as it is copied into a list.
struct TableField {
  /// Name and value, one behind the other.
  let bytes: UnsafeRawBufferPointer
  let nameLength: Int
  let token: HeaderToken
  let isWellFormed: Bool
  let nameHash: UInt32
  let hash: UInt32

  var name: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<nameLength]) }
  var value: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[nameLength...]) }
}
