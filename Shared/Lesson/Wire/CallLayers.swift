public import GRPC
internal import HTTP2
internal import Sockets
internal import Synchronization
internal import Transport

/// One real call, shown layer by layer: the value, its bytes, gRPC's prefix, the frames, the socket, and
/// the same way up again.
public enum CallLayers {
  /// What a message was in Swift.
  public struct Values: Sendable {
    let method: String
    let request: String
    let reply: String

    /// The texts of the call's method and of both values, as one would write them in Swift.
    public init(method: String, request: String, reply: String) {
      self.method = method
      self.request = request
      self.reply = reply
    }
  }

  /// Makes a call to these services over a real loopback socket, and prints its layers.
  ///
  /// - Parameters:
  ///   - services: What the server has.
  ///   - arguments: The command line.
  ///   - call: Makes exactly one call, and says what went in and what came out.
  /// - Throws: What `call` throws, or why server or channel could not be made.
  public static func show(
    _ services: [any Service],
    _ arguments: Arguments,
    call: @escaping @Sendable (Channel) async throws -> Values
  ) async throws {
    let server = try await LessonServer.startLocally(services, arguments)
    let recorder = WireRecorder()
    var configuration = Channel.Configuration()
    configuration.transport.wireTap = recorder
    let channel = try Channel(to: "\(server.localAddress)", configuration: configuration)
    let values = try await LessonClient.cancelledByInterrupt { try await call(channel) }
    await channel.shutDown()
    await server.shutDown(grace: .zero)
    let recording = recorder.recording
    let text = LayersText(columns: Terminal.columns, values: values)
    let lines =
      text.request(recording.frames(isFromClient: true), pieces: recording.sent.map(\.count))
      + text.reply(recording.frames(isFromClient: false), pieces: recording.received.map(\.count))
    for line in lines { Terminal.result(line) }
  }
}

/// Keeps what the first connection of a client sends and receives.
final class WireRecorder: WireTap {
  struct Recording {
    fileprivate(set) var connection: Int?
    /// What each write took, and what each read gave.
    fileprivate(set) var sent: [[UInt8]] = []
    fileprivate(set) var received: [[UInt8]] = []

    /// The frames of one direction that belong to a call.
    func frames(isFromClient: Bool) -> [FrameView] {
      var conversation = WireConversation()
      // The request comes first: it names the method whose messages the reply holds.
      let sent = sent.flatMap { bytes in
        bytes.withUnsafeBytes { conversation.take($0, isFromClient: true) }
      }
      if isFromClient { return sent.filter { $0.stream == 1 } }
      return received.flatMap { bytes in
        bytes.withUnsafeBytes { conversation.take($0, isFromClient: false) }
      }.filter { $0.stream == 1 }
    }
  }

  private let state = Mutex(Recording())

  var recording: Recording { state.withLock { $0 } }

  func connectionOpened(
    _ connection: Int,
    role: HTTP2Connection.Role,
    local: SocketAddress,
    peer: SocketAddress
  ) {
    state.withLock { if $0.connection == nil, role == .client { $0.connection = connection } }
  }

  func bytes(_ connection: Int, _ direction: WireDirection, _ bytes: UnsafeRawBufferPointer) {
    state.withLock { state in
      guard state.connection == connection else { return }
      switch direction {
      case .sent: state.sent.append(Array(bytes))
      case .received: state.received.append(Array(bytes))
      }
    }
  }

  func connectionClosed(_ connection: Int) {}
}
