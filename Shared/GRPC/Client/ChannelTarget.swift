// Target names as gRPC's doc/naming.md spells them.

/// Where a channel connects to, read from the text that its user wrote.
///
/// | text | meaning |
/// |---|---|
/// | `host:port`, `dns:host:port`, `dns:///host:port` | every address of the name, in the resolver's order |
/// | `127.0.0.1:port`, `[::1]:port` | that address |
/// | `ipv4:a:port,b:port`, `ipv6:[a]:port,[b]:port` | those addresses, in order |
/// | `unix:path`, `unix:///absolute/path` | a Unix socket |
///
/// A port is required: gRPC's default, 443, belongs to TLS, which this stack does not speak.
/// Left out: the authority of `dns://server/name`, which names a DNS server of its own, and
/// `unix-abstract:`.
struct ChannelTarget: Sendable, Hashable {
  /// One thing to connect to; a host may resolve to several addresses.
  enum Endpoint: Sendable, Hashable {
    case host(String, port: UInt16)
    case unix(path: String)
  }

  /// Tried in this order by pick-first.
  let endpoints: [Endpoint]
  /// The value of `:authority` (RFC 9113 §8.3.1); `localhost` for a Unix socket.
  let authority: String

  /// Reads a target.
  init(_ text: String) throws(InvalidTarget) {
    if let path = text.afterPrefix("unix:") {
      self = try Self(unixPath: path, in: text)
    } else if let list = text.afterPrefix("ipv4:") ?? text.afterPrefix("ipv6:") {
      self = try Self(addresses: list, in: text)
    } else if let name = text.afterPrefix("dns:") {
      self = try Self(name: Self.withoutSlashes(name, in: text), in: text)
    } else if text.contains("://") {
      throw InvalidTarget(text, "its scheme is none of dns:, ipv4:, ipv6:, unix:")
    } else {
      self = try Self(name: text, in: text)
    }
  }

  private init(endpoints: [Endpoint], authority: String) {
    self.endpoints = endpoints
    self.authority = authority
  }

  private init(unixPath: String, in text: String) throws(InvalidTarget) {
    var path = unixPath
    if let rest = path.afterPrefix("//") {
      guard rest.hasPrefix("/") else {
        throw InvalidTarget(text, "after unix:// comes an absolute path, as in unix:///tmp/socket")
      }
      path = rest
    }
    guard !path.isEmpty else { throw InvalidTarget(text, "the path of the socket is missing") }
    self.init(endpoints: [.unix(path: path)], authority: "localhost")
  }

  private init(addresses: String, in text: String) throws(InvalidTarget) {
    var endpoints: [Endpoint] = []
    let parts = addresses.split(separator: ",", omittingEmptySubsequences: false)
    for part in parts {
      endpoints.append(try Self.endpoint(String(part), in: text))
    }
    self.init(endpoints: endpoints, authority: String(parts[0]))
  }

  private init(name: String, in text: String) throws(InvalidTarget) {
    self.init(endpoints: [try Self.endpoint(name, in: text)], authority: name)
  }

  private static func withoutSlashes(
    _ name: String,
    in text: String
  ) throws(InvalidTarget) -> String {
    guard let rest = name.afterPrefix("//") else { return name }
    guard let host = rest.afterPrefix("/") else {
      throw InvalidTarget(
        text,
        "DNS servers of one's own are not supported: write dns:///host:port"
      )
    }
    return host
  }

  /// `host:port` or `[IPv6 address]:port`.
  private static func endpoint(_ text: String, in target: String) throws(InvalidTarget) -> Endpoint
  {
    let host: Substring
    let port: Substring
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else {
        throw InvalidTarget(target, "']' is missing after the IPv6 address")
      }
      host = text[text.index(after: text.startIndex)..<bracket]
      let rest = text[text.index(after: bracket)...]
      guard rest.hasPrefix(":") else {
        throw InvalidTarget(target, "the port is missing, as in [::1]:50051")
      }
      port = rest.dropFirst()
    } else {
      guard let colon = text.lastIndex(of: ":") else {
        throw InvalidTarget(
          target,
          "the port is missing, as in \(text.isEmpty ? "host" : text):50051"
        )
      }
      host = text[..<colon]
      port = text[text.index(after: colon)...]
      guard !host.contains(":") else {
        throw InvalidTarget(target, "an IPv6 address stands in brackets, as in [::1]:50051")
      }
    }
    guard !host.isEmpty else { throw InvalidTarget(target, "the host is missing") }
    guard let number = UInt16(port), number > 0, port.first != "+" else {
      throw InvalidTarget(target, "'\(port)' is no port between 1 and 65535")
    }
    return .host(String(host), port: number)
  }
}

/// A channel's target that can't be read; the description says why and how to write it.
public struct InvalidTarget: Error, Hashable, CustomStringConvertible {
  /// What the channel was given.
  public let target: String
  /// What is wrong with it.
  public let reason: String

  init(_ target: String, _ reason: String) {
    self.target = target
    self.reason = reason
  }

  /// The target and what is wrong with it.
  public var description: String { "can't connect to '\(target)': \(reason)" }
}

extension String {
  fileprivate func afterPrefix(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
