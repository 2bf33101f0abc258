#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension SocketAddress {
  /// All addresses of a host, in the order in which the system wants them tried (RFC 6724).
  ///
  /// The system's resolver blocks: it is asked on a thread of its own, never on a loop's.
  ///
  /// - Throws: `SocketError` of kind `nameNotFound`.
  public static func resolve(_ host: String, port: UInt16) async throws -> [SocketAddress] {
    if let address = SocketAddress(numericHost: host, port: port) { return [address] }
    let result = await withCheckedContinuation { continuation in
      DetachedThread.run { continuation.resume(returning: lookUp(host, port: port)) }
    }
    return try result.get()
  }

  private static func lookUp(_ host: String, port: UInt16) -> Result<[SocketAddress], SocketError> {
    var hints = addrinfo()
    hints.ai_socktype = streamSocket
    var list: UnsafeMutablePointer<addrinfo>?
    let failure = getaddrinfo(host, String(port), &hints, &list)
    guard failure == 0 else {
      let reason = String(cString: gai_strerror(failure))
      return .failure(SocketError(.nameNotFound, "cannot find the address of \(host): \(reason)"))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      var storage = sockaddr_storage()
      if let address = entry.ai_addr {
        withUnsafeMutableBytes(of: &storage) {
          $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen)))
        }
        if let address = SocketAddress(storage), !addresses.contains(address) {
          addresses.append(address)
        }
      }
      next = entry.ai_next
    }
    return .success(addresses)
  }
}

/// Runs a closure that may block on a new thread.
package enum DetachedThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  package static func run(_ body: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Body(body)).toOpaque()
    #if canImport(Darwin)
    var thread: pthread_t?
    pthread_create(
      &thread,
      nil,
      {
        Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run(); return nil
      },
      context
    )
    if let thread { pthread_detach(thread) }
    #else
    var thread = pthread_t()
    pthread_create(
      &thread,
      nil,
      { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      },
      context
    )
    pthread_detach(thread)
    #endif
  }
}
