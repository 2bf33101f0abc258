import Processes
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import Sockets

/// What the system refuses, met for real, and what a person reads then.
@Suite("What the system refuses")
struct SocketErrorTests {
  private static let loopback = SocketAddress.ipv4(bytes: [127, 0, 0, 1], port: 0)

  @Test(
    "Each refusal has its kind, and one line that says what to do",
    arguments: [
      (EADDRINUSE, .addressInUse, "the port is taken; choose another, or 0 for a free one"),
      (EACCES, .notPermitted, "not permitted"),
      (EADDRNOTAVAIL, .addressNotAvailable, "not an address of this machine"),
      (ECONNREFUSED, .connectionRefused, "connection refused"),
      (ENOENT, .connectionRefused, "no such socket"),
      (EHOSTUNREACH, .unreachable, "unreachable"), (ENETUNREACH, .unreachable, "unreachable"),
      (ETIMEDOUT, .timedOut, "no answer in time"),
      (ECONNRESET, .connectionReset, "connection reset by peer"),
      (EPIPE, .connectionReset, "connection reset by peer"),
      (EMFILE, .tooManyOpenFiles, "too many open files in this process (ulimit -n)"),
      (ENFILE, .tooManyOpenFiles, "too many open files on this machine"),
    ] as [(Int32, SocketError.Kind, String)]
  )
  func texts(code: Int32, kind: SocketError.Kind, reason: String) {
    let error = SocketError(code: code, "cannot connect to 127.0.0.1:1")
    #expect(error.kind == kind)
    #expect(error.description == "cannot connect to 127.0.0.1:1: \(reason)")
  }

  @Test("A port that is taken says so, and how to get another")
  func portTaken() throws {
    let first = try Socket.listen(on: Self.loopback)
    let error = #expect(throws: SocketError.self) {
      _ = try Socket.listen(on: first.localAddress)
    }
    #expect(error?.kind == .addressInUse)
    #expect(
      error?.description
        == "cannot listen on \(first.localAddress): the port is taken; choose another, or 0 for a free one"
    )
  }

  @Test("An address of another machine cannot be listened at")
  func foreignAddress() {
    // A documentation address (RFC 5737), which no machine has.
    let address = SocketAddress.ipv4(bytes: [203, 0, 113, 1], port: 0)
    let error = #expect(throws: SocketError.self) { _ = try Socket.listen(on: address) }
    #expect(error?.kind == .addressNotAvailable)
    #expect(
      error?.description == "cannot listen on 203.0.113.1:0: not an address of this machine"
    )
  }

  #if os(Linux)
  @Test("An address to which no route leads is unreachable, and the error names it")
  func unreachable() {
    // TCP reaches no broadcast address: the system says so without sending anything.
    let address = SocketAddress.ipv4(bytes: [255, 255, 255, 255], port: 9)
    let error = #expect(throws: SocketError.self) { _ = try Socket.connect(to: address) }
    #expect(error?.kind == .unreachable)
    #expect(error?.description == "cannot connect to 255.255.255.255:9: unreachable")
  }
  #endif

  @Test("A Unix socket that is not there, or has no server, is refused")
  func unixRefused() throws {
    let path = "/tmp/sockets-test-\(UInt64.random(in: 0 ... .max))"
    let address = SocketAddress.unix(path: path)
    let missing = #expect(throws: SocketError.self) { _ = try Socket.connect(to: address) }
    #expect(missing?.kind == .connectionRefused)
    #expect(missing?.description == "cannot connect to unix:\(path): no such socket")
    try Socket.listen(on: address).close()
    let abandoned = #expect(throws: SocketError.self) { _ = try Socket.connect(to: address) }
    #expect(abandoned?.description == "cannot connect to unix:\(path): connection refused")
    remove(path)
  }

  @Test("Writing to a peer that has gone is an error, not the signal SIGPIPE")
  func brokenPipe() throws {
    let address = SocketAddress.unix(path: "/tmp/sockets-test-\(UInt64.random(in: 0 ... .max))")
    let listening = try Socket.listen(on: address)
    let socket = try Socket.connect(to: address)
    let accepted = try #require(try listening.accept()).0
    accepted.close()
    // The test process has no handler for SIGPIPE: it would be gone.
    for _ in 0..<3 {
      let outcome = [UInt8](repeating: 1, count: 100).withUnsafeBytes { socket.write([$0]) }
      let reason = "the connection failed while writing: connection reset by peer"
      #expect(outcome == .failed(SocketError(.connectionReset, reason)))
    }
    if case .unix(let path) = address { remove(path) }
  }

  @Test("A process without a free descriptor says so, and how to get more")
  func tooManyOpenFiles() async throws {
    // The limit belongs to a process: another one has to run into it.
    let outcome = try await offThePool {
      let server = try Child(Command(["\(Products.folder)/interop-server", "--port=0"]))
      defer { server.end() }
      let line = try server.line(startingWith: "listening on ", within: .seconds(60))
      let target = String(line.dropFirst("listening on ".count))
      let client = "\(Products.folder)/many-streams"
      let arguments = [
        "--target", target, "--connections", "80", "--streams", "80", "--messages", "1",
      ]
      return try run(
        Command(["/bin/sh", "-c", "ulimit -n 40; exec \"$0\" \"$@\"", client] + arguments)
      )
    }
    #expect(outcome.status == .exited(64 + 14))
    #expect(outcome.errorText.contains("UNAVAILABLE: cannot connect to 127.0.0.1:"))
    #expect(outcome.errorText.contains(": too many open files in this process (ulimit -n)"))
  }
}
