/// An option as written, before the linker knows which field its name means.
public struct UninterpretedOption: Sendable, Equatable {
  /// One part of a dotted name; `(foo.bar)` is one part that names an extension.
  struct NamePart: Sendable, Equatable {
    var name: String
    var isExtension: Bool
  }
  /// The value as the grammar tells it apart.
  enum Value: Sendable, Equatable {
    case identifier(String)
    case positive(UInt64)
    case negative(Int64)
    case double(Double)
    case string([UInt8])
    /// The tokens between `{` and `}`, in the text format.
    case aggregate([Token])
  }

  var name: [NamePart] = []
  var value = Value.identifier("")
  /// The path of this option in the source locations, before it is interpreted.
  var path: [Int32]
  var namePosition: SourcePosition
  var valuePosition: SourcePosition

  /// The name as the file spells it.
  var spelling: String {
    name.map { $0.isExtension ? "(\($0.name))" : $0.name }.joined(separator: ".")
  }

  /// Whether this is the plain option `name`.
  func isNamed(_ simpleName: String) -> Bool {
    name.count == 1 && !name[0].isExtension && name[0].name == simpleName
  }
}
