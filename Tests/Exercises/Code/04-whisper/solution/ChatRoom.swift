import GRPC
import Synchronization

/// Who is here, and what was said.
///
/// Knows nothing of calls: they bring in what members say, and take out what they hear.
///
/// Calls live on several event loops, which are threads, so a lock guards the room. An actor would do as well, but each
/// line would hop to it and back; under the lock only memory is touched, so a method may take it on its event loop.
final class ChatRoom: Sendable {
  static let historyLength = 20
  static let longestLine = 4096
  static let longestName = 32

  fileprivate struct State {
    var members: [ObjectIdentifier: Member] = [:]
    var names: [ObjectIdentifier: Name] = [:]
    var history: [Line] = []
    var lines: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Lets somebody in, who hears from now on what happens, the welcome first, and has no name yet.
  ///
  /// - Parameter isBlocked: Whether the client has stopped reading.
  /// - Returns: The member, who leaves by `leave`.
  func enter(isBlocked: @escaping @Sendable () -> Bool) -> Member {
    state.withLock { state in
      let member = Member(isBlocked: isBlocked)
      let names = state.names.values.sorted().map(\.text)
      member.hear(Event(kind: .welcome(Welcome(members: names, history: state.history))))
      state.members[member.id] = member
      return member
    }
  }

  /// Takes what a member says: its name first, lines from then on.
  ///
  /// What the room does not accept ends what the member hears, and its stay.
  ///
  /// - Returns: Whether it was a line, which is now acknowledged.
  func say(_ say: Say, from member: Member) -> Bool {
    state.withLock { state in
      guard state.members[member.id] != nil else { return false }
      do throws(RPCError) {
        if state.names[member.id] == nil {
          try state.introduce(member, as: say.name)
          if say.text.isEmpty { return false }
        }
        try state.say(say.text, from: member)
        return true
      } catch {
        member.refuse(error)
        state.remove(member)
        return false
      }
    }
  }

  /// Lets a member go, and those who stay hear of it; nothing happens when it has left already.
  func leave(_ member: Member) {
    state.withLock { $0.remove(member) }
  }
}

extension ChatRoom.State {
  fileprivate mutating func introduce(_ member: Member, as text: String) throws(RPCError) {
    guard !text.isEmpty else {
      throw RPCError(.invalidArgument, "the first message must give a name")
    }
    // Swift's characters may be many code points each; the rule is one that every language can count by.
    let hasControls = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    guard text.unicodeScalars.count <= ChatRoom.longestName, !hasControls else {
      throw RPCError(
        .invalidArgument,
        "a name has 1 to \(ChatRoom.longestName) characters, none a control character"
      )
    }
    let name = Name(text: text)
    guard !names.values.contains(name) else {
      throw RPCError(.alreadyExists, "\(text) is already in the room")
    }
    names[member.id] = name
    tell(Event(kind: .joined(text)))
  }

  fileprivate mutating func say(_ text: String, from member: Member) throws(RPCError) {
    guard !text.isEmpty else { throw RPCError(.invalidArgument, "a line is empty") }
    // Bytes, since a character of Swift's may be a carriage return and a line feed in one.
    guard text.utf8.count <= ChatRoom.longestLine, !text.utf8.contains(UInt8(ascii: "\n")) else {
      throw RPCError(
        .invalidArgument,
        "a line has at most \(ChatRoom.longestLine) bytes and no line break"
      )
    }
    lines += 1
    let line = Line(number: lines, name: names[member.id]?.text ?? "", text: text)
    if let listener = listener(of: text) {
      if !listener.hear(Event(kind: .line(line))) { drop([listener]) }
    } else {
      if history.count == ChatRoom.historyLength { history.removeFirst() }
      history.append(line)
      tell(Event(kind: .line(line)), except: member)
    }
    if !member.hear(Event(kind: .acknowledged(lines))) { drop([member]) }
  }

  /// The one to whom a line is whispered, `@bob psst`; nil for a line that all may hear.
  private func listener(of text: String) -> Member? {
    guard text.hasPrefix("@"), let blank = text.firstIndex(of: " ") else { return nil }
    let name = Name(text: String(text[..<blank].dropFirst()))
    return names.first { $0.value == name }.flatMap { members[$0.key] }
  }

  fileprivate mutating func remove(_ member: Member) {
    guard members.removeValue(forKey: member.id) != nil else { return }
    if let name = names.removeValue(forKey: member.id) { tell(Event(kind: .left(name.text))) }
  }

  /// Never waits for anybody: who does not keep up is dropped.
  private mutating func tell(_ event: Event, except speaker: Member? = nil) {
    var deaf: [Member] = []
    for member in members.values where member !== speaker {
      if !member.hear(event) { deaf.append(member) }
    }
    drop(deaf)
  }

  private mutating func drop(_ deaf: [Member]) {
    for member in deaf {
      let name = names[member.id]?.text ?? "a listener"
      member.drop(
        RPCError(
          .resourceExhausted,
          "\(name) did not read: \(Member.mostWaiting) events were waiting"
        )
      )
      remove(member)
    }
  }
}

/// A name, compared as its bytes: as text, Swift takes `é` and `e` with an accent behind it for the same.
private struct Name: Equatable, Comparable {
  let text: String

  static func == (one: Name, other: Name) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }

  static func < (one: Name, other: Name) -> Bool {
    one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
  }
}
