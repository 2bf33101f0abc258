// gRPC's doc/connectivity-semantics-and-api.md.

/// What a channel is doing about its connection.
public enum ConnectivityState: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Not connected, since no call needs a connection.
  case idle = "IDLE"
  /// A connection is being made.
  case connecting = "CONNECTING"
  /// Calls go out at once.
  case ready = "READY"
  /// The last attempt failed; the next one waits for its time. Calls fail at once, unless they
  /// wait for ready.
  case transientFailure = "TRANSIENT_FAILURE"
  /// Shut down by the application, for good.
  case shutdown = "SHUTDOWN"

  /// gRPC's own name of the state.
  public var description: String { rawValue }
}
