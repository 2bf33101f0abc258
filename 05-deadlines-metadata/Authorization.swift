import GRPC

/// A secret that a client shows, and a server asks for, without a method having to know of it.
enum Token {
  static let usual = "sesame"
}

/// The client's side: shows the token with every call of a channel.
struct ShowToken: ClientInterceptor {
  let token: String

  func intercept(_ call: inout OutgoingCall) {
    call.metadata["authorization"] = "Bearer \(token)"
  }
}

/// The server's side: `Describe` is only for callers who show it.
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
