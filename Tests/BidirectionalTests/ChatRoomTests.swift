import GRPC
import Testing

@testable import Bidirectional

@Suite("The chat room")
struct ChatRoomTests {
  let room = ChatRoom()

  /// Lets somebody in who is ready to hear, and names it.
  private func enter(_ name: String, isBlocked: Bool = false) -> Member {
    let member = room.enter(isBlocked: { isBlocked })
    _ = room.say(Say(name: name), from: member)
    return member
  }

  /// What a member has heard when it may not stay, as lines, with the reason last.
  private func everything(_ member: Member) async -> [String] {
    var lines: [String] = []
    do {
      try await member.listen { lines.append($0.summary) }
    } catch {
      lines.append(
        "\((error as? RPCError)?.code ?? .unknown): \((error as? RPCError)?.message ?? "")"
      )
    }
    return lines
  }

  /// What a member has heard so far: a line it may not say ends it.
  private func soFar(_ member: Member) async -> [String] {
    _ = room.say(Say(text: ""), from: member)
    return await everything(member).dropLast()
  }

  @Test("Hears a welcome with members and history first, then what happens, its own joining too")
  func order() async {
    let ada = enter("ada")
    #expect(room.say(Say(text: "hello"), from: ada))
    let bob = enter("bob")
    #expect(room.say(Say(text: "hi"), from: bob))
    #expect(await soFar(ada) == ["here:", "+ada", "ack 1", "+bob", "2 bob: hi"])
    #expect(await soFar(bob) == ["here: ada; 1 ada: hello", "+bob", "ack 2", "-ada"])
  }

  @Test("A first message with a text introduces and says")
  func introducesAndSays() async {
    let ada = room.enter(isBlocked: { false })
    #expect(room.say(Say(name: "ada", text: "hello"), from: ada))
    #expect(await soFar(ada) == ["here:", "+ada", "ack 1"])
  }

  @Test("A listener without a name is not a member, and its leaving is not told")
  func listener() async {
    let listener = room.enter(isBlocked: { false })
    let ada = enter("ada")
    room.leave(listener)
    #expect(await soFar(ada) == ["here:", "+ada"])
  }

  @Test("Members are listed in the byte order of their names")
  func byteOrder() async {
    for name in ["ß", "b", "a", "Z", "é", "龍", "e\u{301}"] { _ = enter(name) }
    let eve = room.enter(isBlocked: { false })
    #expect(await soFar(eve) == ["here: Z, a, b, e\u{301}, ß, é, 龍"])
  }

