import TestSupport
import Testing

@testable import GRPC

/// The state machine alone.
@Suite struct ServerCallTests {
  @Test(
    "One request and its end run a unary method",
    arguments: [MethodKind.unary, .serverStreaming]
  )
  func oneRequest(kind: MethodKind) {
    var call = ServerCall(kind)
    let step1 = call.receiveMessage()
    #expect(step1 == .accept)
    let step2 = call.receiveEnd(isWhole: true)
    #expect(step2 == .run)
    let step3 = call.receiveEnd(isWhole: true)
    #expect(step3 == .ignore)
  }

  @Test("No or more than one request where one is due is UNIMPLEMENTED (statuscodes.md)")
  func cardinality() {
    var none = ServerCall(.unary)
    let noneEnd = none.receiveEnd(isWhole: true)
    #expect(refusal(noneEnd) == .unimplemented)
    var two = ServerCall(.serverStreaming)
    let first = two.receiveMessage()
    #expect(first == .accept)
    guard case .refuse(let status) = two.receiveMessage() else {
      Issue.record("expected a refusal")
      return
    }
    #expect(status.code == .unimplemented)
  }

  @Test("A streaming method takes any number of requests")
  func manyRequests() {
    var call = ServerCall(.bidirectional)
    let step4 = call.receiveMessage()
    #expect(step4 == .accept)
    let step5 = call.receiveMessage()
    #expect(step5 == .accept)
    let step6 = call.receiveEnd(isWhole: true)
    #expect(step6 == .inform)
  }

  @Test("A message cut off by the end of the stream is INTERNAL")
  func truncated() {
    var call = ServerCall(.unary)
    let end = call.receiveEnd(isWhole: false)
    #expect(refusal(end) == .internal)
  }

  @Test("A status without messages is a single HEADERS frame, and goes into trailers otherwise")
  func endings() {
    var only = ServerCall(.unary)
    _ = only.receiveEnd(isWhole: true)
    let step7 = only.end()
    #expect(step7 == .trailersOnly(thenReset: false))
    var after = ServerCall(.bidirectional)
    let step8 = after.begin()
    #expect(step8)
    let step9 = after.begin()
    #expect(!step9)
    let step10 = after.send()
    #expect(step10)
    // RFC 9113 §8.1: the client has not ended its half.
    let step11 = after.end()
    #expect(step11 == .trailers(thenReset: true))
    let step12 = after.send()
    #expect(!step12)
    let step13 = after.end()
    #expect(step13 == .none)
  }

  @Test("A deadline ends the stream with a status, or resets it where messages wait for the client")
  func deadlines() {
    var patient = ServerCall(.unary)
    let step13 = patient.expire(.client, isBlocked: false)
    #expect(step13 == .status)
    var client = ServerCall(.unary)
    let step14 = client.expire(.client, isBlocked: true)
    #expect(step14 == .reset)
    let step15 = client.end()
    #expect(step15 == .none)
    var server = ServerCall(.unary)
    let step16 = server.expire(.server, isBlocked: true)
    #expect(step16 == .status)
    let step17 = server.end()
    #expect(step17 != .none)
    let step18 = server.expire(.server, isBlocked: false)
    #expect(step18 == .ignore)
  }

  @Test("Deadline, cancellation and completion racing have exactly one outcome")
  func races() {
    var random = SplitMix64(state: 1)
    for _ in 0..<10_000 {
      var call = ServerCall(.bidirectional)
      var outcomes = 0
      for step in (0..<6).shuffled(using: &random) {
        switch step {
        case 0: if call.end() != .none { outcomes += 1 }
        case 1:
          switch call.expire(.client, isBlocked: true) {
          case .reset: outcomes += 1
          case .status, .ignore: break
          }
        case 2:
          if call.expire(.server, isBlocked: false) == .status, call.end() != .none {
            outcomes += 1
          }
        case 3: if call.streamEnded() { outcomes += 1 }
        case 4: _ = call.receiveEnd(isWhole: true)
        default: _ = call.begin()
        }
      }
      #expect(outcomes == 1)
    }
  }

  private func refusal(_ end: ServerCall.RequestEnd) -> Status.Code? {
    guard case .refuse(let status) = end else { return nil }
    return status.code
  }
}
