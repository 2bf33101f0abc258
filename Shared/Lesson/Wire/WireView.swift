public import GRPC
internal import HTTP2
internal import Sockets
internal import Synchronization
internal import Transport

/// `--wire`: every frame that this end sends and receives, one line each, on standard error.
///
/// A passive dissector behind Transport's tap: it reads the bytes of both directions as a packet analyser would, with
/// a frame parser and header decoders of its own, and so shows what really went over the wire.
public enum WireView {
  /// The option of every lesson's server and client.
  public static let option = Option(
    "--wire",
    "frames",
    help: "show every frame that this end sends and receives",
    isValueOptional: true
  )

  private static let methods = Mutex<[String: any AnyMethodDescriptor]>([:])

  /// Tells which methods there are, so that messages can be shown with the names of their fields.
  public static func describe(_ all: [any AnyMethodDescriptor]) {
    methods.withLock { methods in
      for method in all { methods[method.path] = method }
    }
  }

  static func method(path: String) -> (any AnyMethodDescriptor)? {
    methods.withLock { $0[path] }
  }

  /// The tap that the command line asks for; nil without `--wire`.
  ///
  /// - Throws: `UsageError` for a view that there is not.
  static func tap(_ arguments: Arguments) throws -> (any WireTap)? {
    guard let view = arguments.string("--wire") else { return nil }
    guard view.isEmpty || view == "frames" else {
      throw UsageError("--wire shows frames, not '\(view)'")
    }
    return FramePrinter()
  }
}

/// Prints the frames of all connections of the process.
private final class FramePrinter: WireTap {
  private struct Connection {
    var role: HTTP2Connection.Role
    var sent: FrameDissector
    var received: FrameDissector
    var paths: [UInt32: String] = [:]
  }

  private let connections = Mutex<[Int: Connection]>([:])
  private let start = ContinuousClock.now

  func connectionOpened(
    _ connection: Int,
    role: HTTP2Connection.Role,
    local: SocketAddress,
    peer: SocketAddress
  ) {
    connections.withLock {
      $0[connection] = Connection(
        role: role,
        sent: FrameDissector(expectsPreface: role == .client),
        received: FrameDissector(expectsPreface: role == .server)
      )
    }
    let line = role == .client ? "connected to \(peer)" : "accepted \(peer)"
    Terminal.narrate(Terminal.coloured("\(time()) \(role) \(line)", .dim))
  }

  func bytes(_ connection: Int, _ direction: WireDirection, _ bytes: UnsafeRawBufferPointer) {
    let lines = connections.withLock { connections -> [String] in
      guard var state = connections[connection] else { return [] }
      defer { connections[connection] = state }
      let frames =
        direction == .sent ? state.sent.take(Array(bytes)) : state.received.take(Array(bytes))
      let isFromClient = (direction == .sent) == (state.role == .client)
      return frames.map { frame in
        if let path = frame.path { state.paths[frame.stream] = path }
        let arrow = direction == .sent ? "→" : "←"
        let method = state.paths[frame.stream].flatMap(WireView.method)
        let meaning = frame.meaning(method: method, isRequest: isFromClient)
        return "\(time()) \(state.role) \(arrow) \(frame.title)  \(meaning)"
      }
    }
    for line in lines {
      Terminal.narrate(Terminal.coloured(line, direction == .sent ? .cyan : .green))
    }
  }

  func connectionClosed(_ connection: Int) {
    connections.withLock { $0[connection] = nil }
    Terminal.narrate(Terminal.coloured("\(time()) connection closed", .dim))
  }

  private func time() -> String {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
    let text = Quantity.fixed(milliseconds, digits: 2)
    return String(repeating: " ", count: max(0, 9 - text.count)) + text + " ms"
  }
}
