import GRPC
import Lesson

/// A short conversation of three members, each with a call of its own over one connection.
///
/// A step is over when all who are in the room have seen what it leads to; so what is printed is always the same.
struct Scene {
  private struct Role {
    let name: String
    let lines: AsyncStream<String>.Continuation
    var seen: AsyncStream<String>.Iterator
    let stay: Task<Void, any Error>
  }

  private let client: RoomClient
  private var roles: [Role] = []

  /// Plays it, and prints what each member sees.
  static func play(on channel: Channel) async throws {
    var scene = Scene(client: RoomClient(channel: channel, timeout: .seconds(30)))
    defer { for role in scene.roles { role.stay.cancel() } }
    try await scene.enter("ada")
    try await scene.say("is anybody here?", by: "ada")
    try await scene.enter("bob")
    try await scene.say("I am, but I have nothing to add", by: "bob")
    scene.halfClose("bob")
    try await scene.say("then just listen", by: "ada")
    try await scene.enter("eve")
    try await scene.leave("ada")
  }

  private mutating func enter(_ name: String) async throws {
    Terminal.narrate("\(name) enters")
    let (lines, said) = AsyncStream<String>.makeStream()
    let (seen, see) = AsyncStream<String>.makeStream()
    let stay = Task { [client] in
      defer { see.finish() }
      try await client.chat(as: name, saying: lines, stay: .seconds(30)) { see.yield($0) }
    }
    roles.append(Role(name: name, lines: said, seen: seen.makeAsyncIterator(), stay: stay))
    try await allSee("* \(name) joined")
  }

  private mutating func say(_ line: String, by name: String) async throws {
    Terminal.narrate("\(name) says something")
    roles.first { $0.name == name }?.lines.yield(line)
    try await allSee(": \(line)")
  }

  private func halfClose(_ name: String) {
    Terminal.narrate("\(name) half-closes, and still listens")
    roles.first { $0.name == name }?.lines.finish()
  }

  private mutating func leave(_ name: String) async throws {
    Terminal.narrate("\(name) leaves")
    guard let index = roles.firstIndex(where: { $0.name == name }) else { return }
    roles.remove(at: index).stay.cancel()
    try await allSee("* \(name) left")
  }

  /// Prints what each member sees, up to the line that ends so.
  private mutating func allSee(_ end: String) async throws {
    for index in roles.indices {
      var isThere = false
      while !isThere, let line = await roles[index].seen.next(isolation: #isolation) {
        Terminal.result("  \(roles[index].name) sees  \(line)")
        isThere = line.hasSuffix(end)
      }
      // The call is over: its error says why.
      if !isThere { try await roles[index].stay.value }
    }
  }
}
