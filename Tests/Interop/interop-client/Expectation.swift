import GRPC

/// A test case that has failed.
struct Mismatch: Error, CustomStringConvertible {
  let description: String
}

/// Fails the test case unless both are equal.
func expect<Value: Equatable>(_ got: Value, _ expected: Value, _ what: String) throws {
  guard got != expected else { return }
  throw Mismatch(description: "\(what): expected \(expected), got \(got)")
}

/// Fails the test case unless the call fails with this code.
@discardableResult
func expectFailure(
  _ code: Status.Code,
  of what: String,
  _ call: () async throws -> Void
) async throws -> RPCError {
  do {
    try await call()
  } catch let error as RPCError {
    guard error.code != code else { return error }
    throw Mismatch(description: "\(what): expected \(code), got \(error)")
  }
  throw Mismatch(description: "\(what): expected \(code), got OK")
}

/// Names the call that has failed where it should not.
func naming<Result>(_ what: String, _ call: () async throws -> Result) async throws -> Result {
  do {
    return try await call()
  } catch let error as RPCError {
    throw Mismatch(description: "\(what): expected OK, got \(error)")
  }
}
