/// The marks by which a console block leaves room for what differs from run to run
/// (Docs/transcripts.md explains them to authors).
///
/// - `…` alone on a line: any number of lines, also none; within a line: any text.
/// - `⟨port⟩`, `⟨pid⟩`, `⟨number⟩`, `⟨time⟩`, `⟨hex⟩`, `⟨word⟩`, `⟨text⟩`: anything of that kind.
/// - `⟨1.2 ms⟩`, `⟨50123⟩`: a sample; anything of the sample's kind, a time or a number.
/// - `⟨≈1.0 s⟩`: a time or number between a third and the triple of the sample.
enum Notation {
  /// Whether the lines that a block claims describe the lines that were printed.
  static func matches(_ claimed: ArraySlice<String>, _ actual: ArraySlice<String>) -> Bool {
    guard let first = claimed.first else { return actual.isEmpty }
    let rest = claimed.dropFirst()
    if isElision(first) {
      // Each way to divide the lines between the elision and what follows it.
      return (0...actual.count).contains { matches(rest, actual.dropFirst($0)) }
    }
    guard let line = actual.first, matches(line: first, line) else { return false }
    return matches(rest, actual.dropFirst())
  }

  /// Whether some beginning of the printed lines is what a block claims so far.
  static func matchesBeginning(_ claimed: [String], of actual: [String]) -> Int? {
    (0...actual.count).first { matches(claimed[...], actual[..<$0]) }
  }

  static func isElision(_ line: String) -> Bool { line.trimmed == "…" }

  /// Whether a line describes another.
  static func matches(line claimed: String, _ actual: String) -> Bool {
    if claimed == actual { return true }
    guard claimed.contains("…") || claimed.contains("⟨") else { return false }
    return matches(pieces(of: claimed)[...], actual[...])
  }

  /// A part of a claimed line.
  enum Piece: Equatable {
    case text(String)
    case anything
    case blanks
    case kind(Kind)
  }

  /// What may stand for a mark.
  enum Kind: Equatable {
    case number, time, hex, word, text
    case about(Double)
  }

  private static func matches(_ pieces: ArraySlice<Piece>, _ line: Substring) -> Bool {
    guard let piece = pieces.first else { return line.isEmpty }
    let rest = pieces.dropFirst()
    switch piece {
    case .text(let text): return line.hasPrefix(text) && matches(rest, line.dropFirst(text.count))
    case .anything: return ends(of: line).contains { matches(rest, line[$0...]) }
    case .blanks:
      return line.first == " " && matches(rest, line.drop { $0 == " " })
    case .kind(let kind):
      return ends(of: line).dropFirst().contains {
        fits(line[..<$0], kind) && matches(rest, line[$0...])
      }
    }
  }

  private static func ends(of line: Substring) -> [Substring.Index] {
    Array(line.indices) + [line.endIndex]
  }

  private static func fits(_ text: Substring, _ kind: Kind) -> Bool {
    switch kind {
    case .number: text.wholeMatch(of: /[0-9][0-9,]*(\.[0-9]+)?/) != nil
    case .time: nanoseconds(text) != nil
    case .hex: text.wholeMatch(of: /[0-9a-fA-F]+/) != nil
    case .word: !text.contains(" ")
    case .text: true
    case .about(let sample):
      (nanoseconds(text) ?? Double(text)).map { $0 >= sample / 3 && $0 <= sample * 3 } ?? false
    }
  }

  /// A claimed line in pieces.
  ///
  /// Runs of two or more blanks in a line with marks may have any
  /// length, since what stands for a mark moves the columns.
  static func pieces(of line: String) -> [Piece] {
    var pieces: [Piece] = []
    var text = ""
    func flush() {
      if !text.isEmpty { pieces.append(.text(text)) }
      text = ""
    }
    var rest = line[...]
    while let character = rest.first {
      if character == "⟨", let end = rest.firstIndex(of: "⟩") {
        flush()
        pieces.append(.kind(kind(of: rest[rest.index(after: rest.startIndex)..<end])))
        rest = rest[rest.index(after: end)...]
      } else if character == "…" {
        flush()
        pieces.append(.anything)
        rest.removeFirst()
      } else if rest.hasPrefix("  ") {
        flush()
        pieces.append(.blanks)
        rest = rest.drop { $0 == " " }
      } else {
        text.append(character)
        rest.removeFirst()
      }
    }
    flush()
    return pieces
  }

  private static func kind(of mark: Substring) -> Kind {
    switch mark {
    case "port", "pid", "number": return .number
    case "time": return .time
    case "hex": return .hex
    case "text": return .text
    default: break
    }
    if mark.hasPrefix("≈") {
      let sample = mark.dropFirst().drop { $0 == " " }
      return (nanoseconds(sample) ?? Double(sample)).map { .about($0) } ?? .text
    }
    if nanoseconds(mark) != nil { return .time }
    return fits(mark, .number) ? .number : .word
  }

  /// A text such as `1.2 ms` as nanoseconds.
  private static func nanoseconds(_ text: Substring) -> Double? {
    guard let match = text.wholeMatch(of: /([0-9]+(?:\.[0-9]+)?) ?(ns|µs|us|ms|s|min|h)/),
      let number = Double(match.output.1)
    else { return nil }
    let unit: Double =
      switch match.output.2 {
      case "ns": 1
      case "µs", "us": 1e3
      case "ms": 1e6
      case "s": 1e9
      case "min": 60e9
      default: 3600e9
      }
    return number * unit
  }

  /// A printed line as a block would claim it: times and passing ports marked.
  static func claim(for line: String) -> String {
    line
      .replacing(/\b[0-9]+(?:\.[0-9]+)? ?(?:ns|µs|us|ms|s)\b/, with: { "⟨\($0.output)⟩" })
      .replacing(/(127\.0\.0\.1|localhost|\[::1\]):([0-9]{4,5})\b/) { match in
        // The lessons' own ports, 50050 to 50059, are part of what is claimed.
        match.output.2.hasPrefix("5005")
          ? "\(match.output.0)" : "\(match.output.1):⟨\(match.output.2)⟩"
      }
  }
}

extension StringProtocol {
  var trimmed: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text.drop { $0 == " " })
  }
}
