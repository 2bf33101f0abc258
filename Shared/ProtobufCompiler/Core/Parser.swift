/// Reads one `.proto` file into a `FileDescriptorProto` whose names are still as written.
///
/// A recursive descent over the lexer's tokens, one function a production of the language
/// specification; the productions lie in the `Parser+…` files. A production that meets something
/// else throws after reporting what it expected; the statement loop then skips to the end of that
/// statement and goes on, so that one run reports several errors. Every production opens a source
/// location as it begins and closes it as it ends, in the order protoc does.
struct Parser {
  /// Thrown after the error has been reported: the statement cannot be read on.
  struct Failure: Error {}

  /// A location that is open: its index in `file.sourceCodeInfo.locations`.
  typealias Mark = Int

  /// How deep messages may nest.
  static let nestingLimit = 31

  var file = FileDescriptorProto()
  var diagnostics: [Diagnostic] = []
  let source: [UInt8]
  let tokens: [Token]
  var index = 0
  /// Nesting of messages around the cursor.
  var depth = 0
  /// Comments in front of the current declaration, waiting for its location.
  private var upcomingLeading: String?
  private var upcomingDetached: [String] = []
  private let displayName: String

  /// A parser of `source`; errors name the file `displayName`.
  init(name: String, source: [UInt8], displayName: String) {
    var lexer = Lexer(source)
    lexer.run()
    self.source = source
    self.displayName = displayName
    tokens = lexer.tokens
    file.name = name
    for error in lexer.errors { report(error.message, at: error.position) }
  }

  // MARK: Tokens

  var current: Token { tokens[index] }

  /// The token before; an empty one in front of the file's first.
  var previous: Token { index > 0 ? tokens[index - 1] : .start }

  var isAtEnd: Bool { tokens[index].kind == .end }

  var isEditions: Bool { file.syntax == "editions" }

  func isLooking(at text: String) -> Bool { tokens[index].text == text }

  mutating func advance() {
    if index + 1 < tokens.count { index += 1 }
  }

  mutating func tryConsume(_ text: String) -> Bool {
    guard isLooking(at: text) else { return false }
    advance()
    return true
  }

  mutating func consume(_ text: String, orReport message: String? = nil) throws(Failure) {
    if !tryConsume(text) { throw fail(message ?? "Expected \"\(text)\".") }
  }

  mutating func consumeIdentifier(_ message: String) throws(Failure) -> String {
    guard current.kind == .identifier else { throw fail(message) }
    advance()
    return previous.text
  }

  mutating func consumeInteger(
    _ message: String,
    maximum: UInt64 = UInt64(Int32.max)
  ) throws(Failure) -> UInt64 {
    guard current.kind == .integer else { throw fail(message) }
    let value = Literal.integer(current.text, maximum: maximum)
    if value == nil { report("Integer out of range.", at: current.position) }
    advance()
    return value ?? 0
  }

  mutating func consumeInt32(_ message: String) throws(Failure) -> Int32 {
    Int32(truncatingIfNeeded: try consumeInteger(message))
  }

  mutating func consumeSignedInt32(_ message: String) throws(Failure) -> Int32 {
    guard tryConsume("-") else { return try consumeInt32(message) }
    return Int32(truncatingIfNeeded: 0 &- (try consumeInteger(message, maximum: 1 << 31)))
  }

  mutating func consumeNumber(_ message: String) throws(Failure) -> Double {
    let token = current
    switch token.kind {
    case .float:
      advance()
      return Literal.double(token.text)
    case .integer: return Double(try consumeInteger(message, maximum: .max))
    case .identifier where token.text == "inf" || token.text == "nan":
      advance()
      return token.text == "inf" ? .infinity : .nan
    default: throw fail(message)
    }
  }

  /// The bytes of one string token, or of several in a row.
  mutating func consumeString(_ message: String) throws(Failure) -> [UInt8] {
    guard current.kind == .string else { throw fail(message) }
    var bytes: [UInt8] = []
    while current.kind == .string {
      Literal.appendString(current.text, to: &bytes)
      advance()
    }
    return bytes
  }

