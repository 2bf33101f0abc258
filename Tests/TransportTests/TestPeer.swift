import Sockets

@testable import Transport

/// A client that says exactly the bytes that a test gives it.
final class TestPeer: Sendable {
  private let loop = EventLoop(name: "test peer")
  private let wire: LoopConfined<Wire>

  /// Connects, and begins with these bytes.
  init(to address: SocketAddress, sending opening: [UInt8] = []) async throws {
    let socket = LoopConfined(try Socket.connect(to: address), to: loop)
    wire = await withCheckedContinuation { [loop] continuation in
      loop.execute {
        let wire = Wire(socket.wrapped, on: loop)
        wire.send(opening)
        continuation.resume(returning: LoopConfined(wire, to: loop))
      }
    }
  }

  deinit {
    let wire = wire
    loop.execute { wire.wrapped.end() }
    loop.stop()
  }

  /// Sends bytes; a later send stands behind them.
  func send(_ bytes: [UInt8]) { loop.execute { self.wire.wrapped.send(bytes) } }

  /// Says that it will send no more.
  func finishWriting() { loop.execute { self.wire.wrapped.socket.finishWriting() } }

  /// Reads nothing from now on.
  func stopReading() { loop.execute { self.wire.wrapped.isReading = false } }

  /// Closes, without a goodbye.
  func close() { loop.execute { self.wire.wrapped.end() } }

  /// Waits until what has come satisfies a condition, the connection has ended, or half a minute is over.
  ///
  /// - Returns: All that has come so far, and whether the other side has closed.
  func wait(
    until condition: @escaping @Sendable ([UInt8]) -> Bool
  ) async -> (bytes: [UInt8], isClosed: Bool) {
    await withCheckedContinuation { continuation in
      loop.execute { self.wire.wrapped.wait(until: condition, continuation) }
    }
  }

  /// Waits until the other side closes.
  func waitForClose() async -> (bytes: [UInt8], isClosed: Bool) { await wait { _ in false } }
}

/// The socket of a test's peer, on its loop.
private final class Wire: ReadinessDelegate {
  typealias Continuation = CheckedContinuation<(bytes: [UInt8], isClosed: Bool), Never>

  let socket: Socket
  var isReading = true
  private let loop: EventLoop
  private var registration: Registration?
  private var received: [UInt8] = []
  private var unsent: [UInt8] = []
  private var isClosed = false
  private var waiting: (condition: ([UInt8]) -> Bool, continuation: Continuation)?

  init(_ socket: Socket, on loop: EventLoop) {
    self.socket = socket
    self.loop = loop
    registration = loop.register(socket.descriptor, self)
  }

  func send(_ bytes: [UInt8]) {
    unsent += bytes
    becameWritable()
  }

  func wait(until condition: @escaping ([UInt8]) -> Bool, _ continuation: Continuation) {
    waiting = (condition, continuation)
    loop.schedule(after: 30_000_000_000) { self.resume() }
    check()
  }

  func end() {
    if let registration { loop.deregister(registration) }
    registration = nil
    socket.close()
    isClosed = true
    check()
  }

  func becameWritable() {
    while !unsent.isEmpty {
      guard case .bytes(let count) = unsent.withUnsafeBytes({ socket.write([$0]) }) else { return }
      unsent.removeSubrange(..<count)
    }
  }

  func becameReadable() {
    while isReading, !isClosed {
      switch socket.read(into: loop.readBuffer) {
      case .bytes(let count): received += loop.readBuffer[..<count]
      case .wouldBlock: return check()
      case .end, .failed:
        isClosed = true
        return check()
      }
    }
  }

  private func check() {
    guard let waiting, isClosed || waiting.condition(received) else { return }
    resume()
  }

  private func resume() {
    guard let continuation = waiting?.continuation else { return }
    waiting = nil
    continuation.resume(returning: (received, isClosed))
  }
}

/// Frames as a test writes them.
enum Bytes {
  static let hello = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [])

  static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), type, flags, 0, 0, 0, stream]
      + payload
  }

  /// A GET with a path of at most 126 bytes.
  static func get(_ path: String, on stream: UInt8, end: Bool = true) -> [UInt8] {
    let block: [UInt8] = [0x82, 0x86, 0x04, UInt8(path.utf8.count)] + Array(path.utf8)
    return frame(1, end ? 5 : 4, stream, block)
  }

  /// The frames in a run of bytes, as "type stream", with the payload of GOAWAY's debug data.
  static func frames(_ bytes: [UInt8]) -> [String] {
    var frames: [String] = []
    var offset = 0
    while offset + 9 <= bytes.count {
      let length = Int(bytes[offset]) << 16 | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2])
      let end = bytes[offset + 4] & 1 == 1 && bytes[offset + 3] <= 1 ? " end" : ""
      let payload = bytes[(offset + 9)..<min(bytes.count, offset + 9 + length)]
      let debug =
        bytes[offset + 3] == 7 ? String(decoding: payload.dropFirst(8), as: UTF8.self) : ""
      let type = names[Int(min(bytes[offset + 3], 10))]
      frames.append("\(type) \(bytes[offset + 8])\(end)\(debug.isEmpty ? "" : " \(debug)")")
      offset += 9 + length
    }
    return frames
  }

  private static let names = [
    "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
    "WINDOW_UPDATE", "CONTINUATION", "unknown",
  ]
}
