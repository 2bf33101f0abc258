public import Sockets
internal import Synchronization
public import Transport

/// A gRPC server: listens on an address and serves what its services offer.
public final class Server: Sendable {
  /// The settings of a server, each with a default that is fit for use.
  public struct Configuration: Sendable {
    /// The largest request message, in bytes as the method sees it; RESOURCE_EXHAUSTED above it.
    public var maxReceiveMessageSize = 4 * 1024 * 1024
    /// The most bytes of incomplete messages that one connection may have kept; RESOURCE_EXHAUSTED
    /// for the call that exceeds it.
    ///
    /// Clients that heed the windows stay below: above a quarter of it, messages are let in one after the other.
    public var maxPartialMessageBytes = 32 * 1024 * 1024
    /// How responses are compressed, for clients that can read it, unless the method says otherwise.
    public var compression = Compression.identity
    /// The longest time that any call may take, whatever its client allows; DEADLINE_EXCEEDED then.
    public var maxCallDuration: Duration?
    /// The same for single methods, by path: `["/helloworld.Greeter/SayHello": .seconds(1)]`.
    public var maxCallDurations: [String: Duration] = [:]
    /// What the client of a call is told that reached one of these: name the option of your program
    /// that changes it.
    public var maxCallDurationMessage =
      "the call's deadline has passed on the server (its own cap on the time of a call)"
    /// How many calls of one method may be over, on all connections together, while the method still runs;
    /// RESOURCE_EXHAUSTED for more calls of it.
    ///
    /// A method that ends when its task is cancelled never comes near; one that does not, or that blocks the concurrent
    /// pool, would be piled up by clients that give up and call again.
    public var maxAbandonedCalls = 10_000
    /// Run around every method, the first one outermost.
    public var interceptors: [any ServerInterceptor] = []
    /// Hears how each call went, on the event loop of its connection: it must be short.
    public var onCallEnded: (@Sendable (CallReport) -> Void)?

    /// The limits of connections, and who hears what goes wrong on them and which method holds its event loop.
    public var transport = TransportConfiguration()
    /// The loops on which connections live.
    public var group = EventLoopGroup.shared

    /// The defaults.
    public init() {}
  }

  /// The address, with the real port.
  public var localAddress: SocketAddress { listener.localAddress }

  private let listener: Listener
  private static let latestNumber = Atomic<Int>(0)
  /// Names the server to the watchdog.
  private let number: Int

  private init(_ listener: Listener, _ configuration: Configuration) {
    self.listener = listener
    number = Self.latestNumber.wrappingAdd(1, ordering: .relaxed).newValue
    if let log = configuration.transport.log {
      LoopWatchdog.shared.watch(configuration.group, for: number, log: log)
    }
  }

  deinit { LoopWatchdog.shared.unwatch(number) }

  /// Listens on an address and serves from now on.
  ///
  /// - Parameters:
  ///   - address: `host:port`, `[::1]:port`, or `unix:path`; port 0 picks a free one.
  ///   - services: What is served.
  ///   - configuration: The settings.
  /// - Returns: The server, which serves until `shutDown`.
  /// - Throws: `SocketError`, which names the address and what is wrong with it, or `InvalidTarget`.
  public static func listening(
    on address: String,
    serving services: [any Service],
    configuration: Configuration = Configuration()
  ) async throws -> Server {
    let address = try await ListeningAddress.resolve(address)
    let core = ServerCore(services: services, configuration: configuration)
    let listener = try Listener.listen(
      on: address,
      group: configuration.group,
      configuration: configuration.transport,
      delegate: ServerConnections(core, configuration.group)
    )
    return Server(listener, configuration)
  }

  /// The same for services named one by one.
  public static func listening(
    on address: String,
    serving services: any Service...,
    configuration: Configuration = Configuration()
  ) async throws -> Server {
    try await listening(on: address, serving: services, configuration: configuration)
  }

  /// Takes no new calls, lets those that are going on finish for a time, and ends the rest with UNAVAILABLE.
  public func shutDown(grace: Duration = .seconds(5)) async {
    await listener.drain(grace: grace)
    LoopWatchdog.shared.unwatch(number)
  }
}
