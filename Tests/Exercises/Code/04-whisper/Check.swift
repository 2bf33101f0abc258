import GRPC

@main
enum Check {
  static func main() async {
    let room = ChatRoom()
    let names = ["ada", "bob", "eve"]
    let members = names.map { name in
      let member = room.enter(isBlocked: { false })
      _ = room.say(Say(name: name), from: member)
      return member
    }
    for text in ["hello", "@bob psst", "@nobody hello", "@bob", "bob @bob", "@eve you, too"] {
      let isLine = room.say(Say(text: text), from: members[0])
      print("ada says '\(text)': \(isLine ? "a line" : "no line")")
    }
    _ = room.say(Say(text: "@ada yes?"), from: members[1])
    let late = room.enter(isBlocked: { false })
    for (name, member) in zip(names + ["somebody who comes later"], members + [late]) {
      member.refuse(RPCError(.cancelled, "the end"))
      print("\(name) hears:")
      try? await member.listen { event in
        guard let text = shown(event) else { return }
        print("  \(text)")
      }
    }
  }

  /// What tells whispers from lines; comings and goings do not matter here.
  private static func shown(_ event: Event) -> String? {
    switch event.kind {
    case .line(let line): "\(line.number) \(line.name): \(line.text)"
    case .acknowledged(let number): "\(number) was heard"
    case .welcome(let welcome) where !welcome.history.isEmpty:
      "before: " + welcome.history.map { "\($0.name): \($0.text)" }.joined(separator: ", ")
    default: nil
    }
  }
}
