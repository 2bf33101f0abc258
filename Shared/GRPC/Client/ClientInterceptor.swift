/// Looks at each call of a channel before it goes out: for adding a token, for logging.
///
/// ```swift
/// struct Token: ClientInterceptor {
///   func intercept(_ call: inout OutgoingCall) async throws {
///     call.metadata["authorization"] = "Bearer \(try await freshToken())"
///   }
/// }
///
/// struct Log: ClientInterceptor {
///   func intercept(_ call: inout OutgoingCall) {
///     call.onEnd { report in print("\(report.path): \(report.status) after \(report.duration)") }
///   }
/// }
/// ```
///
/// An interceptor may wait, for a token say; the call's deadline runs meanwhile, and what the caller sends is kept
/// back. What is thrown ends the call before anything is sent. Messages are not seen here: they have their types
/// only in the stub.
public protocol ClientInterceptor: Sendable {
  /// Changes a call before it goes out, or refuses it by throwing.
  func intercept(_ call: inout OutgoingCall) async throws
}

/// A call that is about to go out.
public struct OutgoingCall: Sendable {
  /// What is called.
  public let method: any AnyMethodDescriptor
  /// The channel's target, as it was given.
  public let target: String
  /// What the server gets beside the messages.
  public var metadata: Metadata
  /// Whether the call waits for a connection instead of failing while there is none.
  public var waitForReady: Bool
  /// Who hears of the end, the first interceptor last: as if each were around the next.
  private(set) var endActions: [@Sendable (ClientCallReport) -> Void] = []

  init(method: any AnyMethodDescriptor, target: String, metadata: Metadata, waitForReady: Bool) {
    self.method = method
    self.target = target
    self.metadata = metadata
    self.waitForReady = waitForReady
  }

  /// Calls `action` when the call is over, as `CallOptions.onCallEnded` is called: it must be short.
  public mutating func onEnd(_ action: @escaping @Sendable (ClientCallReport) -> Void) {
    endActions.insert(action, at: 0)
  }
}
