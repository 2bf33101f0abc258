import GRPC
import Matrix
import Processes
import Testing

@testable import DeadlinesMetadata

/// Ctrl-C at one end of a chain of servers in several languages, and what becomes of the other end.
@Suite("Cancellation across hops and languages", .serialized, .timeLimit(.minutes(5)))
struct CascadeTests {
  static let lesson = "05-deadlines-metadata"
  static let programs = Programs(package: Products.package, products: Products.folder)
  static let languages = Language.allCases.filter { programs.has($0, lesson: lesson) }

  @Test("Ctrl-C in a client stops the work at the last of three hops", arguments: languages)
  func interrupt(_ first: Language) async throws {
    let scratch = try ScratchFolder()
    // The first two hops are soon done; the last one has many hours of zeros to hash.
    try scratch.write("soon done", to: "short/tree/file")
    try scratch.shell(
      """
      mkdir -p long/tree
      dd if=/dev/null of=long/tree/0 bs=1048576 seek=256
      for number in $(seq 1000); do ln long/tree/0 long/tree/$number; done
      """
    )
    var servers: [Child] = []
    defer { for server in servers { server.end() } }
    var addresses: [String] = []
    let rotation = Array(
      Self.languages.drop { $0 != first } + Self.languages.prefix { $0 != first }
    )
    for (hop, root) in ["short", "short", "long"].enumerated() {
      let server = try Child(
        Self.programs.command(
          Self.lesson,
          rotation[hop % rotation.count],
          .server,
          ["--port", "0", "--root", "\(scratch.path)/\(root)"]
        )
      )
      servers.append(server)
      let ready = "listening on "
      let line = try await offThePool { try server.line(startingWith: ready, within: .seconds(60)) }
      addresses.append(String(line.dropFirst(ready.count)))
    }
    let client = try Child(
      Self.programs.command(
        Self.lesson,
        first,
        .client,
        [
          "relay", "--via", addresses.dropFirst().joined(separator: ","), "--work", "10ms",
          "--timeout", "10m", "--request-id", "ctrl-c", "tree", "--target", addresses[0],
        ]
      )
    )
    defer { client.end() }

    let last = Relay.Stub(try Channel(to: addresses[2]))
    _ = try await entry("ctrl-c", last) { $0.units > 0 }
    let start = ContinuousClock.now
    client.signal(2)
    let stopped = try await entry("ctrl-c", last) { $0.verdict != "RUNNING" }
    print("\(rotation.map(\.description)): stopped \(ContinuousClock.now - start) after Ctrl-C")
    #expect(stopped.verdict == "CANCELLED")
    let outcome = try await offThePool { try client.wait(atMost: .seconds(30)) }
    #expect(outcome.status == .exited(65), "\(outcome.errorText)")
    #expect(outcome.errorText.contains("CANCELLED: interrupted by Ctrl-C"))
    // The counter stands still.
    try await Task.sleep(for: .milliseconds(50))
    #expect(try await entry("ctrl-c", last) { _ in true }.units == stopped.units)
    for address in addresses.dropLast() {
      let relay = Relay.Stub(try Channel(to: address))
      #expect(try await entry("ctrl-c", relay) { $0.verdict != "RUNNING" }.verdict == "CANCELLED")
    }
  }
}
