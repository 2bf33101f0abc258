import GRPC
import Lesson

/// The client's sub-commands, in the order of the lesson.
enum Step: String, CaseIterable {
  case metadata, deadline, cap, cancel, ledgers, channel, relay

  /// What `--timeout` is without being given.
  var defaultTimeout: String {
    switch self {
    case .metadata, .cap, .channel, .relay: "5s"
    case .deadline: "500ms"
    case .cancel: "30s"
    case .ledgers: "300ms"
    }
  }

  /// What `--work` is without being given.
  private var defaultWork: Duration {
    switch self {
    case .cancel: .seconds(10)
    case .relay: .milliseconds(200)
    case .metadata, .deadline, .cap, .ledgers, .channel: .seconds(2)
    }
  }

  /// Runs the step over a channel.
  func run(_ arguments: Arguments, _ channel: Channel) async throws {
    let client = RelayClient(
      channel: channel,
      requestID: arguments.string("--request-id") ?? Self.randomID(),
      timeout: try LessonClient.timeout(arguments, default: defaultTimeout)
    )
    let work = try arguments.duration("--work") ?? defaultWork
    switch self {
    case .metadata: try await showMetadata(client)
    case .deadline: try await workUnderDeadline(client, work)
    case .cap: try await workUnderCap(client, work)
    case .cancel: try await cancelWork(client, work, after: try Delay(arguments, "--after"))
    case .ledgers: try await compareLedgers(client)
    case .channel: try await watchChannel(client, try arguments.duration("--watch") ?? .zero)
    case .relay:
      let via = arguments.string("--via").map { $0.split(separator: ",").map(String.init) } ?? []
      let path = arguments.positional.dropFirst().first ?? ""
      try await sendOnJourney(client, Journey(path: path, via: via, workMs: work.milliseconds))
    }
  }

  /// Eight hexadecimal digits.
  static func randomID() -> String {
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
