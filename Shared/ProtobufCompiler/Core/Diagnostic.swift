/// A place in a source file, counted from 0.
public struct SourcePosition: Sendable, Equatable {
  /// The line.
  public var line: Int32
  /// The column in bytes; a tab reaches to the next multiple of 8.
  public var column: Int32

  /// A place.
  public init(line: Int32, column: Int32) {
    self.line = line
    self.column = column
  }
}

/// An error or a warning about a `.proto` file.
public struct Diagnostic: Sendable, Equatable, CustomStringConvertible {
  /// Whether the file can be used nevertheless.
  public enum Severity: String, Sendable {
    /// The file cannot be used.
    case error
    /// The file can be used.
    case warning
  }

  /// How bad it is.
  public var severity: Severity
  /// The file as the user would name it.
  public var file: String
  /// The place, nil if the whole file is meant.
  public var position: SourcePosition?
  /// What is wrong, and what was expected.
  public var message: String

  /// A diagnostic.
  public init(severity: Severity, file: String, position: SourcePosition?, message: String) {
    self.severity = severity
    self.file = file
    self.position = position
    self.message = message
  }

  /// `file:line:column: error: message`, line and column counted from 1.
  public var description: String {
    guard let position else { return "\(file): \(severity.rawValue): \(message)" }
    return "\(file):\(position.line + 1):\(position.column + 1): \(severity.rawValue): \(message)"
  }
}