  @Test("Names are compared by bytes: two spellings of é are two names")
  func sameBytes() async {
    _ = enter("\u{E9}")
    #expect(await soFar(enter("e\u{301}")).last == "+e\u{301}")
    #expect(
      await everything(enter("\u{E9}")).last == "ALREADY_EXISTS: \u{E9} is already in the room"
    )
  }

  @Test("A name is free again when its member has left")
  func nameIsFree() async {
    let ada = enter("ada")
    room.leave(ada)
    #expect(await soFar(enter("ada")) == ["here:", "+ada"])
  }

  @Test("The history holds the last twenty lines")
  func history() async {
    let ada = enter("ada")
    for number in 1...25 { _ = room.say(Say(text: "line \(number)"), from: ada) }
    let heard = await soFar(room.enter(isBlocked: { false }))
    let expected = (6...25).map { "\($0) ada: line \($0)" }.joined(separator: "; ")
    #expect(heard == ["here: ada; \(expected)"])
  }

  static let refusals: [(String, String, String)] = [
    ("", "hello", "INVALID_ARGUMENT: the first message must give a name"),
    (
      "a\tb", "", "INVALID_ARGUMENT: a name has 1 to 32 characters, none a control character"
    ),
    (
      "a\u{9B}b", "", "INVALID_ARGUMENT: a name has 1 to 32 characters, none a control character"
    ),
    (
      String(repeating: "n", count: 33), "",
      "INVALID_ARGUMENT: a name has 1 to 32 characters, none a control character"
    ),
    (
      "bob", "a\nb", "INVALID_ARGUMENT: a line has at most 4096 bytes and no line break"
    ),
    (
      "bob", "a\r\nb", "INVALID_ARGUMENT: a line has at most 4096 bytes and no line break"
    ),
    (
      "bob", String(repeating: "é", count: 2049),
      "INVALID_ARGUMENT: a line has at most 4096 bytes and no line break"
    ),
    ("ada", "", "ALREADY_EXISTS: ada is already in the room"),
  ]

  @Test(
    "What the room does not accept ends the stay, behind all that was heard",
    arguments: refusals
  )
  func refuses(_ name: String, _ text: String, _ reason: String) async {
    _ = enter("ada")
    let member = room.enter(isBlocked: { false })
    #expect(!room.say(Say(name: name, text: text), from: member))
    let heard = await everything(member)
    #expect(heard.first == "here: ada")
    #expect(heard.last == reason)
    // Its name, if it had one, is free at once.
    #expect(await soFar(room.enter(isBlocked: { false })) == ["here: ada"])
  }

  @Test("A line of 4,096 bytes and a name of 32 code points are accepted")
  func longest() async {
    let ada = enter(String(repeating: "龍", count: 32))
    #expect(room.say(Say(text: String(repeating: "é", count: 2048)), from: ada))
  }

  @Test("An empty line is refused")
  func emptyLine() async {
    let ada = enter("ada")
    #expect(!room.say(Say(), from: ada))
    #expect(await everything(ada).last == "INVALID_ARGUMENT: a line is empty")
  }

  @Test("A member that does not read is dropped when 256 events wait, and holds up nobody")
  func tooSlow() async {
    let slow = enter("slow", isBlocked: true)  // the welcome and its joining wait
    let ada = enter("ada")
    for number in 1...253 { #expect(room.say(Say(text: "\(number)"), from: ada)) }
    #expect(
      await soFar(room.enter(isBlocked: { false })).first?.hasPrefix("here: ada, slow;") == true
    )
    #expect(room.say(Say(text: "one too many"), from: ada))
    await #expect(
      throws: RPCError(.resourceExhausted, "slow did not read: 256 events were waiting")
    ) {
      try await slow.isDropped()
    }
    #expect(await soFar(ada).suffix(2) == ["-slow", "ack 254"])
  }

  @Test("A burst does not drop a member whose client reads")
  func burst() async {
    let ada = enter("ada")
    let bob = enter("bob")
    for number in 1...1000 { #expect(room.say(Say(text: "\(number)"), from: ada)) }
    #expect(await soFar(bob).last == "1000 ada: 1000")
  }

  @Test(
    "Two members who do not read are dropped together, also when one's leaving is too much for the other"
  )
  func dropsAll() async {
    let slow = [enter("s", isBlocked: true), enter("t", isBlocked: true)]
    let ada = enter("ada")
    for number in 1...300 { #expect(room.say(Say(text: "\(number)"), from: ada)) }
    for member in slow {
      await #expect(throws: RPCError.self) { try await member.isDropped() }
    }
    #expect(await soFar(room.enter(isBlocked: { false })).first?.hasPrefix("here: ada;") == true)
  }
}

extension Event {
  /// The event in a few characters.
  fileprivate var summary: String {
    switch kind {
    case .welcome(let welcome):
      let here = "here: " + welcome.members.joined(separator: ", ")
      let lines = welcome.history.map { "\($0.number) \($0.name): \($0.text)" }
      return ([here.last == " " ? "here:" : here] + lines).joined(separator: "; ")
    case .joined(let name): return "+\(name)"
    case .left(let name): return "-\(name)"
    case .line(let line): return "\(line.number) \(line.name): \(line.text)"
    case .acknowledged(let number): return "ack \(number)"
    case nil: return "?"
    }
  }
}
