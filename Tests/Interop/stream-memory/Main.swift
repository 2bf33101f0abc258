import GRPC
import Protobuf

#if canImport(Glibc)
import Glibc
#endif

/// `stream-memory MIB`: sends so many mebibytes each way through a consumer that sleeps, and ends with 1 when the
/// process has grown by more than 32 MiB.
///
/// Both ends are this process, so both buffers count: what the writer's side keeps back and what the reader's side
/// holds. Linux tells the highest memory that a process ever had; elsewhere only the bytes are counted.
@main
struct Main {
  static let allowed = 32 * 1_024  // KiB

  static func main() async throws {
    let mebibytes = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 64
    let server = try await Server.listening(on: "127.0.0.1:0", serving: Hose())
    let channel = try Channel(to: "\(server.localAddress)")
    // Code is loaded and pools are filled before the measurement begins.
    try await drain(channel, Hose.piece * 16)
    try await fill(channel, Hose.piece * 16)
    let start = Memory.now
    let bytes = mebibytes << 20
    try await drain(channel, bytes)
    try await fill(channel, bytes)
    await channel.shutDown()
    await server.shutDown(grace: .zero)
    guard let start, let highest = Memory.highest else {
      return print("\(mebibytes) MiB each way; this system does not tell a process's memory")
    }
    print("\(mebibytes) MiB each way, \(highest - start) KiB more memory at most")
    if highest - start > allowed {
      print("more than \(allowed) KiB: something keeps what it should not have taken")
      exit(1)
    }
  }

  /// The client writes, the server reads slowly.
  private static func drain(_ channel: Channel, _ bytes: Int) async throws {
    let call = channel.clientStreaming(Hose.drain)
    for _ in 0..<(bytes / Hose.piece) { try await call.send(Hose.block) }
    let received = try await call.finishAndReceive()
    precondition(received.value == UInt64(bytes), "\(received.value) of \(bytes) bytes have come")
  }

  /// The server writes, the client reads slowly.
  private static func fill(_ channel: Channel, _ bytes: Int) async throws {
    var received = 0
    var sleeper = Sleeper()
    for try await block in channel.serverStreaming(Hose.fill, .init(value: UInt64(bytes))) {
      await sleeper.sleep()
      received += block.value.count
    }
    precondition(received == bytes, "\(received) of \(bytes) bytes have come")
  }
}

/// Sleeps before the first message, long enough for every buffer to fill, and often for a moment later.
struct Sleeper {
  private var messages = 0

  mutating func sleep() async {
    if messages == 0 { try? await Task.sleep(for: .milliseconds(300)) }
    if messages % 32 == 0 { try? await Task.sleep(for: .milliseconds(1)) }
    messages += 1
  }
}

/// A service through which bytes run.
struct Hose: Service {
  static let serviceName = "test.Hose"
  static let piece = 32_768
  static let block = Google.Protobuf.BytesValue(value: [UInt8](repeating: 7, count: piece))

  static let drain = MethodDescriptor<Google.Protobuf.BytesValue, Google.Protobuf.UInt64Value>(
    service: serviceName,
    name: "Drain",
    kind: .clientStreaming
  )
  static let fill = MethodDescriptor<Google.Protobuf.UInt64Value, Google.Protobuf.BytesValue>(
    service: serviceName,
    name: "Fill",
    kind: .serverStreaming
  )

  var methods: [MethodImplementation] {
    [
      .clientStreaming(Self.drain) { requests, _ in
        var received = 0
        var sleeper = Sleeper()
        for try await block in requests {
          await sleeper.sleep()
          received += block.value.count
        }
        return .init(value: UInt64(received))
      },
      .serverStreaming(Self.fill) { size, responses, _ in
        for _ in 0..<(Int(size.value) / Self.piece) { try await responses.send(Self.block) }
      },
    ]
  }
}

/// What /proc tells of this process, in KiB; nil where there is no /proc.
enum Memory {
  static var now: Int? { value(of: "VmRSS:") }
  static var highest: Int? { value(of: "VmHWM:") }

  private static func value(of name: String) -> Int? {
    #if canImport(Glibc)
    guard let file = fopen("/proc/self/status", "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8_192)
    let count = fread(&bytes, 1, bytes.count, file)
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
      return nil
    }
    return Int(line.filter(\.isNumber))
    #else
    return nil
    #endif
  }
}
