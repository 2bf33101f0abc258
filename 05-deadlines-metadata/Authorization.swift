import GRPC

/// The secret of this lesson, at both ends.
enum Token {
  static let usual = "sesame"
}

/// The server's side of a token: `Describe` is only for callers who show it.
///
/// An interceptor runs around every method of a server. This one refuses before the method has
/// begun, so the status is all that goes back: one HEADERS frame, trailers only.
struct TokenCheck: ServerInterceptor {
  let token: String

  func intercept(
    _ context: ServerContext,
    proceed: @Sendable () async throws -> Void
  ) async throws {
    if context.method.path == Relay.Method.describe.path {
      switch context.metadata["authorization"] {
      case "Bearer \(token)": break
      case nil:
        let advice = "send the metadata authorization: Bearer TOKEN"
        throw RPCError(.unauthenticated, "no token; \(advice)")
      default: throw RPCError(.unauthenticated, "wrong token")
      }
    }
    try await proceed()
  }
}
