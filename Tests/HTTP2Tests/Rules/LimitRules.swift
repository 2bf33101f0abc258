import Testing

@testable import HTTP2

@Suite("RFC 9113 §10.5, what a peer must not be able to do")
struct LimitRules {
  static let calmed = Case.Outcome.connectionError(.enhanceYourCalm)
  /// Nine thousand bytes in one field: two of them are more than the 16 KiB that we take.
  static let large = field([0x78], [UInt8](repeating: 0x61, count: 9_000))

  @ListBuilder<Rule> static var rules: [Rule] {
    Rule("10.5", "Control frames without end are calmed, a burst of them is not") {
      Case([.repeated(1_001, .ping)], calmed)
      Case([.repeated(1_001, .frame(.settings))], calmed)
      Case([.repeated(1_001, .priority(9))], calmed)
      Case([.repeated(1_001, .windowUpdate(0, 1))], calmed)
      Case([.repeated(1_001, .raw(0x16, 0, 0, []))], calmed)
      Case([.open(), .repeated(1_001, .frame(.data, 0, 1))], calmed)
      Case([.open(), .repeated(1_001, .frame(.data, 8, 1, [0]))], calmed)
      Case([.repeated(900, .windowUpdate(0, 1))], .goesOn([]))
    }
    Rule("10.5", "Interim responses without end are calmed") {
      Case(.client, [.requested(), .repeated(1_001, MessageFramingRules.interim("103"))], calmed)
    }
    Rule("10.5", "Stream errors without end are calmed") {
      Case(.server, [.all((0...200).map { .headers(5, $0 * 2 + 1, [0x84]) })], calmed)
    }
    Rule("10.5", "Streams that are opened and reset in the same breath are calmed (CVE-2023-44487)")
    {
      Case(
        .server,
        [.all((0...1_000).map { .all([.headers(4, $0 * 2 + 1), .reset($0 * 2 + 1)]) })],
        calmed
      )
    }
    Rule("10.5.1", "A field block of too many frames is calmed") {
      Case([.requested(), .headers(1), .repeated(9, .frame(.continuation, 0, 1))], calmed)
      Case(
        [
          .requested(), .headers(1), .repeated(7, .frame(.continuation, 0, 1)),
          .frame(.continuation, 4, 1),
        ],
        .goesOn(["initial 1 end"])
      )
    }
    Rule(
      "10.5.1",
      "A field section that is too large is decoded and reported, and the connection goes on"
    ) {
      Case(
        [
          .requested(), .headers(1, 1, large),
          .frame(.continuation, 4, 1, large + indexed("x", "y")), .requested(3),
          .headers(5, 3, [0xBE]),
        ],
        .goesOn(["too large 1", "initial 3 end"])
      )
      Case(
        [.open(), .frame(.headers, 1, 1, large), .frame(.continuation, 4, 1, large)],
        .goesOn(["initial 1", "too large 1"])
      )
    }
  }

  @Test("Each rule, whole and byte by byte", arguments: rules)
  func rule(_ rule: Rule) { rule.check() }
}
