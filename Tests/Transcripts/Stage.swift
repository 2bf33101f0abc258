import Processes

/// The scratch copy in which one file's transcript plays: the package without its build, the
/// commands that stand in for `swift run` and for the peers' entry, and the ports.
///
/// A file's ports 50050 to 50059 are taken as they are when they are free. When somebody else
/// listens there, others stand in for them, whose digits have the same lengths in Huffman's code
/// (RFC 7541 Appendix B), so that frames shown keep their sizes; what is printed is mapped back.
final class Stage {
  let folder: String
  let work: String
  private var ports: [(claimed: UInt16, real: UInt16)] = []
  private var terminals: [String: Terminal] = [:]

  init(package: String, products: String, ports claimed: [UInt16]) throws {
    folder = try Files.makeScratchFolder("transcript")
    work = "\(folder)/work"
    Files.makeFolder(work)
    Files.makeFolder("\(folder)/bin")
    _ = try run(
      Command([
        "bash", "-c",
        "tar -C \"$0\" --exclude ./.git --exclude './.build*' --exclude '*/.build' -cf - ."
          + " | tar -C \"$1\" -xf -", package, work,
      ])
    )
    for port in claimed { ports.append((port, try Self.real(port))) }
    try writeStandIns(package: package, products: products)
  }

  /// Ends every terminal and removes the copy.
  func strike() {
    for terminal in terminals.values { terminal.close() }
    Files.removeScratchFolder(folder)
  }

  func terminal(_ name: String) throws -> Terminal {
    if let terminal = terminals[name] { return terminal }
    let terminal = try Terminal(
      folder: work,
      commands: "\(folder)/commands-\(terminals.count)",
      environment: [
        "PATH": "\(folder)/bin:\(environmentVariable("PATH") ?? "/usr/bin:/bin")",
        "NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb", "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1", "BASH_ENV": nil,
      ]
    )
    terminals[name] = terminal
    return terminal
  }

  /// For each terminal whose last command has ended: what it printed and nobody claimed.
  var unclaimed: [[String]] {
    terminals.values.map { $0.unclaimed.map(claimed) }.filter { !$0.isEmpty }
  }

  /// From here on `swift` is the real one, on the copy, with a build folder that is kept.
  func setRebuilding(_ isOn: Bool) throws {
    if isOn {
      try Files.write("", to: "\(folder)/rebuilds")
    } else {
      _ = try run(Command(["rm", "-f", "\(folder)/rebuilds"]))
    }
  }

  /// A text of the file with the real ports in place of those it claims.
  func real(_ text: String) -> String {
    ports.reduce(text) { $0.replacing("\($1.claimed)", with: "\($1.real)") }
  }

  /// A printed line with the ports that the file claims, and the copy's path as `.`.
  func claimed(_ line: String) -> String {
    ports.reduce(line.replacing(work, with: ".")) {
      $0.replacing("\($1.real)", with: "\($1.claimed)")
    }
  }

  /// Ports of the file, in order of appearance.
  static func ports(in text: String) -> [UInt16] {
    var found: Set<UInt16> = [50051]
    for match in text.matches(of: /\b5005[0-9]\b/) {
      if let port = UInt16(match.output) { found.insert(port) }
    }
    return found.sorted()
  }

  private static func real(_ port: UInt16) throws -> UInt16 {
    if isFree(port: port) { return port }
    // Digits 0, 1, 2 take five bits, 3 to 9 six; 50051 becomes, for example, 40160.
    for candidate in UInt16(30_000)...60_000 where candidate / 10 != 5005 {
      let digits = Array("\(candidate)".utf8)
      let lengths = digits.map { $0 < UInt8(ascii: "3") }
      if lengths == "\(port)".utf8.map({ $0 < UInt8(ascii: "3") }), isFree(port: candidate) {
        return candidate
      }
    }
    return try freePort()
  }

  private func writeStandIns(package: String, products: String) throws {
    let port = ports.first { $0.claimed == 50051 && $0.real != 50051 }.map { "\($0.real)" } ?? ""
    let defaults = """
      addresses() {
        # The default port is somebody else's: name the one that stands in for it.
        port='\(port)'
        [ -n "$port" ] || return 0
        case "$1 $*" in
          *" --port"* | *" --target"*) ;;
          "server "*) extra=(--port "$port") ;;
          "client "*) extra=(--target "127.0.0.1:$port") ;;
        esac
      }
      extra=()

      """
    try writeProgram(
      "\(folder)/bin/swift",
      """
      #!/usr/bin/env bash
      \(defaults)
      if [ -e '\(folder)/rebuilds' ]; then
        PATH=${PATH#*:}
        command=$1
        shift
        exec swift "$command" --scratch-path '\(package)/.build/transcripts' "$@"
      fi
      if [ "$1" != run ]; then
        echo "a transcript can only 'swift run' what is built; mark this block nightly" >&2
        exit 2
      fi
      shift
      while [[ $1 == -* ]]; do
        case $1 in -c | --configuration) shift ;; esac
        shift
      done
      name=$1
      shift
      addresses "$@"
      exec '\(products)'/"$name" "$@" "${extra[@]}"

      """
    )
    if Files.exists("\(work)/Tests/Peers/run") {
      try writeProgram(
        "\(work)/Tests/Peers/run",
        """
        #!/usr/bin/env bash
        \(defaults)
        addresses "${@:3}"
        exec '\(package)/Tests/Peers/run' "$@" "${extra[@]}"

        """
      )
    }
  }

  private func writeProgram(_ path: String, _ text: String) throws {
    try Files.write(text, to: path)
    _ = try run(Command(["chmod", "+x", path]))
  }
}
