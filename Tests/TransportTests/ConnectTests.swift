import HTTP2
import Sockets
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import Transport

/// How attempts to connect end.
@Suite("Connecting")
struct ConnectTests {
  private final class Deaf: ClientConnectionDelegate {
    func connectionReady(_ connection: ClientConnection) {}
    func streamsAvailable(_ connection: ClientConnection) {}
    func connectionDraining(_ connection: ClientConnection) {}
    func connectionPingedTooOften(_ connection: ClientConnection) {}
    func connectionClosed(_ connection: ClientConnection, _ error: TransportError) {}
  }

  /// The error with which an attempt ends; nil when it succeeds.
  private func connect(to address: SocketAddress, timeout: Duration) async -> SocketError? {
    let loop = EventLoop()
    defer { loop.stop() }
    let delegate = Deaf()
    return await withCheckedContinuation { continuation in
      loop.execute {
        var configuration = TransportConfiguration()
        configuration.connectTimeout = timeout
        ClientConnection.connect(
          to: address,
          loop: loop,
          configuration: configuration,
          delegate: delegate
        ) { result in
          switch result {
          case .success(let connection):
            connection.close("over")
            continuation.resume(returning: nil)
          case .failure(let error): continuation.resume(returning: error)
          }
        }
      }
    }
  }

  #if os(Linux)
  @Test("An attempt that nobody answers ends after its time, and says so")
  func timesOut() async throws {
    // A queue of one that nobody takes from: the system answers no further attempt.
    let listening = try Socket.listen(on: .ipv4(bytes: [127, 0, 0, 1], port: 0))
    _ = listen(listening.descriptor, 0)
    let address = listening.localAddress
    let waiting = try (0..<16).map { _ in try Socket.connect(to: address) }
    let error = await connect(to: address, timeout: .milliseconds(20))
    #expect(error?.kind == .timedOut)
    #expect(error?.description == "cannot connect to \(address): no answer in time")
    withExtendedLifetime((listening, waiting)) {}
  }
  #endif

  @Test("An attempt that is refused ends at once, whatever its time")
  func refused() async throws {
    let listening = try Socket.listen(on: .ipv4(bytes: [127, 0, 0, 1], port: 0))
    let address = listening.localAddress
    listening.close()
    let error = await connect(to: address, timeout: .seconds(600))
    // Nil when another process has got the port meanwhile.
    if let error {
      #expect(error.description == "cannot connect to \(address): connection refused")
    }
  }
}
