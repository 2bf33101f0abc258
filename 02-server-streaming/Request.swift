import Lesson

/// What the command line asks for: `[find] TEXT [PATH]` or `follow PATH`.
enum Request {
  case find(String, path: String)
  case follow(String)

  /// Takes the arguments apart; a lone `find` or `follow` is a text to look for.
  init(_ words: [String]) throws {
    let command = words.count > 1 && ["find", "follow"].contains(words[0]) ? words[0] : "find"
    let values = words.count > 1 && words[0] == command ? Array(words.dropFirst()) : words
    guard let first = values.first, values.count <= (command == "find" ? 2 : 1) else {
      throw UsageError("usage: client [find] TEXT [PATH], or client follow PATH (--help explains)")
    }
    self =
      command == "find" ? .find(first, path: values.count > 1 ? values[1] : "") : .follow(first)
  }

  /// Whether the call ends without our stopping it.
  var endsByItself: Bool {
    if case .find = self { return true }
    return false
  }
}

extension Match: CustomStringConvertible {
  /// As `grep -n` shows it.
  var description: String {
    binary ? "\(file): binary file matches" : "\(file):\(line):\(text)"
  }
}

/// Prints results, with the time since the call began in front when that is asked for.
struct ResultPrinter {
  let showsTimes: Bool
  private let start = ContinuousClock.now

  init(showsTimes: Bool) { self.showsTimes = showsTimes }

  func print(_ result: String) { Terminal.result(time + result) }

  /// Says when the call was over.
  func end(_ note: String) {
    if showsTimes { Terminal.narrate(time + note) }
  }

  private var time: String {
    guard showsTimes else { return "" }
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return "+\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms  "
  }
}
