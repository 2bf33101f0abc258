/// Something that a server offers: a name and its methods.
///
/// Conform to the protocol that was generated for your service, `Greeter.Service`; it fills in the
/// name and the methods.
public protocol Service: Sendable {
  /// The full name, such as `helloworld.Greeter`.
  static var serviceName: String { get }

  /// The methods and how to call them.
  var methods: [MethodImplementation] { get }

  /// Where the methods run; `.eventLoop` unless the service says otherwise.
  var execution: HandlerExecution { get }
}

extension Service {
  /// On the event loop.
  public var execution: HandlerExecution { .eventLoop }
}

/// Where a service's methods run.
public enum HandlerExecution: Sendable, Hashable {
  /// On the event loop of the connection that brought the call: the fastest place, as long as nothing
  /// blocks it. All calls of the loop wait while a method computes or reads a file.
  case eventLoop
  /// On Swift's concurrent pool: for methods that block a thread or compute for long.
  case concurrentPool
}

/// Runs around the methods of all services of a server: for logging, for checking who calls.
///
/// ```swift
/// struct TokenCheck: ServerInterceptor {
///   func intercept(
///     _ context: ServerContext, proceed: @Sendable () async throws -> Void
///   ) async throws {
///     guard context.metadata["authorization"] == "Bearer open-sesame" else {
///       throw RPCError(.unauthenticated, "this server wants a token")
///     }
///     try await proceed()
///   }
/// }
/// ```
///
/// What is thrown ends the call, as if the method had thrown it. Messages are not seen here: they have
/// their types only in the method.
public protocol ServerInterceptor: Sendable {
  /// Does something before and after a method, or refuses the call by throwing.
  func intercept(
    _ context: ServerContext,
    proceed: @Sendable () async throws -> Void
  ) async throws
}
