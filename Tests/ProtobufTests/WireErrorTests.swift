import Protobuf
import TestMessages
import TestSupport
import Testing

@Suite("Wire format: what is refused, with the byte where it was noticed")
struct WireErrorTests {
  private static func error(_ hex: String) -> DecodingError? {
    do throws(DecodingError) {
      _ = try Everything(serialized: bytes(hex))
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A message that breaks a rule is refused",
    arguments: [
      ("18", .truncated, 1, "a value is missing"),
      ("1880", .truncated, 1, "a varint is cut off"),
      ("18ffffffffffffffffffff01", .varintTooLong, 1, "a varint of 11 bytes"),
      ("1880808080808080808080808000", .varintTooLong, 1, "a varint of 13 bytes, all but nothing"),
      ("98", .truncated, 1, "a tag is cut off"),
      ("98808080808000", .invalidTag, 0, "a tag of more than 5 bytes"),
      ("00", .invalidTag, 0, "field number 0"),
      ("0200", .invalidTag, 0, "field number 0"),
      ("0701", .invalidTag, 0, "field number 0"),
      ("8000", .invalidTag, 0, "field number 0 in two bytes"),
      ("1801000000", .invalidTag, 2, "zeros behind the message"),
      ("808080801000", .invalidTag, 0, "field number 2^29"),
      ("f8ffffff1f00", .invalidTag, 0, "field number 2^30 - 1"),
      ("ffffffff7f00", .invalidTag, 0, "a tag beyond 32 bits"),
      ("1801" + "1e", .invalidWireType(6), 2, "wire type 6"),
      ("1f", .invalidWireType(7), 0, "wire type 7"),
      ("1c", .unmatchedGroupEnd, 0, "a group ends that never began"),
      ("9b01a401", .unmatchedGroupEnd, 2, "a group ends under another number"),
      ("9b01", .truncated, 2, "a group never ends"),
      ("9b0118", .truncated, 3, "a group ends within a field"),
      ("720561", .truncated, 2, "a string is longer than the message"),
      ("72ffffffffffffffffff01", .truncated, 11, "a length of 2^64 - 1"),
      ("7280808080808080808001", .truncated, 11, "a length of 2^63"),
      ("7201ff", .invalidUTF8, 2, "a string is not UTF-8"),
      ("ca07031201ff", .invalidUTF8, 5, "a string within a message is not UTF-8"),
      ("ca070312056162", .truncated, 5, "a string leaves its message, not the input"),
      ("ca0705", .truncated, 3, "a message is longer than the one around it"),
      ("da020180", .truncated, 3, "a packed varint is cut off"),
      ("da020218ff", .truncated, 4, "the second packed varint is cut off"),
      ("8a03050000000000", .truncated, 8, "a packed list of 1¼ numbers"),
      ("0900000000000000", .truncated, 1, "a double of 7 bytes"),
      ("15000000", .truncated, 1, "a float of 3 bytes"),
      ("8a05030a05", .truncated, 3, "a map entry is longer than the message"),
    ] as [(String, DecodingError.Reason, Int, String)]
  )
  func refused(hex: String, reason: DecodingError.Reason, offset: Int, what: String) {
    #expect(Self.error(hex) == DecodingError(reason, at: offset), "\(what)")
  }

  @Test(
    "What is unusual but allowed is accepted",
    arguments: [
      ("", "", "an empty message"),
      ("18ac808080808080808000", "182c", "a varint of 10 bytes that needs one"),
      ("30ffffffffffffffffff7f", "30ffffffffffffffffff01", "bits beyond the 64th"),
      ("988080800001", "1801", "a tag of 5 bytes that needs one"),
      ("f8ffffff0f01", "f8ffffff0f01", "field number 2^29 - 1"),
      ("728100" + "61", "720161", "a length of two bytes that needs one"),
      ("9b019c01", "9b019c01", "an empty group, unknown"),
      ("9b019b019c0118059c01", "9b019b019c0118059c01", "groups within groups, kept whole"),
      ("da0200", "", "an empty packed list"),
      ("1a0161", "1a0161", "another wire type than the schema's is unknown"),
      ("8a0500", "8a050408001200", "a map entry without key and value"),
    ]
  )
  func accepted(hex: String, written: String, what: String) throws {
    #expect(try Everything(serialized: bytes(hex)).serialized() == bytes(written), "\(what)")
  }

  @Test("Every cut of every kind of field is refused, in known, unknown and embedded fields")
  func prematureEnd() {
    for field in Everything.messageDescriptor.fields {
      let tag = varint(UInt64(UInt32(bitPattern: field.number)) << 3 | layout(field))
      for cut in cuts(field) {
        let message = tag + cut
        #expect(throws: DecodingError.self, "\(field.name)") { try Everything(serialized: message) }
        let embedded = [0xDA, 0x07] + varint(UInt64(message.count)) + message
        #expect(throws: DecodingError.self, "\(field.name)") {
          try Everything(serialized: embedded)
        }
        let unknown = varint(199 << 3 | layout(field)) + cut
        #expect(throws: DecodingError.self, "\(field.name)") { try Everything(serialized: unknown) }
      }
    }
  }

