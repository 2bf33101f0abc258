import GRPC
import Sockets
import Synchronization

/// What is left of many calls that were cancelled while their methods ran.
enum Leftovers {
  private static let together = 100

  static func count(_ count: Int, _ silence: Silence) async throws -> Bool {
    let bench = Bench.Stub(silence.channel)
    _ = try await bench.unary(Msg())
    let before = await look(at: silence)
    let tally = Tally()
    var options = CallOptions()
    options.timeout = .seconds(3_600)
    options.onCallEnded = { report in
      if report.status.code == .cancelled { tally.reports.wrappingAdd(1, ordering: .relaxed) }
    }
    var made = 0
    while made < count {
      let batch = min(together, count - made)
      let calls = (0..<batch).map { _ in
        Task { [options] in
          _ = try? await bench.unary(Msg(payload: [1]), options: options)
          tally.ended.wrappingAdd(1, ordering: .relaxed)
        }
      }
      while silence.service.running.load(ordering: .relaxed) < batch { await Task.yield() }
      for call in calls { call.cancel() }
      for call in calls { await call.value }
      while silence.service.running.load(ordering: .relaxed) > 0 { await Task.yield() }
      made += batch
    }
    // The connection still works, and what was posted before this has been done.
    _ = try await bench.unary(Msg())
    let after = await look(at: silence)
    print(
      "\(count) calls cancelled, \(tally.reports.load(ordering: .relaxed)) reported as CANCELLED"
    )
    print("methods that still run: \(silence.service.running.load(ordering: .relaxed))")
    print(
      "client: \(after.calls) calls, \(after.streams) streams, timers \(before.timers) → \(after.timers)"
    )
    print("server: timers \(before.serverTimers) → \(after.serverTimers)")
    let allEnded =
      tally.reports.load(ordering: .relaxed) == count
      && tally.ended.load(ordering: .relaxed) == count
    return allEnded && after.calls == 0 && after.streams == 0 && after.timers == before.timers
      && after.serverTimers == before.serverTimers
  }

  private final class Tally: Sendable {
    let ended = Atomic(0)
    let reports = Atomic(0)
  }

  private struct Sight {
    let calls: Int
    let streams: Int
    let timers: Int
    let serverTimers: Int
  }

  private static func look(at silence: Silence) async -> Sight {
    let counts = await silence.channel.counts
    return Sight(
      calls: counts.active + counts.waiting,
      streams: counts.streams,
      timers: await timers(of: silence.clientLoop),
      serverTimers: await timers(of: silence.serverLoop)
    )
  }

  private static func timers(of loop: EventLoop) async -> Int {
    await withCheckedContinuation { continuation in
      loop.execute { continuation.resume(returning: loop.timerCount) }
    }
  }
}
