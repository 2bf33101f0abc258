internal import HPACK

/// The rules of RFC 9113 §8.2 and §8.3 about the fields of a message.
///
/// Whoever breaks one has sent a malformed message, which is a stream error (§8.1.1).
enum MessageRules {
  enum Part {
    case request
    case response
    case trailers
  }

  /// The methods that change what may come back.
  enum Method {
    case head
    case connect
    case other
  }

  enum ContentLength {
    case none
    case some(Int)
    case invalid
  }

  /// The first rule that a list breaks; nil when it breaks none.
  static func violation(in list: HeaderList, as part: Part) -> String? {
    var seen: UInt32 = 0
    var isBehindRegular = false
    for index in 0..<list.count {
      let token = list.token(index)
      if token.isPseudoHeader {
        guard !isBehindRegular else { return "a pseudo-header behind a regular field (§8.3)" }
        guard isAllowed(token, in: part) else {
          return "a pseudo-header that has no place here (§8.3)"
        }
        guard seen & bit(token) == 0 else { return "a pseudo-header twice (§8.3)" }
        seen |= bit(token)
        if token != .authority && list.isValueEmpty(index) {
          return "a pseudo-header without a value (§8.3.1, §8.3.2)"
        }
        if token == .status && !list.withValue(index, isStatus) {
          return "a :status that is no number from 100 on (§8.3.2), or 101 (§8.6)"
        }
      } else {
        isBehindRegular = true
        if let reason = connectionSpecific(token, list, index, in: part) { return reason }
      }
      guard list.isWellFormed(index) else {
        return "a field name or value with a forbidden character (§8.2.1)"
      }
    }
    switch part {
    case .request:
      return requestViolation(seen, isConnect: method(of: list) == .connect)
    case .response:
      return seen & bit(.status) != 0 ? nil : "a response without :status (§8.3.2)"
    case .trailers:
      return nil
    }
  }

  /// Whether a well-formed field with such a name may stand behind any list, and changes nothing about its message.
  static func isPlain(_ token: HeaderToken) -> Bool {
    switch token {
    case .authority, .method, .path, .scheme, .status, .unknownPseudoHeader, .contentLength,
      .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade:
      false
    case .other, .contentType, .host, .userAgent, .grpcAcceptEncoding, .grpcEncoding, .grpcMessage,
      .grpcStatus, .grpcStatusDetails, .grpcTimeout:
      true
    }
  }

  /// Which pseudo-headers a request must have, and which CONNECT must not have.
  private static func requestViolation(_ seen: UInt32, isConnect: Bool) -> String? {
    let target = bit(.scheme) | bit(.path)
    if isConnect {
      return seen & target == 0 && seen & bit(.authority) != 0
        ? nil : "CONNECT with :scheme or :path, or without :authority (§8.5)"
    }
    let needed = bit(.method) | target
    return seen & needed == needed ? nil : "a request without :method, :scheme or :path (§8.3.1)"
  }

  /// The method of a request, as far as it matters here.
  static func method(of list: HeaderList) -> Method {
    guard let index = list.firstIndex(of: .method) else { return .other }
    return list.withValue(index) {
      $0.isEqual(to: "HEAD") ? .head : $0.isEqual(to: "CONNECT") ? .connect : .other
    }
  }

  /// Whether a response with this status has no content, whatever content-length says (RFC 9110 §6.4.1).
  static func isWithoutContent(_ list: HeaderList) -> Bool {
    guard let index = list.firstIndex(of: .status) else { return false }
    return list.withValue(index) { $0.isEqual(to: "204") || $0.isEqual(to: "304") }
  }

  /// Whether a response says that all went well (2xx).
  static func isSuccess(_ list: HeaderList) -> Bool {
    guard let index = list.firstIndex(of: .status) else { return false }
    return list.withValue(index) { $0.first == UInt8(ascii: "2") }
  }

  /// Whether a response is an interim one (1xx).
  static func isInformational(_ list: HeaderList) -> Bool {
    guard let index = list.firstIndex(of: .status) else { return false }
    return list.withValue(index) { $0.first == UInt8(ascii: "1") }
  }

  /// What content-length says.
  ///
  /// Several must say the same (RFC 9110 §8.6).
  static func contentLength(of list: HeaderList) -> ContentLength {
    var result: Int?
    for index in 0..<list.count where list.token(index) == .contentLength {
      let value = list.withValue(index) { digits -> Int? in
        guard !digits.isEmpty, digits.count <= 15, digits.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
      }
      guard let value, result == nil || result == value else { return .invalid }
      result = value
    }
    return result.map(ContentLength.some) ?? .none
  }

  private static func bit(_ token: HeaderToken) -> UInt32 { 1 << UInt32(token.rawValue) }

  private static func isAllowed(_ token: HeaderToken, in part: Part) -> Bool {
    switch part {
    case .request: token == .method || token == .scheme || token == .path || token == .authority
    case .response: token == .status
    case .trailers: false
    }
  }

  /// §8.2.2: fields that HTTP/1.1 says about a connection, not about a message.
  private static func connectionSpecific(
    _ token: HeaderToken,
    _ list: HeaderList,
    _ index: Int,
    in part: Part
  ) -> String? {
    switch token {
    case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
      return "a connection-specific field (§8.2.2)"
    case .te:
      let isTrailers = list.withValue(index) { $0.isEqual(to: "trailers") }
      return isTrailers && part == .request ? nil : "te in a response, or not trailers (§8.2.2)"
    default:
      return nil
    }
  }

  private static func isStatus(_ value: UnsafeRawBufferPointer) -> Bool {
    value.count == 3 && value.allSatisfy { (48...57).contains($0) } && value[0] != 48
      && !value.isEqual(to: "101")
  }
}
