import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import Sockets

/// Reads all that comes on a socket and sends it back; ends with its peer.
private final class Echo: ReadinessDelegate {
  let loop: EventLoop
  let socket: Socket
  private var registration: Registration?

  init(_ socket: Socket, on loop: EventLoop) {
    self.socket = socket
    self.loop = loop
    registration = loop.register(socket.descriptor, self)
  }

  func becameReadable() {
    while true {
      switch socket.read(into: loop.readBuffer) {
      case .bytes(let count):
        let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
        _ = socket.write([bytes])
      case .wouldBlock: return
      case .end, .failed:
        if let registration { loop.deregister(registration) }
        registration = nil
        return
      }
    }
  }

  func becameWritable() {}
}

/// Accepts on the loop's own thread, and gives every connection an echo.
private final class Acceptor: ReadinessDelegate {
  let loop: EventLoop
  let socket: Socket
  var echoes: [Echo] = []

  init(_ socket: Socket, on loop: EventLoop) {
    self.socket = socket
    self.loop = loop
  }

  func becameReadable() {
    while case let (socket, _)? = try? socket.accept() { echoes.append(Echo(socket, on: loop)) }
  }

  func becameWritable() {}
}

/// Connects, sends a word, and tells what came back.
private final class Caller: ReadinessDelegate {
  let loop: EventLoop
  let socket: Socket
  let address: SocketAddress
  let done: (Result<String, SocketError>) -> Void
  var registration: Registration?
  private var isConnected = false

  init(
    _ socket: Socket,
    to address: SocketAddress,
    on loop: EventLoop,
    done: @escaping (Result<String, SocketError>) -> Void
  ) {
    self.socket = socket
    self.address = address
    self.loop = loop
    self.done = done
    registration = loop.register(socket.descriptor, self)
  }

  func becameReadable() {
    guard isConnected, case .bytes(let count) = socket.read(into: loop.readBuffer) else { return }
    end(.success(String(decoding: loop.readBuffer[..<count], as: UTF8.self)))
  }

  func becameWritable() {
    guard !isConnected else { return }
    if let error = socket.connectError(to: address) { return end(.failure(error)) }
    isConnected = true
    _ = Array("hello".utf8).withUnsafeBytes { socket.write([$0]) }
  }

  private func end(_ result: Result<String, SocketError>) {
    guard let registration else { return }
    self.registration = nil
    loop.deregister(registration)
    done(result)
  }
}

/// What a test keeps alive for as long as its loop runs.
private final class Kept { var objects: [AnyObject] = [] }

@Suite("Sockets on a loop")
struct SocketTests {
  /// Listens, connects, sends a word, and returns what came back.
  private func roundTrip(over address: SocketAddress) async throws -> String {
    let loop = EventLoop()
    defer { loop.stop() }
    let result = await withCheckedContinuation { continuation in
      loop.execute {
        let kept = Kept()
        do throws(SocketError) {
          let listening = try Socket.listen(on: address)
          let acceptor = Acceptor(listening, on: loop)
          let registration = loop.register(listening.descriptor, acceptor)
          let address = listening.localAddress
          let socket = try Socket.connect(to: address)
          kept.objects = [
            acceptor,
            Caller(socket, to: address, on: loop) {
              loop.deregister(registration)
              listening.close()
              kept.objects = []
              continuation.resume(returning: $0)
            },
          ]
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  @Test("Bytes go to and fro over IPv4, and connections come and go while events are handed out")
  func ipv4() async throws {
    let address = try #require(SocketAddress(numericHost: "127.0.0.1", port: 0))
    #expect(try await roundTrip(over: address) == "hello")
  }

  @Test("Bytes go to and fro over IPv6")
  func ipv6() async throws {
    let address = try #require(SocketAddress(numericHost: "::1", port: 0))
    do {
      #expect(try await roundTrip(over: address) == "hello")
    } catch let error as SocketError where error.kind == .addressNotAvailable {
      print("left out: this machine has no IPv6 loopback")
    }
  }

  @Test("Bytes go to and fro over a Unix socket, whose file an ended server leaves behind")
  func unix() async throws {
    let path = "/tmp/sockets-test-\(UInt64.random(in: 0 ... .max))"
    #expect(try await roundTrip(over: .unix(path: path)) == "hello")
    #expect(try await roundTrip(over: .unix(path: path)) == "hello")
    remove(path)
  }

  @Test("A port on which nobody listens refuses, and the error names it")
  func refused() async throws {
    let loop = EventLoop()
    defer { loop.stop() }
    let free = try #require(SocketAddress(numericHost: "127.0.0.1", port: 0))
    let address = try Socket.listen(on: free).localAddress  // closed again at once
    let result = await withCheckedContinuation { continuation in
      loop.execute {
        let kept = Kept()
        do throws(SocketError) {
          let socket = try Socket.connect(to: address)
          kept.objects = [
            Caller(socket, to: address, on: loop) {
              kept.objects = []
              continuation.resume(returning: $0)
            }
          ]
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    guard case .failure(let error) = result else {
      Issue.record("somebody listens")
      return
    }
    #expect(error.kind == .connectionRefused)
    #expect(error.description == "cannot connect to \(address): connection refused")
  }

  @Test("A Unix socket that somebody listens on is not taken away from him")
  func unixTaken() throws {
    let address = SocketAddress.unix(path: "/tmp/sockets-test-\(UInt64.random(in: 0 ... .max))")
    let first = try Socket.listen(on: address)
    do {
      _ = try Socket.listen(on: address)
      Issue.record("two sockets share a path")
    } catch {
      #expect(error.kind == .addressInUse)
      #expect(!error.description.contains("port"))
    }
    if case .unix(let path) = first.localAddress { remove(path) }
  }
}
