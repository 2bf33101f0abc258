// gRPC's doc/PROTOCOL-HTTP2.md, "Errors", and doc/http-grpc-status-mapping.md.

extension Status {
  /// The status of a call whose response has this HTTP status and no `grpc-status`.
  ///
  /// Only for clients: a proxy answered, or something that is no gRPC server.
  init(httpStatus: Int) {
    let code: Code =
      switch httpStatus {
      case 400, 431: .internal
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .unimplemented
      case 429, 502, 503, 504: .unavailable
      default: .unknown
      }
    self.init(code, "the response has HTTP status \(httpStatus) and no grpc-status")
  }

  /// The status of a call whose stream the server reset with this HTTP/2 error code.
  init(resetCode: UInt32) {
    switch resetCode {
    case 0x0: self.init(.internal, "the server reset the stream (NO_ERROR) before it sent a status")
    case 0x1: self.init(.internal, "the server reset the stream: PROTOCOL_ERROR")
    case 0x2: self.init(.internal, "the server reset the stream: INTERNAL_ERROR")
    case 0x3: self.init(.internal, "the server reset the stream: FLOW_CONTROL_ERROR")
    case 0x4: self.init(.internal, "the server reset the stream: SETTINGS_TIMEOUT")
    // "No mapping as there is no open stream to propagate to": ours was open, so this is odd.
    case 0x5: self.init(.unknown, "the server reset the stream: STREAM_CLOSED")
    case 0x6: self.init(.internal, "the server reset the stream: FRAME_SIZE_ERROR")
    case 0x7:
      self.init(
        .unavailable,
        "the server refused the stream (REFUSED_STREAM) and did no work on it"
      )
    case 0x8: self.init(.cancelled, "the server cancelled the call")
    case 0x9: self.init(.internal, "the server reset the stream: COMPRESSION_ERROR")
    case 0xA: self.init(.internal, "the server reset the stream: CONNECT_ERROR")
    case 0xB:
      self.init(
        .resourceExhausted,
        "the server reset the stream: ENHANCE_YOUR_CALM (bandwidth is exhausted: call less often)"
      )
    case 0xC:
      self.init(
        .permissionDenied,
        "the server reset the stream: INADEQUATE_SECURITY (the connection is not secure enough)"
      )
    // Not in gRPC's table; the server wants a protocol that gRPC does not speak.
    case 0xD: self.init(.internal, "the server reset the stream: HTTP_1_1_REQUIRED")
    default:
      // RFC 9113 §7: unknown codes are to be treated like INTERNAL_ERROR.
      self.init(
        .internal,
        "the server reset the stream with code 0x\(String(resetCode, radix: 16))"
      )
    }
  }

  /// The code that a `grpc-status` field carries; UNKNOWN for a number outside 0–16, nil for
  /// what is not a number.
  static func code(field: UnsafeRawBufferPointer) -> Code? {
    guard !field.isEmpty else { return nil }
    var number = 0
    for digit in field {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      // Stops growing at a number that is unknown anyway.
      number = min(number * 10 + Int(digit - UInt8(ascii: "0")), 1_000)
    }
    return Code(rawValue: number) ?? .unknown
  }
}
