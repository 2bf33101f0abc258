internal import HPACK

/// What the headers of a request say, read in one pass – but for the time-out, which is another one in every call.
///
/// An object, which calls with the same headers share.
final class RequestHead: Sendable {
  /// The method that is called.
  let method: RegisteredMethod
  /// `user-agent`.
  let userAgent: String?
  /// The fields that the method may want to see.
  let fields: HeaderList
  /// `grpc-encoding`.
  let compression: Compression
  /// `grpc-accept-encoding`.
  let accepted: AcceptedCompressions

  private init(
    _ method: RegisteredMethod,
    userAgent: String?,
    fields: HeaderList,
    compression: Compression,
    accepted: AcceptedCompressions
  ) {
    self.method = method
    self.userAgent = userAgent
    self.fields = fields
    self.compression = compression
    self.accepted = accepted
  }

  /// What becomes of a request.
  enum Verdict {
    /// It is a call, with its `grpc-timeout` in nanoseconds.
    case call(RequestHead, timeout: UInt64?)
    /// It is none, or one that can't be served: answer with one HEADERS frame.
    case refuse(httpStatus: StaticString, Status)
    /// Its messages are compressed in a way that this server does not know.
    case refuseEncoding(Status)
  }

  /// Reads the headers of a request.
  ///
  /// A missing `te` is let pass: it exists to detect proxies that drop trailers, but a request proves
  /// nothing about the way back, and grpc-go and grpc-java do the same. (A `te` other than "trailers"
  /// is malformed HTTP/2 and does not get here.)
  static func read(
    _ headers: HeaderList,
    methods: MethodTable,
    recurring: inout RecurringFields
  ) -> Verdict {
    var path: Int?
    var userAgent: Int?
    var isPOST = false
    var isGRPC = false
    var hasMetadata = false
    var timeout: UInt64?
    var fault: Status?
    var encodingFault: Status?
    var compression = Compression.identity
    var acceptEncoding: Int?
    for index in 0..<headers.count {
      switch headers.token(index) {
      case .method:
        isPOST = headers.withValue(index) { $0.isEqual(to: "POST") }
      case .path:
        path = index
      case .contentType:
        isGRPC = headers.withValue(index, ContentType.isGRPC)
      case .grpcTimeout:
        timeout = headers.withValue(index, Timeout.parse)
        if timeout == nil { fault = malformedTimeout(headers, index) }
      case .grpcEncoding:
        if let known = headers.withValue(index, Compression.init(field:)) {
          compression = known
        } else {
          encodingFault = unknownEncoding(headers, index)
        }
      case .grpcAcceptEncoding:
        acceptEncoding = index
      case .userAgent:
        userAgent = index
      case .other, .grpcStatusDetails, .grpcStatus, .grpcMessage:
        hasMetadata = true
      case .authority, .scheme, .status, .unknownPseudoHeader, .connection, .contentLength, .host,
        .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade:
        break
      }
    }
    guard isPOST else {
      return .refuse(httpStatus: "405", Status(.internal, "gRPC requests are sent with POST"))
    }
    guard isGRPC else {
      return .refuse(
        httpStatus: "415",
        Status(
          .internal,
          "this is a gRPC server: content-type must be "
            + "application/grpc"
        )
      )
    }
    if let fault { return .refuse(httpStatus: "200", fault) }
    if let encodingFault { return .refuseEncoding(encodingFault) }
    // HTTP/2 lets no request pass that lacks a path.
    guard let path else { return .refuse(httpStatus: "200", Status(.internal, "no :path")) }
    guard let method = headers.withValue(path, methods.find) else {
      return .refuse(httpStatus: "200", headers.withValue(path, methods.unknown))
    }
    return .call(
      RequestHead(
        method,
        userAgent: userAgent.map { recurring.userAgent(headers, at: $0) },
        fields: hasMetadata ? headers.metadataFields() : HeaderList(),
        compression: compression,
        accepted: acceptEncoding.map { recurring.accepted(headers, at: $0) } ?? .identityOnly
      ),
      timeout: timeout
    )
  }

  private static func malformedTimeout(_ headers: HeaderList, _ index: Int) -> Status {
    Status(
      .internal,
      "malformed grpc-timeout \"\(headers.value(index).prefix(40))\": expected one to eight digits "
        + "and one of H, M, S, m, u, n"
    )
  }

  private static func unknownEncoding(_ headers: HeaderList, _ index: Int) -> Status {
    Status(
      .unimplemented,
      "grpc-encoding \"\(headers.value(index).prefix(40))\" is not supported by this server, which "
        + "accepts: \(Compression.accepted)"
    )
  }
}
