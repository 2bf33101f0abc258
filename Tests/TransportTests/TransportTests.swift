import HPACK
import HTTP2
import Sockets
import Testing

@testable import Transport

@Suite("A server's connections over sockets")
struct ConnectionTests {
  @Test("A client that closes its side still gets its answer, and then the server closes")
  func halfClosed() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(
      to: listener.localAddress,
      sending: Bytes.hello + Bytes.frame(4, 1, 0, []) + Bytes.frame(8, 0, 0, [0, 0x10, 0, 0])
    )
    // A million bytes do not fit the socket at once, and need a larger window.
    peer.send(Bytes.frame(4, 0, 0, [0, 4, 0, 0x20, 0, 0]) + Bytes.get("/large", on: 1))
    peer.finishWriting()
    let (bytes, isClosed) = await peer.waitForClose()
    #expect(isClosed)
    #expect(Bytes.frames(bytes).contains("DATA 1 end"))
    await listener.drain(grace: .zero)
  }

  @Test("A client that closes its side before its request is whole has given it up")
  func halfClosedTooEarly() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(
      to: listener.localAddress,
      sending: Bytes.hello + Bytes.get("/never", on: 1, end: false)
    )
    peer.finishWriting()
    let (_, isClosed) = await peer.waitForClose()
    #expect(isClosed)
    #expect(server.ended == ["resetByPeer(CANCEL)"])
    await listener.drain(grace: .zero)
  }

  @Test("Nobody goes on working for a client that is gone, although its request was whole")
  func vanished() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(
      to: listener.localAddress,
      sending: Bytes.hello + Bytes.get("/never", on: 1)
    )
    _ = await peer.wait { Bytes.frames($0).contains("SETTINGS 0") }
    peer.close()
    // The drain waits for all connections to be gone: long before its grace is over.
    await listener.drain(grace: .seconds(600))
    #expect(server.ended.count == 1)
  }

  @Test(
    "Who does not speak HTTP/2 gets GOAWAY and a close, and the log says what it saw",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1"), ("\u{16}\u{3}\u{1}\u{2}", "TLS"),
      ("hello\u{1B}[2J", "hello\\x1b[2J"),
    ]
  )
  func garbage(text: String, expected: String) async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(to: listener.localAddress)
    peer.send(Array(text.utf8))
    let (bytes, isClosed) = await peer.waitForClose()
    #expect(isClosed)
    #expect(Bytes.frames(bytes).last?.hasPrefix("GOAWAY 0") == true)
    await listener.drain(grace: .zero)
    let log = server.log
    #expect(log.count == 1 && log[0].contains(expected))
  }

  @Test("In pieces, too, the log sees what the peer began with")
  func slowGarbage() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(to: listener.localAddress)
    // "P" may be read alone, and begins a preface, too; the rest shows in one piece that it does not.
    peer.send(Array("P".utf8))
    peer.send(Array("OST / HTTP/1.1\r\n\r\n".utf8))
    _ = await peer.waitForClose()
    await listener.drain(grace: .zero)
    #expect(server.log.first?.contains("HTTP/1.1") == true)
  }

  @Test("Who says nothing, or half a preface, is closed when its time is over")
  func silence() async throws {
    let server = TestServer()
    let listener = try server.listen { $0.handshakeTimeout = .milliseconds(500) }
    let half = try await TestPeer(to: listener.localAddress, sending: Array("PRI * HT".utf8))
    let silent = try await TestPeer(to: listener.localAddress)
    let isSilentClosed = await silent.waitForClose().isClosed
    let isHalfClosed = await half.waitForClose().isClosed
    #expect(isSilentClosed && isHalfClosed)
    await listener.drain(grace: .zero)
    let log = server.log
    #expect(log.contains { $0.contains("nothing had come") })
    #expect(log.contains { $0.contains("PRI * HT") })
  }

  @Test("Pings that come too often end the connection with too_many_pings")
  func tooManyPings() async throws {
    let server = TestServer()
    let listener = try server.listen()
    let peer = try await TestPeer(to: listener.localAddress, sending: Bytes.hello)
    for _ in 0..<4 { peer.send(Bytes.frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])) }
    let (bytes, isClosed) = await peer.waitForClose()
    #expect(isClosed)
    #expect(Bytes.frames(bytes).last == "GOAWAY 0 too_many_pings")
    await listener.drain(grace: .zero)
  }

  @Test("A peer that does not answer keepalive pings is given up")
  func deadPeer() async throws {
    let server = TestServer()
    let listener = try server.listen {
      $0.keepaliveTime = .milliseconds(30)
      $0.keepaliveTimeout = .milliseconds(30)
    }
    let peer = try await TestPeer(
      to: listener.localAddress,
      sending: Bytes.hello + Bytes.get("/never", on: 1)
    )
    let (bytes, isClosed) = await peer.waitForClose()
    #expect(isClosed)
    #expect(Bytes.frames(bytes).contains("PING 0"))
    await listener.drain(grace: .zero)
  }

  @Test("An idle connection gets GOAWAY twice, as §6.8 wants it, and closes")
  func idle() async throws {
    let server = TestServer()
    let listener = try server.listen { $0.maxConnectionIdle = .milliseconds(30) }
    let peer = try await TestPeer(to: listener.localAddress, sending: Bytes.hello)
    _ = await peer.wait { Bytes.frames($0).contains("PING 0") }
    peer.send(Bytes.frame(6, 1, 0, Array("graceful".utf8)))
    let (bytes, isClosed) = await peer.waitForClose()
    #expect(isClosed)
    #expect(Bytes.frames(bytes).filter { $0.hasPrefix("GOAWAY") }.count == 2)
    await listener.drain(grace: .zero)
  }

  @Test("Above maxConnections, clients wait in line until a connection ends")
  func connectionLimit() async throws {
    let server = TestServer()
    let listener = try server.listen { $0.maxConnections = 2 }
    let first = try await TestPeer(to: listener.localAddress)
    let second = try await TestPeer(to: listener.localAddress)
    let third = try await TestPeer(to: listener.localAddress)
    for peer in [first, second, third] { peer.send(Bytes.hello + Bytes.get("/", on: 1)) }
    let isDone: @Sendable ([UInt8]) -> Bool = { Bytes.frames($0).contains("DATA 1 end") }
    _ = await first.wait(until: isDone)
    _ = await second.wait(until: isDone)
    #expect(server.opened == 2)
    first.close()
    let (bytes, _) = await third.wait(until: isDone)
    #expect(isDone(bytes))
    await listener.drain(grace: .zero)
  }
}
