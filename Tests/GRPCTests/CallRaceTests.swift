import Sockets
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import GRPC

/// Client and server with all that lies between them, on one loop whose clock stands until everything is done: races
/// that a microsecond decides, and ties that only the order of events decides.
@Suite("Deadline, cancellation and completion racing, on real calls", .timeLimit(.minutes(5)))
struct CallRaceTests {
  /// What is to happen to one call, in nanoseconds from its start.
  private struct Plan: Sendable {
    let isStreaming: Bool
    let deadline: UInt64
    let cancellation: UInt64
    let answer: UInt64
    /// Whether the method stops when it is cancelled.
    let heedsCancellation: Bool

    init(_ random: inout SplitMix64) {
      // Long after all others, early, a microsecond later, late. (What a connection puts off to the loop's next turn
      // comes a nanosecond later.)
      let times: [UInt64] = [3_000_000_000, 1_000_000, 1_001_000, 2_000_000]
      isStreaming = Bool.random(using: &random)
      deadline = times.randomElement(using: &random) ?? 0
      cancellation = times.randomElement(using: &random) ?? 0
      answer = times.dropFirst().randomElement(using: &random) ?? 0
      heedsCancellation = Bool.random(using: &random)
    }

    var note: Note { Note("\(answer) \(heedsCancellation)") }

    /// How a call may end of which this is the plan.
    var possibleEnds: Set<Status.Code> {
      let first = min(deadline, cancellation, answer)
      var ends: Set<Status.Code> = []
      if deadline == first { ends.insert(.deadlineExceeded) }
      if cancellation == first { ends.insert(.cancelled) }
      if answer == first { ends.insert(.ok) }
      return ends
    }
  }

  /// What both ends have written down.
  private final class Ledgers: Sendable {
    let server = Mutex<[Status.Code]>([])
    let client = Mutex<[Int: [Status.Code]]>([:])
    let running = Atomic<Int>(0)
  }

  @Test(
    "Thousands of calls: exactly one outcome on each side, the one whose time came first, and nothing left"
  )
  func races() async throws {
    let clock = ManualClock()
    let group = EventLoopGroup(clock: clock)
    let loop = group.loops[0]
    let ledgers = Ledgers()
    let path = "/tmp/races-\(UInt64.random(in: 0 ... .max))"
    let address = "unix:\(path)"
    let server = try await Self.server(address, group, ledgers)
    var configuration = Channel.Configuration()
    configuration.group = group
    let channel = try Channel(to: address, configuration: configuration)
    try await Self.whileTimePasses(clock, loop) {
      _ = try await channel.unary(NotesMethod.echo, "")
    }
    let (timers, _) = await Self.counts(loop, channel)

    var random = SplitMix64(state: 4)
    for _ in 0..<25 {
      ledgers.server.withLock { $0 = [] }
      ledgers.client.withLock { $0 = [:] }
      let plans = (0..<100).map { _ in Plan(&random) }
      let calls = plans.enumerated().map { number, plan in
        Task(executorPreference: loop) { await Self.outcome(plan, number, channel, ledgers) }
      }
      loop.execute {
        for (plan, call) in zip(plans, calls) {
          loop.schedule(after: plan.cancellation) { call.cancel() }
        }
      }
      // A little longer than the longest time in any plan.
      await clock.advance(by: 3_100_000_000, on: loop)
      for (number, (plan, call)) in zip(plans, calls).enumerated() {
        let outcome = await call.value
        #expect(plan.possibleEnds.contains(outcome), "\(plan)")
        #expect(ledgers.client.withLock { $0[number] } == [outcome], "\(plan)")
      }
      Self.check(ledgers.server.withLock { $0 }, plans)
      #expect(ledgers.running.load(ordering: .relaxed) == 0)
      let left = await Self.counts(loop, channel)
      #expect(left.calls == 0)
      #expect(left.timers == timers)
    }
    try await Self.whileTimePasses(clock, loop) {
      await channel.shutDown()
      await server.shutDown(grace: .zero)
    }
    group.stop()
    _ = remove(path)
  }

