#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Where a socket listens or connects: an IPv4 or IPv6 address and a port, or a path.
public enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
  /// Four bytes and a port.
  case ipv4(bytes: [UInt8], port: UInt16)
  /// Sixteen bytes, a port, and the interface a link-local address belongs to.
  case ipv6(bytes: [UInt8], port: UInt16, scope: UInt32)
  /// A Unix socket's path in the file system; empty for the unnamed end of a connection.
  case unix(path: String)

  /// As it is written in a target: `127.0.0.1:50051`, `[::1]:50051`, `unix:/tmp/socket`.
  public var description: String {
    switch self {
    case .ipv4(let bytes, let port):
      return bytes.map(String.init).joined(separator: ".") + ":\(port)"
    case .ipv6(let bytes, let port, let scope):
      return "[\(Self.text(bytes))\(scope == 0 ? "" : "%\(scope)")]:\(port)"
    case .unix(let path):
      return "unix:\(path)"
    }
  }

  /// The port; nil for a path.
  public var port: Int? {
    switch self {
    case .ipv4(_, let port), .ipv6(_, let port, _): Int(port)
    case .unix: nil
    }
  }

  /// Reads a numeric address, `127.0.0.1` or `::1`; nil when the text is none, a host name say.
  public init?(numericHost host: String, port: UInt16) {
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, host, &v4) == 1 {
      self = .ipv4(bytes: withUnsafeBytes(of: v4) { Array($0) }, port: port)
    } else if inet_pton(AF_INET6, host, &v6) == 1 {
      self = .ipv6(bytes: withUnsafeBytes(of: v6) { Array($0) }, port: port, scope: 0)
    } else {
      return nil
    }
  }

  /// The longest path that a Unix socket's address can hold, in bytes.
  static var longestPath: Int { MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1 }

  var family: Int32 {
    switch self {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  private static func text(_ bytes: [UInt8]) -> String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    bytes.withUnsafeBytes {
      _ = inet_ntop(AF_INET6, $0.baseAddress, &buffer, socklen_t(buffer.count))
    }
    return buffer.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

// MARK: - The C library's form

extension SocketAddress {
  /// Calls `body` with the address as the system calls want it.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var storage = sockaddr_storage()
    var length: Int
    switch self {
    case .ipv4(let bytes, let port):
      length = MemoryLayout<sockaddr_in>.size
      Self.fill(&storage) { (address: inout sockaddr_in) in
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes.prefix(4)) }
      }
    case .ipv6(let bytes, let port, let scope):
      length = MemoryLayout<sockaddr_in6>.size
      Self.fill(&storage) { (address: inout sockaddr_in6) in
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_scope_id = scope
        withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes.prefix(16)) }
      }
    case .unix(let path):
      length = MemoryLayout<sockaddr_un>.size
      Self.fill(&storage) { (address: inout sockaddr_un) in
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
          $0.copyBytes(from: path.utf8.prefix(Self.longestPath))
        }
      }
    }
    #if canImport(Darwin)
    storage.ss_len = UInt8(length)
    #endif
    return withUnsafePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
    }
  }

  /// Reads the address that a system call filled in; nil for a family we do not know.
  init?(_ storage: sockaddr_storage) {
    var storage = storage
    switch Int32(storage.ss_family) {
    case AF_INET:
      let address = Self.read(&storage, as: sockaddr_in.self)
      self = .ipv4(
        bytes: withUnsafeBytes(of: address.sin_addr) { Array($0) },
        port: UInt16(bigEndian: address.sin_port)
      )
    case AF_INET6:
      let address = Self.read(&storage, as: sockaddr_in6.self)
      self = .ipv6(
        bytes: withUnsafeBytes(of: address.sin6_addr) { Array($0) },
        port: UInt16(bigEndian: address.sin6_port),
        scope: address.sin6_scope_id
      )
    case AF_UNIX:
      let address = Self.read(&storage, as: sockaddr_un.self)
      self = .unix(
        path: withUnsafeBytes(of: address.sun_path) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
      )
    default:
      return nil
    }
  }

  private static func fill<Address>(
    _ storage: inout sockaddr_storage,
    _ body: (inout Address) -> Void
  ) {
    withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: Address.self, capacity: 1) { body(&$0.pointee) }
    }
  }

  private static func read<Address>(
    _ storage: inout sockaddr_storage,
    as type: Address.Type
  ) -> Address {
    withUnsafePointer(to: &storage) {
      $0.withMemoryRebound(to: Address.self, capacity: 1) { $0.pointee }
    }
  }
}
