internal import Sockets
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Writes what goes over the wire as a packet capture, for Wireshark and tshark.
///
/// The format is pcap's, link type 101 (packets begin with their IP header). What the system really sent
/// below TCP is not known here: each read and write becomes a packet, with headers made up to fit.
final class CaptureFile: Sendable {
  private struct Connection {
    var clientPort: UInt16
    var serverPort: UInt16
    /// The next sequence number, of the client and of the server.
    var sequence: [UInt32] = [1, 1]
  }

  private let descriptor: Int32
  private let connections = Mutex<[Int: Connection]>([:])

  /// Opens the file and writes its head.
  ///
  /// - Throws: `UsageError` when it cannot be written.
  init(_ path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw UsageError("cannot write \(path)") }
    var head: [UInt8] = []
    for word: UInt32 in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, 101] { head.appendLittle(word) }
    append(head)
  }

  deinit { close(descriptor) }

  func connectionOpened(_ connection: Int, client: SocketAddress, server: SocketAddress) {
    let made = Connection(
      clientPort: UInt16(truncatingIfNeeded: client.port ?? 40_000 + connection),
      serverPort: UInt16(truncatingIfNeeded: server.port ?? 50_051)
    )
    connections.withLock { $0[connection] = made }
    // The handshake, so that a reader knows where both directions begin.
    packet(made, isFromClient: true, flags: 0x02, sequence: 0, answer: 0, [], 0)
    packet(made, isFromClient: false, flags: 0x12, sequence: 0, answer: 1, [], 0)
  }

  func write(
    _ connection: Int,
    _ bytes: UnsafeRawBufferPointer,
    isFromClient: Bool,
    milliseconds: Double
  ) {
    connections.withLock { connections in
      guard var state = connections[connection] else { return }
      let side = isFromClient ? 0 : 1
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(32_768)
        rest = rest.dropFirst(piece.count)
        packet(
          state,
          isFromClient: isFromClient,
          flags: 0x18,
          sequence: state.sequence[side],
          answer: state.sequence[1 - side],
          Array(piece),
          milliseconds
        )
        state.sequence[side] &+= UInt32(truncatingIfNeeded: piece.count)
      }
      connections[connection] = state
    }
  }

  func connectionClosed(_ connection: Int) {
    _ = connections.withLock { $0.removeValue(forKey: connection) }
  }

  private func packet(
    _ connection: Connection,
    isFromClient: Bool,
    flags: UInt8,
    sequence: UInt32,
    answer: UInt32,
    _ payload: [UInt8],
    _ milliseconds: Double
  ) {
    let length = UInt32(40 + payload.count)
    var bytes: [UInt8] = []
    let microseconds = UInt64(max(0, milliseconds) * 1000)
    bytes.appendLittle(UInt32(truncatingIfNeeded: microseconds / 1_000_000))
    bytes.appendLittle(UInt32(truncatingIfNeeded: microseconds % 1_000_000))
    bytes.appendLittle(length)
    bytes.appendLittle(length)
    // IPv4: version and length, total length, no fragment, 64 hops, TCP, no checksum, loopback.
    bytes += [0x45, 0, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
    bytes += [0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]
    let ports =
      isFromClient
      ? [connection.clientPort, connection.serverPort]
      : [connection.serverPort, connection.clientPort]
    for port in ports { bytes += [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)] }
    bytes.appendBig(sequence)
    bytes.appendBig(answer)
    bytes += [0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]
    append(bytes + payload)
  }

  private func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let buffer = UnsafeRawBufferPointer(rebasing: rest)
        #if canImport(Darwin)
        let count = Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
        let count = Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
        let count = Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
        if count <= 0 && errno != EINTR { return }
        rest = rest.dropFirst(max(0, count))
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func appendLittle(_ value: UInt32) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func appendBig(_ value: UInt32) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
