/// A header name that the layers above ask for, as a number that is compared in one instruction.
@frozen
public enum HeaderToken: UInt8, Sendable, CaseIterable {
  /// Any other name.
  case other
  /// `:authority`
  case authority
  /// `:method`
  case method
  /// `:path`
  case path
  /// `:scheme`
  case scheme
  /// `:status`
  case status
  /// A name that begins with a colon and is none of the above.
  case unknownPseudoHeader
  /// `connection`
  case connection
  /// `content-length`
  case contentLength
  /// `content-type`
  case contentType
  /// `host`
  case host
  /// `keep-alive`
  case keepAlive
  /// `proxy-connection`
  case proxyConnection
  /// `te`
  case te
  /// `transfer-encoding`
  case transferEncoding
  /// `upgrade`
  case upgrade
  /// `user-agent`
  case userAgent
  /// `grpc-accept-encoding`
  case grpcAcceptEncoding
  /// `grpc-encoding`
  case grpcEncoding
  /// `grpc-message`
  case grpcMessage
  /// `grpc-status`
  case grpcStatus
  /// `grpc-status-details-bin`
  case grpcStatusDetails
  /// `grpc-timeout`
  case grpcTimeout

  /// Whether it is a pseudo-header field (RFC 9113 §8.3).
  @inlinable public var isPseudoHeader: Bool {
    rawValue >= HeaderToken.authority.rawValue
      && rawValue <= HeaderToken.unknownPseudoHeader.rawValue
  }

  /// Whether it stands for one name, which is well formed then.
  var isName: Bool { self != .other && self != .unknownPseudoHeader }

  var name: StaticString? {
    switch self {
    case .other, .unknownPseudoHeader: nil
    case .authority: ":authority"
    case .method: ":method"
    case .path: ":path"
    case .scheme: ":scheme"
    case .status: ":status"
    case .connection: "connection"
    case .contentLength: "content-length"
    case .contentType: "content-type"
    case .host: "host"
    case .keepAlive: "keep-alive"
    case .proxyConnection: "proxy-connection"
    case .te: "te"
    case .transferEncoding: "transfer-encoding"
    case .upgrade: "upgrade"
    case .userAgent: "user-agent"
    case .grpcAcceptEncoding: "grpc-accept-encoding"
    case .grpcEncoding: "grpc-encoding"
    case .grpcMessage: "grpc-message"
    case .grpcStatus: "grpc-status"
    case .grpcStatusDetails: "grpc-status-details-bin"
    case .grpcTimeout: "grpc-timeout"
    }
  }

  /// Finds the token of a name in lower case.
  init(name: UnsafeRawBufferPointer) {
    if name.count < Self.byLength.count {
      for token in Self.byLength[name.count] {
        guard let candidate = token.name else { continue }
        let isEqual = candidate.withUTF8Buffer { UnsafeRawBufferPointer($0).isEqual(to: name) }
        if isEqual {
          self = token
          return
        }
      }
    }
    self = name.first == UInt8(ascii: ":") ? .unknownPseudoHeader : .other
  }

  /// The tokens by the length of their names, so that most names are compared with one or two.
  private static let byLength: [[HeaderToken]] = {
    var table = [[HeaderToken]](repeating: [], count: 32)
    for token in allCases {
      if let name = token.name { table[name.utf8CodeUnitCount].append(token) }
    }
    return table
  }()
}
