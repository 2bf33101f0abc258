import GRPC
import Lesson

/// `client relay`: a call that makes a call that makes a call, all within one deadline.
func sendOnJourney(_ client: RelayClient, _ journey: Journey) async throws {
  Terminal.result("request-id \(client.requestID)")
  let waterfall = try await client.relay.forward(
    journey,
    timeout: client.timeout,
    metadata: client.identified
  )
  for (index, hop) in waterfall.hops.enumerated() {
    let times = "remaining \(hop.remainingMs) ms, worked \(hop.workedMs) ms"
    let sums = "\(hop.files) files, \(hop.bytes) bytes, crc32 \(hexadecimal(hop.crc32))"
    Terminal.result("hop \(index + 1) \(hop.address) \(hop.language) \(times), \(sums)")
  }
}

private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}
