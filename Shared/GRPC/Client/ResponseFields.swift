// gRPC's doc/PROTOCOL-HTTP2.md, "Responses", and doc/http-grpc-status-mapping.md.

internal import HPACK

/// What a block of response headers or trailers means to a call.
struct ResponseFields {
  /// `:status`; nil in trailers, which have none.
  var httpStatus: Int?
  /// Whether the content type is `application/grpc`, alone or with a suffix such as `+proto`.
  var hasGRPCContent = false
  /// `content-type` as sent when it is not gRPC's.
  var foreignContentType: String?
  /// `grpc-status`: nil when absent, `.unknown` when it is no code that gRPC defines.
  var grpcStatus: Status.Code?
  /// `grpc-message`, decoded; empty when absent.
  var grpcMessage = ""
  /// `grpc-encoding`: how the messages are compressed.
  var encoding: String?
  /// Everything that is the application's.
  var metadata: Metadata = [:]

  /// No fields.
  init() {}

  /// Reads a block of fields.
  init(_ fields: HeaderList) {
    for index in 0..<fields.count {
      switch fields.token(index) {
      case .status: httpStatus = fields.withValue(index, Self.number)
      case .contentType:
        hasGRPCContent = fields.withValue(index, ContentType.isGRPC)
        if !hasGRPCContent { foreignContentType = fields.value(index) }
      case .grpcStatus: readStatus(fields, index)
      case .grpcMessage: grpcMessage = fields.withValue(index, PercentEncoding.decode)
      case .grpcEncoding: encoding = fields.value(index)
      case .grpcAcceptEncoding: break
      default:
        fields.withName(index) { name in
          fields.withValue(index) { metadata.appendReceived(name: name, value: $0) }
        }
      }
    }
  }

  private mutating func readStatus(_ fields: HeaderList, _ index: Int) {
    grpcStatus = fields.withValue(index, Status.code(field:))
    guard grpcStatus == nil else { return }
    // statuscodes.md: "Error parsing returned status" is UNKNOWN.
    grpcStatus = .unknown
    grpcMessage = "the server sent grpc-status '\(fields.value(index))', which is no number"
  }

  /// HTTP/2 lets no `:status` pass that is not of three digits.
  private static func number(_ digits: UnsafeRawBufferPointer) -> Int {
    digits.reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  /// The verdict of an answer that carries no `grpc-status`.
  var errorWithoutStatus: RPCError {
    guard let httpStatus else {
      return RPCError(.unknown, "the server ended the call without grpc-status")
    }
    let content =
      foreignContentType.map { "content-type '\($0)'" }
      ?? (hasGRPCContent ? "content-type application/grpc" : "no content-type")
    let hint =
      (502...504).contains(httpStatus)
      ? "a proxy that does not reach its server answers so"
      : "is this the address of a gRPC server?"
    return RPCError(
      Status(httpStatus: httpStatus).code,
      "the server, or a proxy before it, answered HTTP \(httpStatus) with \(content) and without "
        + "grpc-status: \(hint)"
    )
  }
}
