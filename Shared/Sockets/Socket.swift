#if canImport(Glibc)
internal import CSystem
internal import Glibc
#elseif canImport(Musl)
internal import CSystem
internal import Musl
#else
internal import Darwin
#endif

/// A non-blocking stream socket.
///
/// It closes its descriptor when it goes.
public final class Socket {
  /// The system's number for it.
  public private(set) var descriptor: Int32

  /// What an attempt to read or write came to.
  public enum Outcome: Equatable {
    /// So many bytes; for reading at least one.
    case bytes(Int)
    /// Nothing now; the loop will say when.
    case wouldBlock
    /// The peer has sent all it will send.
    case end
    /// The connection is gone.
    case failed(SocketError)
  }

  init(descriptor: Int32) {
    self.descriptor = descriptor
    SystemCall.prepare(descriptor)
  }

  deinit { close() }

  /// Gives the descriptor back now.
  public func close() {
    guard descriptor >= 0 else { return }
    SystemCall.closeDescriptor(descriptor)
    descriptor = -1
  }

  // MARK: Listening

  /// Listens on an address.
  ///
  /// SO_REUSEADDR lets a restarted server have its port back at once; SO_REUSEPORT is never set, so
  /// that two servers cannot share a port silently.
  public static func listen(on address: SocketAddress) throws(SocketError) -> Socket {
    let action = "cannot listen on \(address)"
    let socket = try open(for: address, action)
    if case .unix(let path) = address {
      removeAbandonedSocket(at: path, address)
    } else {
      _ = SystemCall.setOption(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    }
    guard address.withSockaddr({ bind(socket.descriptor, $0, $1) }) == 0,
      Self.startListening(socket.descriptor) == 0
    else { throw Self.listenError(code: errno, address, action) }
    return socket
  }

  /// Takes one connection that waits; nil when none does.
  ///
  /// - Throws: `SocketError`, of kind `tooManyOpenFiles` when the process has no descriptor left.
  public func accept() throws(SocketError) -> (Socket, SocketAddress)? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var accepted: Int32
    repeat {
      accepted = withUnsafeMutablePointer(to: &storage) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          Self.acceptConnection(descriptor, address, &length)
        }
      }
      // Somebody has given up while waiting in line; others may stand behind, and no event will tell of them.
    } while accepted < 0 && (errno == ECONNABORTED || errno == EINTR)
    if accepted >= 0 {
      let socket = Socket(descriptor: accepted)
      let peer = SocketAddress(storage) ?? .unix(path: "")
      if peer.port != nil { socket.sendAtOnce() }
      return (socket, peer)
    }
    switch errno {
    case EAGAIN: return nil
    default: throw SocketError(code: errno, "cannot accept a connection")
    }
  }

  // MARK: Connecting

  /// Begins to connect.
  ///
  /// The loop says `becameWritable` when the attempt has ended; `connectError` then tells how.
  public static func connect(to address: SocketAddress) throws(SocketError) -> Socket {
    let action = "cannot connect to \(address)"
    let socket = try open(for: address, action)
    if DescriptorLimit.isReached(by: socket.descriptor) {
      socket.close()
      throw SocketError(code: EMFILE, action)
    }
    if address.port != nil { socket.sendAtOnce() }
    let result = address.withSockaddr { address, length in
      SystemCall.uninterrupted { Self.startConnecting(socket.descriptor, address, length) }
    }
    guard result == 0 || errno == EINPROGRESS else { throw SocketError(code: errno, action) }
    return socket
  }

  /// How a connection attempt ended; nil when it succeeded.
  public func connectError(to address: SocketAddress) -> SocketError? {
    takeError("cannot connect to \(address)")
  }

  /// What has become of the connection without anybody reading or writing; nil when nothing has.
  public var pendingError: SocketError? { takeError("the connection failed") }

  private func takeError(_ action: String) -> SocketError? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return code == 0 ? nil : SocketError(code: code, action)
  }

  /// This end's address.
  public var localAddress: SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(descriptor, $0, &length)
      }
    }
    return SocketAddress(storage) ?? .unix(path: "")
  }

  // MARK: Bytes

  /// Reads what has arrived, as much as fits.
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    let count = SystemCall.receive(descriptor, buffer)
    if count > 0 { return .bytes(count) }
    if count == 0 { return .end }
    return Self.failure("the connection failed while reading")
  }

  /// Writes pieces of memory one after the other, as much as the system takes.
  public func write(_ pieces: [UnsafeRawBufferPointer]) -> Outcome {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: min(pieces.count, 64)) { vectors in
      for (index, piece) in pieces.prefix(64).enumerated() {
        vectors[index] = iovec(
          iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress),
          iov_len: piece.count
        )
      }
      guard let base = vectors.baseAddress else { return .bytes(0) }
      let count = SystemCall.send(descriptor, base, vectors.count)
      return count >= 0 ? .bytes(count) : Self.failure("the connection failed while writing")
    }
  }

  /// Says that this end has sent all it will send.
  public func finishWriting() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  // MARK: Pieces

  private static func listenError(
    code: Int32,
    _ address: SocketAddress,
    _ action: String
  ) -> SocketError {
    guard code == EADDRINUSE, case .unix = address else { return SocketError(code: code, action) }
    return SocketError(.addressInUse, "\(action): another server listens there")
  }

  private static func failure(_ action: String) -> Outcome {
    errno == EAGAIN || errno == EWOULDBLOCK
      ? .wouldBlock : .failed(SocketError(code: errno, action))
  }

  private static func open(
    for address: SocketAddress,
    _ action: String
  ) throws(SocketError) -> Socket {
    if case .unix(let path) = address, path.utf8.count > SocketAddress.longestPath || path.isEmpty {
      throw SocketError(
        .invalidAddress,
        "\(action): the path must have 1 to \(SocketAddress.longestPath) bytes"
      )
    }
    let descriptor = socket(address.family, streamSocket, 0)
    guard descriptor >= 0 else { throw SocketError(code: errno, action) }
    return Socket(descriptor: descriptor)
  }

  /// Small messages leave at once instead of waiting for the acknowledgement of the last one (Nagle).
  private func sendAtOnce() {
    _ = SystemCall.setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
  }

  /// A Unix socket's file outlives its server.
  ///
  /// It may go when nobody answers behind it.
  private static func removeAbandonedSocket(at path: String, _ address: SocketAddress) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    let probe = socket(AF_UNIX, streamSocket, 0)
    defer { SystemCall.closeDescriptor(probe) }
    if address.withSockaddr({ Self.startConnecting(probe, $0, $1) }) != 0, errno == ECONNREFUSED {
      unlink(path)
    }
  }

  // Under names of their own: inside this type, `listen`, `accept` and `connect` mean its methods.

  private static func startListening(_ descriptor: Int32) -> Int32 {
    #if canImport(Darwin)
    Darwin.listen(descriptor, SOMAXCONN)
    #elseif canImport(Musl)
    Musl.listen(descriptor, SOMAXCONN)
    #else
    Glibc.listen(descriptor, SOMAXCONN)
    #endif
  }

  private static func acceptConnection(
    _ descriptor: Int32,
    _ address: UnsafeMutablePointer<sockaddr>,
    _ length: inout socklen_t
  ) -> Int32 {
    #if canImport(Darwin)
    Darwin.accept(descriptor, address, &length)
    #elseif canImport(Musl)
    Musl.accept(descriptor, address, &length)
    #else
    Glibc.accept(descriptor, address, &length)
    #endif
  }

  private static func startConnecting(
    _ descriptor: Int32,
    _ address: UnsafePointer<sockaddr>,
    _ length: socklen_t
  ) -> Int32 {
    #if canImport(Darwin)
    Darwin.connect(descriptor, address, length)
    #elseif canImport(Musl)
    Musl.connect(descriptor, address, length)
    #else
    Glibc.connect(descriptor, address, length)
    #endif
  }
}
