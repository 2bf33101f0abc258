import GRPC
import Lesson

/// `client metadata`: what travels beside the messages, in its three places.
func showMetadata(_ client: RelayClient) async throws {
  var sent: Metadata = ["note": "first", "note": "second", "request-id": client.requestID]
  sent.append([0x00, 0x01, 0xFE, 0xFF], for: "trace-bin")
  let call = client.channel.startUnary(
    Relay.Method.describe,
    DescribeRequest(),
    timeout: client.timeout,
    metadata: sent
  )
  let description = try await call.response
  Terminal.result("request metadata, as the server saw it")
  for field in description.metadata { show(field.key, field.value) }
  Terminal.result("initial metadata")
  show(try await call.initialMetadata)
  Terminal.result("trailing metadata")
  show(try await call.trailingMetadata)

  Terminal.result("without a token")
  try await showRefusal(client)
  Terminal.result("refused before the call")
  for key in ["Note", "grpc-note"] {
    do {
      let metadata = Metadata(dictionaryLiteral: (key, "x"))
      _ = try await client.relay.describe(DescribeRequest(), metadata: metadata)
    } catch let error as RPCError {
      Terminal.result("  \(key): \(error.message)")
    }
  }
}

/// A call over a channel that does not show the token: the status comes in the place of the initial
/// metadata.
private func showRefusal(_ client: RelayClient) async throws {
  var configuration = client.channel.configuration
  configuration.interceptors = []
  let channel = try Channel(to: client.channel.target, configuration: configuration)
  let call = channel.startUnary(
    Relay.Method.describe,
    DescribeRequest(),
    timeout: client.timeout
  )
  do {
    _ = try await call.response
  } catch {
    let error = RPCError.reporting(error)
    Terminal.result("  \(error.code): \(error.message)")
  }
  if (try? await call.initialMetadata) == nil {
    Terminal.result("  no initial metadata: the status came alone (trailers only)")
  }
}

/// By key; the values of one key stay in their order.
private func show(_ metadata: Metadata) {
  // Python's servers add a field of their own.
  for field in metadata.sorted(by: { $0.key < $1.key }) where field.key != "accept-encoding" {
    switch field.value {
    case .text(let text): show(field.key, Array(text.utf8))
    case .bytes(let bytes): show(field.key, bytes)
    }
  }
}

private func show(_ key: String, _ value: [UInt8]) {
  let text = key.hasSuffix("-bin") ? hexadecimal(value) : String(decoding: value, as: UTF8.self)
  Terminal.result("  \(key): \(text)")
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
