import Testing

@testable import HTTP2

/// The sections of RFC 9113 that bind who receives frames, and where each is tested.
///
/// | sections | suite |
/// |---|---|
/// | 3.4 | `PrefaceRules` |
/// | 4.1–4.3.1 | `FrameRules` |
/// | 5.1–5.1.2 | `StreamStateRules` |
/// | 5.2–5.5 | `ConductRules` |
/// | 6.1–6.4 | `StreamFrameRules` |
/// | 6.5–6.8 | `ConnectionFrameRules` |
/// | 6.9–6.10 | `WindowRules` |
/// | 7 | `ErrorCodeRules` |
/// | 8.1–8.1.1 | `MessageFramingRules` |
/// | 8.2–8.2.3 | `FieldRules` |
/// | 8.3–8.6 | `ControlDataRules` |
/// | 10.5 | `LimitRules` |
///
/// What a table of bytes cannot show has a test of its own, beside the tables: which bytes a PING's answer and our
/// header blocks hold, and which credit comes back. Left out, because nothing here can break it: what binds only
/// intermediaries and caches (8.2.3, 8.3.1, 8.4), and the reserved states of §5.1, which PUSH_PROMISE alone leads to.
@Suite("RFC 9113, the checklist")
struct ChecklistTests {
  static let sections = [
    "3.4", "4.1", "4.2", "4.3", "4.3.1", "5.1", "5.1.1", "5.1.2", "5.2.1", "5.2.2", "5.3.1",
    "5.3.2", "5.4.1", "5.4.2", "5.5", "6.1", "6.2", "6.3", "6.4", "6.5", "6.5.2", "6.5.3", "6.6",
    "6.7", "6.8", "6.9", "6.9.1", "6.9.2", "6.9.3", "6.10", "7", "8.1", "8.1.1", "8.2", "8.2.1",
    "8.2.2", "8.2.3", "8.3", "8.3.1", "8.3.2", "8.4", "8.5", "8.6", "10.5", "10.5.1",
  ]
  static let suites: [[Rule]] = [
    PrefaceRules.rules, FrameRules.rules, StreamStateRules.rules, ConductRules.rules,
    StreamFrameRules.rules, ConnectionFrameRules.rules, WindowRules.rules, ErrorCodeRules.rules,
    MessageFramingRules.rules, FieldRules.rules, ControlDataRules.rules, LimitRules.rules,
  ]
  /// What only one end can meet: a server answers requests, a client gets responses.
  static let oneSided: Set<String> = ["5.1.2", "5.2.2", "8.3.1", "8.3.2", "8.6"]

  @Test("Every section has rules, every rule has cases, and both ends are held to each section")
  func complete() {
    let rules = Self.suites.flatMap { $0 }
    #expect(Set(rules.map(\.section)) == Set(Self.sections))
    for rule in rules { #expect(!rule.cases.isEmpty, "\(rule.testDescription)") }
    for section in Self.sections where !Self.oneSided.contains(section) {
      let roles = rules.filter { $0.section == section }.flatMap(\.cases).flatMap(\.roles)
      #expect(Set(roles) == [.server, .client], "§\(section)")
    }
  }

  @Test("No two rules of a section say the same")
  func distinct() {
    let names = Self.suites.flatMap { $0 }.map(\.testDescription)
    #expect(Set(names).count == names.count)
  }
}