  mutating func consumeText(_ message: String) throws(Failure) -> String {
    String(decoding: try consumeString(message), as: UTF8.self)
  }

  // MARK: Errors

  /// Reports at the current token what was expected there; throw the result.
  mutating func fail(_ message: String) -> Failure {
    report(message, at: current.position)
    return Failure()
  }

  mutating func report(_ message: String, at position: SourcePosition) {
    diagnostics.append(
      Diagnostic(severity: .error, file: displayName, position: position, message: message)
    )
  }

  /// Skips to the end of a statement that could not be read.
  mutating func skipStatement() {
    while !isAtEnd {
      if current.kind == .symbol {
        if tryConsumeEnd(";", of: nil) { return }
        if tryConsume("{") { return skipRestOfBlock() }
        if isLooking(at: "}") { return }
      }
      advance()
    }
  }

  private mutating func skipRestOfBlock() {
    var open = 1
    while !isAtEnd {
      if current.kind == .symbol, tryConsumeEnd("}", of: nil) {
        open -= 1
        if open == 0 { return }
      } else {
        if isLooking(at: "{") { open += 1 }
        advance()
      }
    }
  }

  // MARK: Locations and comments

  /// Opens a location that starts at the current token.
  mutating func open(_ path: [Int32]) -> Mark {
    file.sourceCodeInfo.locations.append(
      SourceCodeInfo.Location(path: path, span: [current.line, current.column])
    )
    return file.sourceCodeInfo.locations.count - 1
  }

  /// Ends a location with the previous token, unless it has an end already.
  mutating func close(_ mark: Mark) {
    if file.sourceCodeInfo.locations[mark].span.count <= 2 { end(mark, at: previous) }
  }

  mutating func start(_ mark: Mark, at token: Token) {
    file.sourceCodeInfo.locations[mark].span = [token.line, token.column]
  }

  mutating func end(_ mark: Mark, at token: Token) {
    if token.line != file.sourceCodeInfo.locations[mark].span[0] {
      file.sourceCodeInfo.locations[mark].span.append(token.line)
    }
    file.sourceCodeInfo.locations[mark].span.append(token.endColumn)
  }

  func path(of mark: Mark) -> [Int32] { file.sourceCodeInfo.locations[mark].path }

  mutating func extendPath(of mark: Mark, by component: Int32) {
    file.sourceCodeInfo.locations[mark].path.append(component)
  }

  /// Collects the comments in front of the first declaration.
  mutating func beginComments() {
    collectComments(from: source.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, beginsFile: true)
  }

  mutating func consumeEnd(_ text: String, of mark: Mark?) throws(Failure) {
    if !tryConsumeEnd(text, of: mark) { throw fail("Expected \"\(text)\".") }
  }

  /// Consumes the `;`, `{` or `}` that ends a declaration's head, and gives the location, if there
  /// is one, the comments around it.
  mutating func tryConsumeEnd(_ text: String, of mark: Mark?) -> Bool {
    guard isLooking(at: text) else { return false }
    let leading = upcomingLeading
    let detached = upcomingDetached
    upcomingLeading = nil
    upcomingDetached = []
    advance()
    let trailing = collectComments(from: previous.end, beginsFile: false)
    if let mark {
      file.sourceCodeInfo.locations[mark].leadingComments = leading
      file.sourceCodeInfo.locations[mark].trailingComments = trailing
      file.sourceCodeInfo.locations[mark].leadingDetachedComments = detached
    } else if text != "}" {
      upcomingDetached = detached + upcomingDetached
    }
    return true
  }

  @discardableResult
  private mutating func collectComments(from offset: Int, beginsFile: Bool) -> String? {
    guard offset < current.start || beginsFile else { return nil }
    let collector = CommentCollector(
      source: source,
      gap: offset..<current.start,
      next: current.text,
      beginsFile: beginsFile
    )
    upcomingLeading = collector.leading.flatMap { $0.isEmpty ? nil : $0 }
    upcomingDetached = collector.detached
    return collector.trailing.flatMap { $0.isEmpty ? nil : $0 }
  }
}
