/// A gRPC server: listens on an address and serves what its services offer.
public final class Server: Sendable {
  /// The settings of a server, each with a default that is fit for use.
  public struct Configuration: Sendable {
    /// The largest request message, in bytes as the method sees it; RESOURCE_EXHAUSTED above it.
    public var maxReceiveMessageSize = 4 * 1024 * 1024
    /// The most bytes of incomplete messages that one connection may have kept; RESOURCE_EXHAUSTED
    /// for the call that exceeds it.
    public var maxPartialMessageBytes = 16 * 1024 * 1024
    /// The longest time that any call may take, whatever its client allows; DEADLINE_EXCEEDED then.
    public var maxCallDuration: Duration?
    /// The same for single methods, by path: `["/helloworld.Greeter/SayHello": .seconds(1)]`.
    public var maxCallDurations: [String: Duration] = [:]
    /// Run around every method, the first one outermost.
    public var interceptors: [any ServerInterceptor] = []
    /// Hears how each call went, on the event loop of its connection: it must be short.
    public var onCallEnded: (@Sendable (CallReport) -> Void)?

    /// The defaults.
    public init() {}
  }

  init() {}
}
