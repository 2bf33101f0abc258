import Protobuf
import TestMessages
import TestSupport
import Testing

private typealias WellKnown = Google.Protobuf

@Suite("Well-known types")
struct WellKnownTypesTests {
  @Test("A bare Duration is Swift's")
  func bareDuration() {
    let span: Duration = .milliseconds(1500)
    #expect(WellKnown.Duration(span) == WellKnown.Duration(seconds: 1, nanos: 500_000_000))
    #expect(WellKnown.Duration(seconds: -1, nanos: -500_000_000).duration == .milliseconds(-1500))
    #expect(WellKnown.Duration(seconds: .max, nanos: .max).duration > .seconds(Int64.max))
  }

  @Test(
    "A duration's text has no fraction, or one of 3, 6 or 9 digits",
    arguments: [
      (0, 0, "0s"), (1, 0, "1s"), (1, 500_000_000, "1.500s"), (0, -1, "-0.000000001s"),
      (-3, -1000, "-3.000001s"), (315_576_000_000, 0, "315576000000s"),
    ] as [(Int64, Int32, String)]
  )
  func durationText(seconds: Int64, nanos: Int32, text: String) {
    let duration = WellKnown.Duration(seconds: seconds, nanos: nanos)
    #expect(duration.text == text)
    #expect(WellKnown.Duration(text: text) == duration)
  }

  @Test(
    "Text that is no duration is refused",
    arguments: ["", "1", "s", "1.s", ".5s", "1.1234567890s", "+1s", "1 s", "315576000001s", "--1s"]
  )
  func durationErrors(text: String) {
    #expect(WellKnown.Duration(text: text) == nil)
  }

  @Test("A duration beyond 10,000 years, or of two signs, is not valid and has no text")
  func invalidDuration() {
    for (seconds, nanos) in [(315_576_000_001, 0), (1, -1), (-1, 1), (0, 1_000_000_000)] {
      let duration = WellKnown.Duration(seconds: Int64(seconds), nanos: Int32(nanos))
      #expect(!duration.isValid)
      #expect(duration.text == nil)
    }
  }

  @Test(
    "A timestamp's text is RFC 3339's",
    arguments: [
      (0, 0, "1970-01-01T00:00:00Z"), (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
      (951_782_400, 0, "2000-02-29T00:00:00Z"),
      (4_107_542_400, 1000, "2100-03-01T00:00:00.000001Z"),
      (-62_135_596_800, 0, "0001-01-01T00:00:00Z"), (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
    ] as [(Int64, Int32, String)]
  )
  func timestampText(seconds: Int64, nanos: Int32, text: String) {
    let timestamp = WellKnown.Timestamp(seconds: seconds, nanos: nanos)
    #expect(timestamp.text == text)
    #expect(WellKnown.Timestamp(text: text) == timestamp)
  }

  @Test("An offset from Greenwich is taken into account")
  func timestampOffset() {
    #expect(WellKnown.Timestamp(text: "1970-01-01T02:00:00+02:00") == WellKnown.Timestamp())
    #expect(WellKnown.Timestamp(text: "1969-12-31t19:30:00.000-04:30") == WellKnown.Timestamp())
  }

  @Test(
    "Text that is no moment is refused",
    arguments: [
      "", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "1970-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:00:60Z",
      "0000-01-01T00:00:00Z",
      "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00ZZ", "0001-01-01T00:00:00+00:01",
    ]
  )
  func timestampErrors(text: String) {
    #expect(WellKnown.Timestamp(text: text) == nil)
  }

  @Test("Timestamps are ordered, and count nanoseconds forwards also before 1970")
  func timestampOrder() {
    let before = WellKnown.Timestamp(sinceEpoch: .milliseconds(-1))
    #expect(before == WellKnown.Timestamp(seconds: -1, nanos: 999_000_000))
    #expect(before.sinceEpoch == .milliseconds(-1))
    #expect(before < WellKnown.Timestamp())
  }

  @Test("Any holds a message with the name of its type")
  func anyPacking() throws {
    let packed = WellKnown.AnyMessage(packing: Little(oneInt32: 17))
    #expect(packed.typeURL == "type.googleapis.com/everything.Little")
    #expect(packed.value == [0x18, 17])
    #expect(packed.holds(Little.self))
    #expect(try packed.unpacked(as: Little.self) == Little(oneInt32: 17))
    #expect(try packed.unpacked(as: Msg.self) == nil)
    #expect(packed.serialized().starts(with: bytes("0a25") + Array("type.googleapis.com".utf8)))
  }

  @Test("An Any whose bytes are broken throws when it is unpacked")
  func brokenAny() {
    let broken = WellKnown.AnyMessage(typeURL: "x/everything.Little", value: [0x18])
    #expect(throws: DecodingError(.truncated, at: 1)) { try broken.unpacked(as: Little.self) }
    #expect(WellKnown.AnyMessage(typeURL: "", value: []).packedName == "")
  }

  @Test("A field mask is a list of paths")
  func fieldMask() {
    let mask: WellKnown.FieldMask = [
      "inner.text", "one_int32", "nothing", "inners.text", "maybe_bool.x",
    ]
    #expect(mask.covers("inner.text"))
    #expect(!mask.covers("inner"))
    #expect(WellKnown.FieldMask("inner").covers("inner.text"))
    #expect(mask.valid(for: Everything.self).paths == ["inner.text", "one_int32"])
  }

  @Test("JSON values are Swift literals")
  func jsonLiterals() throws {
    let value: WellKnown.Value = ["name": "Ada", "born": 1815, "tags": ["a", nil, true, 1.5]]
    #expect(value.object?["name"]?.string == "Ada")
    #expect(value.object?["born"]?.number == 1815)
    #expect(value.object?["tags"]?.array?.map(\.isNull) == [false, true, false, false])
    #expect(value.object?["tags"]?.array?[2].bool == true)
    #expect(value.string == nil && value.number == nil && value.bool == nil && value.array == nil)
    #expect(try WellKnown.Value(serialized: value.serialized()) == value)
    var object: WellKnown.Struct = ["a": 1, "a": 2]
    #expect(object["a"] == 2)
    object["a"] = nil
    #expect(object == WellKnown.Struct())
    let list: WellKnown.ListValue = [1, "two"]
    #expect(list.values == [1, "two"])
    #expect(WellKnown.Value(kind: nil).isNull == false)
  }

  @Test("A null value is written, though its number is 0")
  func nullIsWritten() {
    let null: WellKnown.Value = nil
    #expect(null.serialized() == [0x08, 0x00])
  }

  @Test("Wrappers are written like what they hold")
  func wrappers() {
    var message = Everything()
    message.wrapped = 17
    #expect(message.wrapped == WellKnown.Int64Value(17))
    #expect(("x" as WellKnown.StringValue).value == "x")
    #expect((true as WellKnown.BoolValue).value)
    #expect((1.5 as WellKnown.DoubleValue).value == 1.5)
    #expect((1.5 as WellKnown.FloatValue).value == 1.5)
    #expect((1 as WellKnown.Int32Value) == WellKnown.Int32Value(1))
    #expect((1 as WellKnown.UInt32Value) == WellKnown.UInt32Value(1))
    #expect((1 as WellKnown.UInt64Value) == WellKnown.UInt64Value(1))
    #expect(([1, 2] as WellKnown.BytesValue) == WellKnown.BytesValue([1, 2]))
  }

  @Test("Empty is empty")
  func empty() throws {
    #expect(WellKnown.Empty().serialized() == [])
    #expect(try WellKnown.Empty(serialized: []) == WellKnown.Empty())
  }
}
