/// Masks that are written as lists of names.
extension Google.Protobuf.FieldMask: ExpressibleByArrayLiteral {
  /// A mask of the given paths.
  public init(arrayLiteral paths: String...) {
    self.init(paths: paths)
  }

  /// A mask of the given paths.
  public init(_ paths: String...) {
    self.init(paths: paths)
  }

  /// Whether the field at `path`, or one that encloses it, is named.
  public func covers(_ path: String) -> Bool {
    paths.contains { $0 == path || path.hasPrefix($0 + ".") }
  }

  /// The paths of this mask that name fields of `M`.
  public func valid<M: Message>(for type: M.Type) -> Google.Protobuf.FieldMask {
    Google.Protobuf.FieldMask(
      paths: paths.filter { path in
        var message: MessageDescriptor? = M.messageDescriptor
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
          guard let current = message, let field = current.field(named: String(name)) else {
            return false
          }
          message = field.label == .repeated ? nil : current.message(of: field)
        }
        return true
      }
    )
  }
}
