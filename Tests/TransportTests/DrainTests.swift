import HPACK
import HTTP2
import Sockets
import Testing

@testable import Transport

@Suite("Draining a server")
struct DrainTests {
  @Test("Calls that are still open at the end of the grace get their last words, then the end")
  func lastWords() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(
      to: listener.localAddress,
      sending: Bytes.hello + Bytes.get("/never", on: 1)
    )
    await server.waitForRequests(1)
    await listener.drain(grace: .milliseconds(20))
    let (bytes, isClosed) = await peer.waitForClose()
    #expect(isClosed)
    let frames = Bytes.frames(bytes)
    #expect(frames.contains("HEADERS 1 end"))
    #expect(frames.last?.hasPrefix("GOAWAY") == true)
  }

  @Test("A peer that reads nothing does not hold the drain")
  func readsNothing() async throws {
    let server = TestServer()
    let listener = try server.listen { $0.closeTimeout = .milliseconds(50) }
    let peer = try await TestPeer(to: listener.localAddress)
    peer.stopReading()
    peer.send(Bytes.hello + Bytes.frame(4, 0, 0, [0, 4, 0x7F, 0xFF, 0xFF, 0xFF]))
    peer.send(Bytes.frame(8, 0, 0, [0x3F, 0xFF, 0, 0]))
    for stream in 0..<60 { peer.send(Bytes.get("/large", on: UInt8(stream * 2 + 1))) }
    await server.waitForRequests(60)
    await listener.drain(grace: .milliseconds(20))
    #expect(server.ended.count == 60)
  }

  @Test("A second drain with less patience ends the first one")
  func secondDrain() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(
      to: listener.localAddress,
      sending: Bytes.hello + Bytes.get("/never", on: 1)
    )
    await server.waitForRequests(1)
    async let patient: Void = listener.drain(grace: .seconds(600))
    await listener.drain(grace: .milliseconds(1))
    await patient
    await listener.drain(grace: .seconds(600))
    peer.close()
  }

  @Test("A drain waits for streams that are open, and refuses connections at once")
  func refusesConnections() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let address = listener.localAddress
    let peer = try await TestPeer(to: address, sending: Bytes.hello + Bytes.get("/never", on: 1))
    await server.waitForRequests(1)
    async let drained: Void = listener.drain(grace: .seconds(600))
    _ = await peer.wait { Bytes.frames($0).contains("PING 0") }
    let late = try? await TestPeer(to: address)
    if let late {
      late.send(Bytes.hello)
      let isClosed = await late.waitForClose().isClosed
      #expect(isClosed)
    }
    peer.send(Bytes.frame(3, 0, 1, [0, 0, 0, 8]))
    await drained
  }
}
