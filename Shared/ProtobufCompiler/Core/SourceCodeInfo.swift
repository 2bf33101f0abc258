/// Where each declaration stands in its file, and the comments around it, as descriptor.proto's
/// `SourceCodeInfo` describes them.
public struct SourceCodeInfo: Sendable, Equatable {
  /// One declaration, or one part of it.
  public struct Location: Sendable, Equatable {
    /// Field numbers and indices from `FileDescriptorProto` down: `[4, 0, 2, 1]` is the second
    /// field of the first message.
    public var path: [Int32]
    /// Line, column, (end line,) end column, counted from 0; three numbers within one line.
    public var span: [Int32] = []
    /// The comment in front of the declaration, delimiters removed.
    public var leadingComments: String?
    /// The comment behind the declaration.
    public var trailingComments: String?
    /// Comments further in front, parted from the declaration by an empty line.
    public var leadingDetachedComments: [String] = []
  }

  /// All locations, in the order in which the parser met them.
  public var locations: [Location] = []

  /// No locations.
  public init() {}

  /// The locations that carry comments, by path; build it once a file.
  public func commentsByPath() -> [[Int32]: Location] {
    var result: [[Int32]: Location] = [:]
    for location in locations
    where location.leadingComments != nil || location.trailingComments != nil
      || !location.leadingDetachedComments.isEmpty
    {
      result[location.path] = location
    }
    return result
  }
}
