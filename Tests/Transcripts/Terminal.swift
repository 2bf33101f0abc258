import Processes

/// A shell that a transcript types into.
///
/// What it starts writes to one pipe, standard error too.
///
/// Commands reach the shell through a named pipe, so that its standard input is the keyboard of
/// the programs it starts. After each command the shell prints its status between two control
/// characters: that is how the end of a command is seen without a guess.
final class Terminal {
  private static let script = """
    exec 8<>"$0"
    trap : INT
    status=0
    while :; do
      IFS= read -r -d '' -u 8 line || continue
      (exit "$status")
      eval "$line" 8<&-
      status=$?
      printf '\\001%d\\001' "$status"
    done
    """

  private enum Item: Equatable {
    case line(String)
    case endOfCommand
  }

  private let shell: Child
  private let commands: String
  /// How many items have been taken.
  private var taken = 0
  /// Whether a command has been typed whose end has not been seen yet.
  private(set) var isBusy = false
  private var runsInBackground = false

  init(folder: String, commands: String, environment: [String: String?]) throws {
    self.commands = commands
    _ = try run(Command(["mkfifo", commands]))
    shell = try Child(
      Command(
        ["bash", "--noprofile", "--norc", "-c", Self.script, commands],
        environment: environment,
        directory: folder,
        input: .open,
        mergesErrors: true
      )
    )
  }

  func type(command: String) throws {
    isBusy = true
    runsInBackground = command.trimmed.hasSuffix("&")
    try Files.write(Array(command.utf8) + [0], to: commands)
  }

  func type(line: String) { shell.send(Array((line + "\n").utf8)) }
  func interrupt() { shell.signal(2) }
  func endInput() { shell.closeInput() }
  func close() { shell.end() }

  /// Waits for the end of the command; gives the lines that nobody has taken, or nil when the time
  /// was over.
  func awaitEnd(within timeout: Duration) -> [String]? {
    guard isBusy else { return [] }
    let isOver = shell.awaitOutput(within: timeout) { self.items($0).contains(.endOfCommand) }
    guard isOver else { return nil }
    let lines = items(shell.outputBytes).prefix { $0 != .endOfCommand }
    take(lines.count + 1)
    return lines.compactMap(text)
  }

  /// Waits until `accepts` likes the lines so far and says how many of them it takes.
  ///
  /// The program that prints them may go on running. False when the time was over.
  func awaitLines(within timeout: Duration, _ accepts: ([String]) -> Int?) -> Bool {
    let isThere = shell.awaitOutput(within: timeout) {
      accepts(self.items($0).compactMap(text)) != nil
    }
    let items = self.items(shell.outputBytes)
    guard isThere, var count = accepts(items.compactMap(text)) else { return false }
    var end = 0
    while count > 0 {
      if items[end] != .endOfCommand { count -= 1 }
      end += 1
    }
    take(end)
    return true
  }

  /// The lines that have come so far and nobody has taken.
  var pending: [String] { items(shell.outputBytes).compactMap(text) }

  /// What a command that has ended by now printed beyond what was claimed.
  var unclaimed: [String] {
    let items = self.items(shell.outputBytes)
    guard isBusy, !runsInBackground, items.contains(.endOfCommand) else { return [] }
    return items.compactMap(text)
  }

  private func take(_ count: Int) {
    let items = self.items(shell.outputBytes)
    if items[..<count].contains(.endOfCommand) { isBusy = false }
    taken += count
  }

  /// Whether a line says more about the machine than about the program, so that no page can claim it.
  ///
  /// A server's watchdog measures how long a method has been on its event loop, also while the system lets others run:
  /// on a machine with too much to do it speaks of methods that do nothing wrong.
  private static func tellsOfTheMachine(_ line: String) -> Bool {
    line.contains(" has held its event loop ")
  }

  private func text(_ item: Item) -> String? {
    if case .line(let text) = item { text } else { nil }
  }

  /// The output behind what was taken.
  ///
  /// The piece behind the last line break is a line only when the
  /// command has ended, since more may come to it.
  private func items(_ output: [UInt8]) -> [Item] {
    var items: [Item] = []
    var line: [UInt8] = []
    var isInMark = false
    for byte in output {
      switch byte {
      case 1 where isInMark:
        isInMark = false
        items.append(.endOfCommand)
      case 1:
        if !line.isEmpty { items.append(.line(String(decoding: line, as: UTF8.self))) }
        line = []
        isInMark = true
      case UInt8(ascii: "\n"):
        let text = String(decoding: line, as: UTF8.self)
        if !Self.tellsOfTheMachine(text) { items.append(.line(text)) }
        line = []
      default: if !isInMark { line.append(byte) }
      }
    }
    return Array(items.dropFirst(taken))
  }
}