  /// Does what waits for timers: connecting and draining put off some of their work to the loop's next turns.
  private static func whileTimePasses(
    _ clock: ManualClock,
    _ loop: EventLoop,
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    let isDone = Flag()
    let task = Task {
      defer { isDone.value.store(true, ordering: .releasing) }
      try await body()
    }
    while !isDone.value.load(ordering: .acquiring) { await clock.advance(by: 1_000, on: loop) }
    try await task.value
  }

  private final class Flag: Sendable {
    let value = Atomic(false)
  }

  /// The server does not know which of its verdicts is whose: they are held against the plans as a whole.
  private static func check(_ verdicts: [Status.Code], _ plans: [Plan]) {
    #expect(verdicts.count == plans.count)
    for code in Set(verdicts) {
      let seen = verdicts.filter { $0 == code }.count
      // A client that gives up at its deadline may be the first to say so, by cancelling.
      let possible = plans.filter { plan in
        let ends = plan.possibleEnds
        return ends.contains(code) || (code == .cancelled && ends.contains(.deadlineExceeded))
      }
      #expect(seen <= possible.count, "\(code)")
      let certain = plans.filter { $0.possibleEnds == [code] }
      if code == .ok { #expect(seen >= certain.count, "\(code)") }
    }
  }

  /// One call, as its caller sees it.
  private static func outcome(
    _ plan: Plan,
    _ number: Int,
    _ channel: Channel,
    _ ledgers: Ledgers
  ) async -> Status.Code {
    var options = CallOptions()
    options.timeout = .nanoseconds(Int64(plan.deadline))
    options.onCallEnded = { report in
      ledgers.client.withLock { $0[number, default: []].append(report.status.code) }
    }
    do {
      guard plan.isStreaming else {
        _ = try await channel.unary(NotesMethod.echo, plan.note, options: options)
        return .ok
      }
      let call = channel.bidirectional(NotesMethod.chat, options: options)
      try await call.send(plan.note)
      try call.finish()
      for try await _ in call.responses {}
      return .ok
    } catch {
      return RPCError.reporting(error).code
    }
  }

  private static func server(
    _ address: String,
    _ group: EventLoopGroup,
    _ ledgers: Ledgers
  ) async throws -> Server {
    var configuration = Server.Configuration()
    configuration.group = group
    configuration.onCallEnded = { report in
      ledgers.server.withLock { $0.append(report.status.code) }
    }
    let loop = group.loops[0]
    let service = NotesService(
      unary: { note, _ in
        try await work(note, loop, ledgers)
        return note
      },
      streaming: { requests, responses, _ in
        for try await note in requests {
          try await responses.send(note)
          try await work(note, loop, ledgers)
        }
      }
    )
    return try await Server.listening(on: address, serving: service, configuration: configuration)
  }

  /// What a method does: it takes as long as the note says.
  private static func work(_ note: Note, _ loop: EventLoop, _ ledgers: Ledgers) async throws {
    let words = note.text.split(separator: " ")
    guard words.count == 2, let time = UInt64(words[0]) else { return }
    ledgers.running.wrappingAdd(1, ordering: .relaxed)
    defer { ledgers.running.wrappingSubtract(1, ordering: .relaxed) }
    await withCheckedContinuation { continuation in
      loop.schedule(after: time) { continuation.resume() }
    }
    if words[1] == "true" { try Task.checkCancellation() }
  }

  private static func counts(
    _ loop: EventLoop,
    _ channel: Channel
  ) async -> (timers: Int, calls: Int) {
    await withCheckedContinuation { continuation in
      loop.execute {
        let counts = channel.core.wrapped.counts
        let calls = counts.active + counts.waiting + counts.streams
        continuation.resume(returning: (loop.timerCount, calls))
      }
    }
  }
}
