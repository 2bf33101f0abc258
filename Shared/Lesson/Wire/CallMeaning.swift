internal import GRPC

/// What a header block means in a gRPC call: the request, the response's beginning, or how it ended.
enum CallMeaning {
  static func of(
    _ fields: [HeaderBlockView.Field],
    isFromClient: Bool,
    isFirst: Bool,
    endsStream: Bool
  ) -> [String] {
    func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    if isFromClient {
      guard let path = value(":path") else { return ["trailers, which gRPC's clients never send"] }
      var meaning = ["the call: \(path)"]
      if let timeout = value("grpc-timeout") { meaning.append("answer within \(words(timeout))") }
      return meaning + metadata(fields)
    }
    if let status = value("grpc-status") {
      let alone = isFirst && endsStream ? "status without a response (trailers only): " : ""
      return [alone + statusText(status, value("grpc-message"))] + metadata(fields)
    }
    guard let status = value(":status") else { return ["trailers without grpc-status"] }
    if status != "200" { return ["HTTP status \(status): no gRPC server speaks here"] }
    return ["the response begins (HTTP status 200)"] + metadata(fields)
  }

  private static func statusText(_ number: String, _ message: String?) -> String {
    let name = Int(number).flatMap { Status.Code(rawValue: $0) }.map { "\($0)" } ?? "no such code"
    let words = message.map { ": \($0)" } ?? ""
    return "status \(number) \(name)\(words)"
  }

  /// What the application has added, beside the protocol's own fields.
  private static func metadata(_ fields: [HeaderBlockView.Field]) -> [String] {
    let own: Set<String> = ["te", "content-type", "user-agent", "accept-encoding"]
    let added = fields.filter { field in
      !field.name.hasPrefix(":") && !field.name.hasPrefix("grpc-") && !own.contains(field.name)
    }
    return added.isEmpty
      ? [] : ["metadata: " + added.map { "\($0.name): \($0.value)" }.joined(separator: ", ")]
  }

  /// `9998637u` in words: `9.999 s`.
  private static func words(_ timeout: String) -> String {
    let nanoseconds: [Character: Double] = [
      "H": 3600e9, "M": 60e9, "S": 1e9, "m": 1e6, "u": 1e3, "n": 1,
    ]
    guard let unit = timeout.last.flatMap({ nanoseconds[$0] }),
      let number = Double(timeout.dropLast())
    else { return timeout }
    let time = number * unit
    if time >= 1e9 { return "\(Quantity.fixed(time / 1e9, digits: 3)) s" }
    return time >= 1e6
      ? "\(Quantity.fixed(time / 1e6, digits: 3)) ms"
      : "\(Quantity.fixed(time / 1e3, digits: 0)) µs"
  }
}
