import GRPC
import InteropTesting
import Lesson

/// What all test cases share: the server, and what is sent with each call.
struct InteropClient: Sendable {
  let flags: InteropFlags
  let channel: Channel
  /// What every call begins with.
  let options: CallOptions
  private let target: String

  var stub: TestService.Stub { TestService.Stub(channel) }

  /// Takes the server from the command line.
  init(_ flags: InteropFlags) throws {
    self.flags = flags
    guard let port = try flags.integer("--server_port", in: 1...65535) else {
      throw UsageError("--server_port is missing")
    }
    let host = flags.string("--server_host") ?? "localhost"
    target = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
    var options = CallOptions()
    options.metadata = try Self.additionalMetadata(flags)
    self.options = options
    channel = try Self.open(target, flags, timeout: .seconds(60))
  }

  /// A channel of its own; a call without a time-out is one that nothing ends but its answer.
  func newChannel() throws -> Channel { try Self.open(target, flags, timeout: nil) }

  private static func open(
    _ target: String,
    _ flags: InteropFlags,
    timeout: Duration?
  ) throws -> Channel {
    var configuration = Channel.Configuration()
    configuration.authority = flags.string("--server_host_override")
    configuration.defaultTimeout = timeout
    do {
      return try Channel(to: target, configuration: configuration)
    } catch {
      throw UsageError("--server_host: \(error)")
    }
  }

  private static func additionalMetadata(_ flags: InteropFlags) throws -> Metadata {
    var metadata = Metadata()
    guard let text = flags.string("--additional_metadata") else { return metadata }
    for pair in text.split(separator: ";") {
      guard let colon = pair.firstIndex(of: ":"), colon > pair.startIndex else {
        throw UsageError(
          "--additional_metadata takes key:value pairs behind semicolons, not '\(pair)'"
        )
      }
      metadata.append(String(pair[pair.index(after: colon)...]), for: String(pair[..<colon]))
    }
    if let violation = metadata.violation {
      throw UsageError("--additional_metadata: \(violation)")
    }
    return metadata
  }
}
