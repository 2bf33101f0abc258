import GRPC
import Lesson
import Processes
import Testing

@testable import DeadlinesMetadata

@Suite("Lesson 05's journeys", .timeLimit(.minutes(2)))
struct JourneyTests {
  @Test("Each hop has the rest of the deadline and the request id, and nothing else is passed on")
  func propagation() async throws {
    let scratch = try ScratchFolder()
    try scratch.write("abc", to: "tree/file")
    let hops = [
      try await RelayHop(scratch: scratch), try await RelayHop(scratch: scratch),
      try await RelayHop(scratch: scratch),
    ]
    let journey = Journey(path: "tree", via: hops.dropFirst().map(\.address), workMs: 30)
    let waterfall = try await hops[0].relay.forward(
      journey,
      timeout: .seconds(60),
      metadata: ["request-id": "trip", "authorization": "Bearer sesame"]
    )
    #expect(waterfall.hops.map(\.address) == hops.map(\.address))
    for (hop, next) in zip(waterfall.hops, waterfall.hops.dropFirst()) {
      #expect(hop.workedMs >= 30)
      // Rounding up to whole milliseconds at both ends is all that may be gained.
      #expect(next.remainingMs + hop.workedMs <= hop.remainingMs + 2)
    }
    for (hop, report) in zip(hops, waterfall.hops) {
      #expect(report.requestID == "trip")
      #expect(report.crc32 == 0x3524_41C2)
      #expect(try await hop.entry("trip").remainingMs == report.remainingMs)
    }
    for hop in hops { await hop.stop() }
  }

  @Test("A deadline that is over ends the work at every hop")
  func deadline() async throws {
    let scratch = try ScratchFolder()
    let hops = [try await RelayHop(scratch: scratch), try await RelayHop(scratch: scratch)]
    // A machine may be too busy for the first hop to be done in two thirds of the time: then again, with more of it.
    for limit: UInt64 in [450, 900, 1800, 3600, 7200] {
      let id = "late-\(limit)"
      let error = await failure {
        _ = try await hops[0].relay.forward(
          Journey(via: [hops[1].address], workMs: limit * 2 / 3),
          timeout: .milliseconds(limit),
          metadata: ["request-id": id]
        )
      }
      #expect(error?.code == .deadlineExceeded)
      guard (try? await hops[1].relay.lookUp(LedgerQuery(requestID: id))) != nil else { continue }
      for hop in hops {
        let verdict = try await hop.entry(id).verdict
        // Whether its own timer or the reset of the one before it comes first is a race.
        #expect(["DEADLINE_EXCEEDED", "CANCELLED"].contains(verdict))
        await hop.stop()
      }
      return
    }
    Issue.record("the second hop was never reached")
  }

  @Test("A hop's failure keeps its status and says where it was")
  func failures() async throws {
    let first = try await RelayHop()
    let second = try await RelayHop("--max-time", "20ms")
    let limited = await failure {
      let journey = Journey(via: [second.address], workMs: 60_000)
      _ = try await second.relay.forward(journey)
    }
    #expect(limited?.code == .deadlineExceeded)
    let far = await failure {
      // Far longer than the limit: its timer has to wait for a busy loop.
      let journey = Journey(via: [second.address], workMs: 3_000)
      _ = try await first.relay.forward(journey, timeout: .seconds(60))
    }
    #expect(
      far?.description
        == "DEADLINE_EXCEEDED: hop \(second.address): the server's own limit of 20ms has passed"
        + " (server --max-time)"
    )
    let nowhere = await failure {
      _ = try await first.relay.forward(Journey(via: ["nowhere"]))
    }
    #expect(nowhere?.code == .invalidArgument)
    let long = await failure {
      _ = try await first.relay.forward(Journey(via: Array(repeating: first.address, count: 8)))
    }
    #expect(long?.description == "INVALID_ARGUMENT: a journey has at most 8 hops")
    await first.stop()
    await second.stop()
  }

  @Test(
    "A path that leaves the root, is missing or is no file is refused with the reason",
    arguments: [
      ("/etc", "PERMISSION_DENIED: /etc leaves the root"),
      ("../x", "PERMISSION_DENIED: ../x leaves the root"),
      ("outside", "PERMISSION_DENIED: outside leaves the root"),
      ("tree/missing", "NOT_FOUND: tree/missing does not exist"),
      ("pipe", "INVALID_ARGUMENT: pipe is not a regular file or a folder"),
    ]
  )
  func refusedPaths(path: String, refusal: String) async throws {
    let hop = try await RelayHop()
    try hop.scratch.shell("mkdir tree; ln -s / outside; mkfifo pipe")
    let error = await failure { _ = try await hop.relay.forward(Journey(path: path)) }
    #expect(error?.description == refusal)
    await hop.stop()
  }

  @Test("Files are hashed in the byte order of their names; links and pipes are passed over")
  func order() async throws {
    let hop = try await RelayHop()
    for (name, text) in [("t/a/1", "one"), ("t/a.b", "two"), ("t/B", "three"), ("t/é", "four")] {
      try hop.scratch.write(text, to: name)
    }
    try hop.scratch.shell("ln -s a.b t/link; mkfifo t/pipe")
    let report = try #require(
      try await hop.relay.forward(Journey(path: "t")).hops.first
    )
    var expected = CRC32()
    for text in ["three", "one", "two", "four"] { expected.add(Array(text.utf8)) }
    #expect(report.files == 4)
    #expect(report.bytes == 15)
    #expect(report.crc32 == expected.value)
    await hop.stop()
  }

  @Test("The checksum of 123456789 is cbf43926, in one piece or in several")
  func checksum() {
    var whole = CRC32()
    whole.add(Array("123456789".utf8))
    var pieces = CRC32()
    for piece in ["1234", "", "56789"] { pieces.add(Array(piece.utf8)) }
    #expect(whole.value == 0xCBF4_3926)
    #expect(pieces.value == whole.value)
  }
}
