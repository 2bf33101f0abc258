/// One thing to try in every cell of a lesson's matrix, as data.
///
/// In arguments, `{target}` is the server's address, `{root}` the lesson's scratch folder, `{via}`
/// the further hops of a journey.
package struct Case: Sendable {
  package let name: String
  /// Options of the server beyond host and port; cases with the same ones share a server.
  package var server: [String] = []
  /// The client's arguments; `--target` is added.
  package var client: [String]
  package var input: [UInt8]?
  /// The exit status that every client must end with.
  package var exit: Int32 = 0
  package var output: Expectation = .same
  /// What else must hold for the output; gives what is wrong.
  package var verify: (@Sendable (String) -> String?)?
  /// A line that standard error must hold.
  package var errors: String?
  /// Another lesson whose client is used, to call what this lesson's server does not have.
  package var clientOfLesson: String?
  /// Whether there is nobody at the address.
  package var serverIsDown = false
  /// Whether the case needs a server that nobody has called.
  package var freshServer = false
  /// How many servers take part; from the second on in the languages that follow the cell's.
  package var hops = 1

  package enum Expectation: Sendable {
    /// The same in every cell.
    case same
    /// Exactly this.
    case exactly(String)
    /// Exactly the oracle's words, which are known once the scratch folder is there.
    case oracle(@Sendable (_ root: String) throws -> String)
    /// The same in every cell after what may differ has been replaced.
    case sameAfter(@Sendable (String) -> String)
  }

  package init(_ name: String, client: [String]) {
    self.name = name
    self.client = client
  }

  /// A copy with changes: `Case(…).with { $0.exit = 67 }`.
  package func with(_ change: (inout Case) -> Void) -> Case {
    var copy = self
    change(&copy)
    return copy
  }
}

/// A lesson's matrix.
package struct Lesson: Sendable, CustomStringConvertible {
  /// The folder and product, `01-unary`.
  package let name: String
  package let cases: [Case]
  /// Fills the scratch folder that the cases work on.
  let prepare: @Sendable (_ root: String) throws -> Void

  package init(
    name: String,
    cases: [Case],
    prepare: @escaping @Sendable (_ root: String) throws -> Void = { _ in }
  ) {
    self.name = name
    self.cases = cases
    self.prepare = prepare
  }

  package var number: String { String(name.prefix(2)) }
  package var description: String { name }

  /// All lessons, in order.
  package static let all: [Lesson] = [
    unary, serverStreaming, clientStreaming, bidirectional, deadlinesAndMetadata,
  ]
}
