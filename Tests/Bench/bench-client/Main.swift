import GRPC

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `bench-client PORT SCENARIO SECONDS`: opens one connection, warms up, repeats a scenario for so long,
/// checks every reply, and prints one line of JSON.
@main
struct Main {
  static func main() async {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let port = UInt16(arguments[1]),
      let scenario = Scenario(rawValue: arguments[2]), let seconds = Double(arguments[3]),
      seconds > 0, seconds < 100_000
    else {
      let names = Scenario.allCases.map(\.rawValue).joined(separator: "|")
      fail("usage: bench-client PORT \(names) SECONDS", status: 2)
    }
    do {
      print(try await measure(scenario, port, seconds).json)
    } catch {
      fail("\(scenario.rawValue): \(error)", status: 1)
    }
  }

  /// `@concurrent`: `main` belongs to the main actor, whose thread is not the channel's.
  @concurrent
  private static func measure(
    _ scenario: Scenario,
    _ port: UInt16,
    _ seconds: Double
  ) async throws -> Measurement {
    let channel = try Channel(to: "127.0.0.1:\(port)")
    // The caller shares the channel's thread: a call changes no thread on its way.
    let measurement = try await withTaskExecutorPreference(channel.executor) {
      try await scenario.run(Bench.Stub(channel), seconds: seconds)
    }
    await channel.shutDown()
    return measurement
  }

  private static func fail(_ line: String, status: Int32) -> Never {
    let bytes = Array("\(line)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    exit(status)
  }
}