  @Test("A packed list that ends inside an element is refused, for every packable field")
  func prematureEndInPackedLists() {
    for field in Everything.messageDescriptor.fields
    where field.label == .repeated && field.wireType != .lengthDelimited {
      for cut in cuts(field) where !cut.isEmpty {
        let tag = varint(UInt64(UInt32(bitPattern: field.number)) << 3 | 2)
        let message = tag + varint(UInt64(cut.count)) + cut
        #expect(throws: DecodingError.self, "\(field.name)") { try Everything(serialized: message) }
      }
    }
  }

  @Test("Messages nest 100 deep and not deeper; groups count as well")
  func nesting() throws {
    func nested(_ levels: Int) -> [UInt8] {
      (0..<levels).reduce([0x18, 1]) { inner, _ in
        [0xDA, 0x07] + varint(UInt64(inner.count)) + inner
      }
    }
    #expect(throws: Never.self) { try Everything(serialized: nested(100)) }
    let error = #expect(throws: DecodingError.self) { try Everything(serialized: nested(101)) }
    #expect(error?.reason == .nestedTooDeeply)
    let groups = { (levels: Int) in
      Array(repeating: bytes("9b01"), count: levels).flatMap(\.self)
        + Array(repeating: bytes("9c01"), count: levels).flatMap(\.self)
    }
    #expect(throws: Never.self) { try Everything(serialized: groups(100)) }
    #expect(throws: DecodingError(.nestedTooDeeply, at: 202)) {
      try Everything(serialized: groups(101))
    }
    #expect(throws: DecodingError.self) {
      try Everything(serialized: Array(repeating: [0x9B, 0x01], count: 500_000).flatMap(\.self))
    }
  }

  @Test(
    "UTF-8 is checked as Unicode's table 3-7 has it",
    arguments: [
      ("", true), ("c3a9", true), ("e282ac", true), ("f09f9880", true), ("f48fbfbf", true),
      ("ed9fbf", true), ("ee8080", true), ("00", true), ("6162636465666768c3a9", true),
      ("80", false), ("c0af", false), ("c1bf", false), ("c3", false), ("c328", false),
      ("e08080", false), ("e09fbf", false), ("e282", false), ("eda080", false), ("edbfbf", false),
      ("f08080 80", false), ("f08fbfbf", false), ("f4908080", false), ("f5808080", false),
      ("ff", false), ("fe", false), ("f09f98", false), ("61626364656667c3", false),
      ("6162636465666768ff", false), ("c3a9c3", false),
    ]
  )
  func utf8(hex: String, isValid: Bool) {
    let text = bytes(hex)
    let message = [0x72, UInt8(text.count)] + text
    #expect(((try? Everything(serialized: message)) != nil) == isValid)
    // The same bytes are fine in a bytes field.
    #expect(throws: Never.self) { try Everything(serialized: [0x7A, UInt8(text.count)] + text) }
  }

  @Test("Every string is checked: in lists, maps and oneofs too")
  func utf8Everywhere() {
    let fields = Everything.messageDescriptor.fields.filter { $0.type == .string }
    #expect(fields.count == 4)
    for field in fields {
      let tag = varint(UInt64(UInt32(bitPattern: field.number)) << 3 | 2)
      #expect(throws: DecodingError.self) { try Everything(serialized: tag + [1, 0xFF]) }
    }
    for entry in ["e205 03 0a01ff", "9207 03 1201ff"] {  // by_string's key, to_string's value
      #expect(throws: DecodingError.self) { try Everything(serialized: bytes(entry)) }
    }
  }

  @Test("No bytes make the decoder trap")
  func randomBytes() {
    var random = SplitMix64(state: 17)
    var maker = OddMessageMaker(seed: 17)
    for _ in 0..<3000 {
      var message = maker.make(Everything.messageDescriptor)
      for _ in 0..<Int.random(in: 1...4, using: &random) where !message.isEmpty {
        let index = Int.random(in: 0..<message.count, using: &random)
        message[index] = UInt8.random(in: 0...255, using: &random)
      }
      let decoded = try? Everything(serialized: message)
      _ = Everything.messageDescriptor.describe(message).text
      if let decoded {
        #expect(
          (try? Everything(serialized: decoded.serialized()))?.serialized() == decoded.serialized()
        )
      }
    }
  }

  /// Beginnings of a value of the field's type, none of them whole.
  private func cuts(_ field: FieldDescriptor) -> [[UInt8]] {
    switch field.wireType {
    case .varint: [[], [0xFF], Array(repeating: 0xFF, count: 9)]
    case .fixed32: [[], [0], [0, 0, 0]]
    case .fixed64: [[], [0], Array(repeating: 0, count: 7)]
    default: [[], [0x80], [1], [5, 0x61]]
    }
  }

  private func layout(_ field: FieldDescriptor) -> UInt64 { UInt64(field.wireType.rawValue) }
}

/// The shortest varint of a number.
func varint(_ number: UInt64) -> [UInt8] {
  number < 0x80
    ? [UInt8(number)] : [UInt8(truncatingIfNeeded: number) | 0x80] + varint(number >> 7)
}
