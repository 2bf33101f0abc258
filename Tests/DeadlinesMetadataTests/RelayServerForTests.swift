import GRPC
import Lesson
import Processes

@testable import DeadlinesMetadata

/// A relay's server and a channel to it, in this process, over loopback.
struct RelayHop {
  let server: Server
  let channel: Channel
  let scratch: ScratchFolder

  var address: String { "\(server.localAddress)" }
  var relay: Relay.Stub { Relay.Stub(channel) }

  /// Takes the options that the lesson's server would be given on the command line.
  init(_ options: String..., scratch: ScratchFolder? = nil) async throws {
    self.scratch = try scratch ?? ScratchFolder()
    let arguments = try Arguments(
      options + ["--root", self.scratch.path],
      options: Main.serverOptions,
      positionalLimit: 0
    )
    var configuration = Server.Configuration()
    try Main.configure(arguments, &configuration)
    server = try await Server.listening(
      on: "127.0.0.1:0",
      serving: try Main.service(arguments),
      configuration: configuration
    )
    channel = try Channel(to: "\(server.localAddress)")
  }

  /// The server's own verdict of a call, once `condition` holds for it.
  func entry(
    _ requestID: String,
    where condition: (LedgerEntry) -> Bool = { $0.verdict != "RUNNING" }
  ) async throws -> LedgerEntry {
    try await DeadlinesMetadataTests.entry(requestID, relay, where: condition)
  }

  func stop() async { await server.shutDown(grace: .zero) }
}

/// What a server has written down about a call, as soon as `condition` holds for it.
func entry(
  _ requestID: String,
  _ relay: Relay.Stub,
  where condition: (LedgerEntry) -> Bool
) async throws -> LedgerEntry {
  while true {
    do {
      let entry = try await relay.lookUp(LedgerQuery(requestID: requestID), timeout: .seconds(30))
      if condition(entry) { return entry }
    } catch let error as RPCError where error.code == .notFound {}
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// What a call fails with.
func failure(of call: () async throws -> Void) async -> RPCError? {
  do {
    try await call()
    return nil
  } catch {
    return RPCError.reporting(error)
  }
}

/// A folder for one test, removed with it.
final class ScratchFolder: Sendable {
  let path: String

  init() throws { path = try Files.makeScratchFolder("relay") }

  deinit { Files.removeScratchFolder(path) }

  func write(_ text: String, to name: String) throws {
    Files.makeFolder(Files.folder(of: "\(path)/\(name)"))
    try Files.write(text, to: "\(path)/\(name)")
  }

  /// Runs commands of a shell in the folder.
  func shell(_ commands: String) throws {
    _ = try run(Command(["sh", "-ec", commands], directory: path))
  }
}
