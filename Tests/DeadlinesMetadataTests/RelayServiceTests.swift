import GRPC
import Lesson
import Processes
import Testing

@testable import DeadlinesMetadata

@Suite("Lesson 05's service", .timeLimit(.minutes(2)))
struct RelayServiceTests {
  @Test("A caller without the token gets a status alone, one with a wrong token another")
  func token() async throws {
    let hop = try await RelayHop("--token", "open")
    let call = hop.channel.startUnary(Relay.Method.describe, DescribeRequest())
    let refusal = await failure { _ = try await call.response }
    #expect(
      refusal?.description
        == "UNAUTHENTICATED: no token; send the metadata authorization: Bearer TOKEN"
    )
    #expect(await failure { _ = try await call.initialMetadata } == refusal)
    let wrong = await failure {
      _ = try await hop.relay.describe(
        DescribeRequest(),
        metadata: ["authorization": "Bearer sesame"]
      )
    }
    #expect(wrong?.description == "UNAUTHENTICATED: wrong token")
    await hop.stop()
  }

  @Test("Metadata arrives by key, the values of one key in their order, and bytes as they were")
  func metadata() async throws {
    let hop = try await RelayHop()
    var sent: Metadata = ["b": "2", "a": "1", "b": "1", "authorization": "Bearer sesame"]
    sent.append([0, 255], for: "trace-bin")
    let call = hop.channel.startUnary(Relay.Method.describe, DescribeRequest(), metadata: sent)
    let description = try await call.response
    #expect(
      description.metadata.map { "\($0.key) \($0.value)" } == [
        "a [49]", "authorization \(Array("Bearer sesame".utf8))", "b [50]", "b [49]",
        "trace-bin [0, 255]",
      ]
    )
    #expect(try await call.initialMetadata["served-by"] == "relay")
    #expect(try await call.trailingMetadata.values(for: "cost") == ["1", "2"])
    #expect(try await call.trailingMetadata.binaryValues(for: "echo-bin") == [[0, 255]])
    await hop.stop()
  }

  @Test("What is announced is what is left, the server's own limit, and the smaller of the two")
  func announcement() async throws {
    let hop = try await RelayHop("--max-time", "50s")
    for (timeout, allowed) in [(Duration.seconds(20), 20_000), (.seconds(70), 50_000)] {
      let call = hop.channel.startUnary(Relay.Method.work, WorkOrder(), timeout: timeout)
      let announced = try await call.initialMetadata
      #expect(announced["cap-ms"] == "50000")
      let number = try #require(announced["allowed-ms"].flatMap { Int($0) })
      #expect(number <= allowed)
      _ = try await call.response
    }
    await hop.stop()
  }

  @Test("A server's own limit ends the call with a status that names the option, and the work")
  func cap() async throws {
    let hop = try await RelayHop("--max-time", "1s")
    let error = await failure {
      let order = WorkOrder(workMs: .max)
      _ = try await hop.relay.work(order, timeout: .seconds(60), metadata: ["request-id": "cap"])
    }
    #expect(
      error?.description
        == "DEADLINE_EXCEEDED: the server's own limit of 1s has passed (server --max-time)"
    )
    #expect(try await hop.entry("cap").verdict == "DEADLINE_EXCEEDED")
    await hop.stop()
  }

  @Test(
    "A call that is given up stops the work: the verdict is CANCELLED, the counter stands still"
  )
  func cancel() async throws {
    let hop = try await RelayHop()
    let call = hop.channel.startUnary(
      Relay.Method.work,
      WorkOrder(workMs: .max),
      metadata: ["request-id": "given-up"]
    )
    _ = try await hop.entry("given-up") { $0.units > 0 }
    call.cancel()
    #expect(await failure { _ = try await call.response }?.code == .cancelled)
    let entry = try await hop.entry("given-up")
    #expect(entry.verdict == "CANCELLED")
    #expect(try await hop.entry("given-up").units == entry.units)
    await hop.stop()
  }

  @Test("One call, two verdicts: committed on time here, too late there")
  func lateReply() async throws {
    let hop = try await RelayHop()
    // A machine may be too busy for 10 ms of work within the deadline: then again, with more time.
    for limit: UInt64 in [200, 400, 800, 1600, 3200, 6400] {
      let id = "late-\(limit)"
      let error = await failure {
        _ = try await hop.relay.work(
          WorkOrder(workMs: 10, holdMs: 2 * limit),
          timeout: .milliseconds(limit),
          metadata: ["request-id": id]
        )
      }
      #expect(error?.code == .deadlineExceeded)
      let query = LedgerQuery(requestID: id)
      guard let entry = try? await hop.relay.lookUp(query), entry.units == 1 else { continue }
      #expect(try await hop.entry(id).verdict == "OK")
      return await hop.stop()
    }
    Issue.record("10 ms of work took longer than 6.4 s")
  }

  @Test("A server that has enough answers OK before its client has sent all")
  func enough() async throws {
    let hop = try await RelayHop()
    let call = hop.relay.collect(metadata: ["request-id": "enough"])
    for number: UInt32 in 1...3 { try await call.send(Item(number: number, enough: 3)) }
    // The client has not finished, and gets its answer.
    #expect(try await call.response.items == 3)
    #expect(call.hasEnded)
    #expect(try await hop.entry("enough").verdict == "OK")
    await hop.stop()
  }

  @Test("The ledger keeps the last thousand calls, and those without a name not at all")
  func ledger() async throws {
    let hop = try await RelayHop()
    _ = try await hop.relay.work(WorkOrder())
    for number in 0...1000 {
      _ = try await hop.relay.work(WorkOrder(), metadata: ["request-id": "n\(number)"])
    }
    for (id, message) in [
      ("n0", "no call with the request-id n0"), ("", "no call with the request-id "),
    ] {
      let error = await failure { _ = try await hop.relay.lookUp(LedgerQuery(requestID: id)) }
      #expect(error == RPCError(.notFound, message))
    }
    #expect(try await hop.entry("n1").verdict == "OK")
    await hop.stop()
  }
}
