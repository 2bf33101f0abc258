public import Sockets
public import Transport

/// A connection to a server at an address, made when the first call needs it.
///
/// A channel is made before its server runs, outlives its connections, and is shared: all stubs and calls on it use
/// one connection, their messages side by side. It is `IDLE` until a call comes, and reconnects, with growing
/// pauses, when the connection is lost. Dropping the last reference shuts it down.
public final class Channel: Sendable {
  /// The settings of a channel, each with a default that is fit for use.
  public struct Configuration: Sendable {
    /// How long a call may take that names no time-out of its own; nil for ever.
    public var defaultTimeout: Duration?
    /// Whether calls wait for a connection instead of failing while there is none.
    public var waitForReady = false
    /// The largest response message, in bytes; RESOURCE_EXHAUSTED above it.
    public var maxReceiveMessageSize = 4 * 1024 * 1024
    /// How requests are compressed.
    public var compression = Compression.identity
    /// What `:authority` says instead of the target, as a proxy or a virtual host may want it.
    public var authority: String?
    /// How long the channel keeps a connection that no call uses; nil for ever.
    public var idleTimeout: Duration?
    /// Look at each call before it goes out, the first one outermost.
    public var interceptors: [any ClientInterceptor] = []
    /// The pauses between attempts to connect.
    public var backoff = ConnectionBackoff()
    /// The limits of the connection.
    public var transport = TransportConfiguration()
    /// The loops to choose from.
    public var group = EventLoopGroup.shared

    /// The defaults.
    public init() {}
  }

  static let userAgent = "grpc-from-swift-to-swift/0.1"

  /// The address as it was given.
  public let target: String
  /// The settings.
  public let configuration: Configuration
  let core: LoopConfined<ChannelCore>
  private let publisher = StatePublisher()

  /// Makes a channel; nothing is sent before the first call.
  ///
  /// A server that does not answer is not an error yet: it may come. A target that can't be read will never be one,
  /// and is best told where it is written: here.
  ///
  /// - Parameters:
  ///   - target: `host:port`, `[::1]:port`, `unix:path`, `dns:///host:port`, or `ipv4:` and `ipv6:` with addresses.
  ///   - configuration: The settings.
  /// - Throws: `InvalidTarget` when the text is none of these.
  public init(to target: String, configuration: Configuration = Configuration()) throws {
    self.target = target
    self.configuration = configuration
    let loop = configuration.group.nextLoop()
    let core = ChannelCore(
      try ChannelTarget(target),
      target,
      loop: loop,
      configuration: configuration,
      states: publisher
    )
    self.core = LoopConfined(core, to: loop)
    core.attach(ConnectionEvents(self.core))
  }

  deinit {
    // In the next turn of the loop: its last call may be what lets go of the channel, in the middle of the core's work.
    core.loop.execute { [core] in core.wrapped.shutDown() }
  }

  /// The state now.
  public var state: ConnectivityState { publisher.current }

  /// The state now, and each change from now on.
  public var states: ConnectivityStates { ConnectivityStates(publisher: publisher) }

  /// Runs tasks on the channel's event loop: calls made from such a task change no thread.
  public var executor: any TaskExecutor { core.loop }

  /// Calls that have begun and not ended, those in line, and streams of the connection: for tests that count what is
  /// left.
  package var counts: (active: Int, waiting: Int, streams: Int) {
    get async {
      await withCheckedContinuation { continuation in
        core.loop.execute { [core] in continuation.resume(returning: core.wrapped.counts) }
      }
    }
  }

  /// Ends all calls and the connection.
  ///
  /// Calls made later fail with UNAVAILABLE.
  public func shutDown() async {
    await withCheckedContinuation { continuation in
      core.loop.execute { [core] in
        core.wrapped.shutDown()
        // In the next turn: what ends the calls and the connection goes out at the end of this one, and whoever waits
        // may end the process.
        core.loop.execute { continuation.resume() }
      }
    }
  }
}
