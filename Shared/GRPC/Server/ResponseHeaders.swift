internal import HPACK

/// The header lists of responses; those that every call sends are made once.
///
/// An object: a struct of these lists would keep and release the memory of all for each use of one.
final class ResponseHeaders: Sendable {
  /// The head of a response without initial metadata.
  let head: HeaderList
  /// The trailers of a call that ended well, without trailing metadata.
  let okTrailers: HeaderList

  init() {
    var head = HeaderList()
    head.append(name: ":status", value: "200")
    head.append(name: "content-type", value: "application/grpc")
    head.append(name: "grpc-accept-encoding", value: Compression.accepted)
    head.isForReuse = true
    self.head = head
    var trailers = HeaderList()
    trailers.append(name: "grpc-status", value: "0")
    trailers.isForReuse = true
    okTrailers = trailers
  }

  /// The head of a response.
  func head(_ metadata: Metadata, _ compression: Compression) -> HeaderList {
    var list = head
    list.isForReuse = false
    if compression != .identity { list.append(name: "grpc-encoding", value: compression.rawValue) }
    list.append(metadata)
    return list
  }

  /// What a response ends with: trailers, or the one block that it consists of.
  func last(_ status: Status, _ metadata: Metadata, isOnly: Bool) -> HeaderList {
    isOnly ? trailersOnly(status, metadata) : trailers(status, metadata)
  }

  /// The trailers behind messages.
  func trailers(_ status: Status, _ metadata: Metadata) -> HeaderList {
    if status.code == .ok, status.message.isEmpty, metadata.isEmpty { return okTrailers }
    var list = HeaderList()
    list.append(status, metadata)
    return list
  }

  /// A whole response in one HEADERS frame.
  ///
  /// With another HTTP status than 200 it answers what was no gRPC request; `grpc-status` is there all
  /// the same, for a gRPC client whose content-type a proxy has changed.
  func trailersOnly(
    _ status: Status,
    _ metadata: Metadata,
    httpStatus: StaticString = "200"
  ) -> HeaderList {
    var list = HeaderList()
    list.append(name: ":status", value: "\(httpStatus)")
    list.append(name: "content-type", value: "application/grpc")
    // RFC 9110 §15.5.6: a 405 must say what is allowed.
    if "\(httpStatus)" == "405" { list.append(name: "allow", value: "POST") }
    list.append(status, metadata)
    return list
  }
}

extension HeaderList {
  /// Appends `grpc-status`, `grpc-message` and the metadata.
  mutating func append(_ status: Status, _ metadata: Metadata) {
    append(name: "grpc-status", value: "\(status.code.rawValue)")
    if !status.message.isEmpty {
      append(
        name: "grpc-message",
        value: PercentEncoding.encode(shortened(status.message)),
        indexing: .withoutIndexing
      )
    }
    append(metadata)
  }

  /// Appends metadata, bytes as base64.
  mutating func append(_ metadata: Metadata) {
    for element in metadata {
      switch element.value {
      case .text(let text):
        let indexing = indexing(of: element.key, text)
        append(name: element.key, value: withoutBlankEnds(text), indexing: indexing)
      case .bytes(let bytes):
        append(name: element.key, value: Base64.encode(bytes), indexing: .withoutIndexing)
      }
    }
  }

  /// RFC 7541 §7.1.3: a secret must not enter a proxy's table either, where who shares it could find out by guessing.
  ///
  /// A long random cookie can't be guessed.
  private func indexing(of key: String, _ value: String) -> Indexing {
    switch key {
    case "authorization", "proxy-authorization": .neverIndexed
    case "cookie", "set-cookie": value.utf8.count < 20 ? .neverIndexed : .withoutIndexing
    default: .withoutIndexing
    }
  }

  /// RFC 9113 §8.2.1 allows no blank at either end of a value, and PROTOCOL-HTTP2 that they be stripped.
  private func withoutBlankEnds(_ text: String) -> String {
    let blank = UInt8(ascii: " ")
    guard text.utf8.first == blank || text.utf8.last == blank else { return text }
    var rest = Substring(text).utf8
    while rest.first == blank { rest.removeFirst() }
    while rest.last == blank { rest.removeLast() }
    return String(Substring(rest))
  }

  /// A status message must fit into the header list that the peer accepts, 8 KiB by the suggestion of
  /// PROTOCOL-HTTP2; a longer one would take the status with it.
  private func shortened(_ message: String) -> String {
    let limit = 2_000
    guard message.utf8.count > limit else { return message }
    return String(decoding: message.utf8.prefix(limit), as: UTF8.self) + "…"
  }
}
