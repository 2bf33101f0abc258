import Processes

/// What the tests of the lessons may count on here.
enum Here {
  /// Whether peers must be present: then a missing one fails.
  static let requiresPeers = environmentVariable("REQUIRE_PEERS") == "1"

  /// What takes many minutes (rebuilding, installing) runs only then.
  static let isNightly = environmentVariable("NIGHTLY") == "1"

  /// Whether console blocks are rewritten instead of compared.
  static let updates = environmentVariable("UPDATE_TRANSCRIPTS") == "1"
}

/// A failure in words, for `#expect(throws:)` and `Issue.record`.
struct Failure: Error, CustomStringConvertible {
  let description: String
}
