#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A port of 127.0.0.1 at which nobody listens at this moment.
package func freePort() throws -> UInt16 {
  // Below the ports that the system hands out by itself: nobody who asks for any port gets this one meanwhile.
  for _ in 0..<1_000 {
    if let port = bindLoopback(.random(in: 12_000..<32_000)) { return port }
  }
  throw ProcessError.notStarted("bind", reason: errorText(errno))
}

/// Whether a port of 127.0.0.1 could be listened at.
package func isFree(port: UInt16) -> Bool { bindLoopback(port) != nil }

/// Binds a socket to the port, closes it again, and gives the port that it had.
private func bindLoopback(_ port: UInt16) -> UInt16? {
  #if canImport(Glibc)
  let kind = Int32(SOCK_STREAM.rawValue)
  #else
  let kind = SOCK_STREAM
  #endif
  let descriptor = socket(AF_INET, kind, 0)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  // As servers do: connections that have ended but still linger don't make a port taken.
  var yes: Int32 = 1
  setsockopt(
    descriptor,
    SOL_SOCKET,
    SO_REUSEADDR,
    &yes,
    socklen_t(MemoryLayout<Int32>.size)
  )
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let failed = withUnsafeMutableBytes(of: &address) { bytes -> Bool in
    guard let base = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress else { return true }
    return bind(descriptor, base, size) != 0 || listen(descriptor, 1) != 0
      || getsockname(descriptor, base, &size) != 0
  }
  return failed ? nil : UInt16(bigEndian: address.sin_port)
}
