internal import HPACK

extension HeaderList {
  /// A copy of the fields that are metadata.
  func metadataFields() -> HeaderList {
    var fields = HeaderList()
    for index in 0..<count {
      switch token(index) {
      case .other, .grpcStatusDetails, .grpcStatus, .grpcMessage:
        withName(index) { name in withValue(index) { fields.append(name: name, value: $0) } }
      case .authority, .method, .path, .scheme, .status, .unknownPseudoHeader, .connection,
        .contentLength, .contentType, .host, .keepAlive, .proxyConnection, .te, .transferEncoding,
        .upgrade, .userAgent, .grpcAcceptEncoding, .grpcEncoding, .grpcTimeout:
        break
      }
    }
    return fields
  }
}
