import Protobuf
import TestMessages
import TestSupport
import Testing

@Suite("Descriptors and text")
struct DescriptorTests {
  @Test("A file's descriptor is embedded, and names what the file declares and imports")
  func embedded() throws {
    let file = Everything.messageDescriptor.file
    #expect(file.name == "everything.proto" && file.package == "everything")
    #expect(file.dependencies.map(\.name).contains("other/place.proto"))
    #expect(file.message(named: "everything.Everything.Inner")?.fields.count == 5)
    #expect(file.message(named: "google.protobuf.Timestamp")?.field(named: "nanos")?.number == 2)
    #expect(file.enumeration(named: "everything.Mood")?.name(of: -1) == "MOOD_SAD")
    #expect(file.enumeration(named: "everything.Mood")?.name(of: 1) == "MOOD_GLAD")
    #expect(file.message(named: "everything.Nothing") == nil)
    #expect(Everything.messageName == "everything.Everything")
    // No comments and no positions.
    #expect(Msg.messageDescriptor.file.serialized.count < 10_000)
  }

  @Test("A field is found by name and by number")
  func fields() throws {
    let type = Everything.messageDescriptor
    let field = try #require(type.field(named: "to_inner"))
    #expect(field.number == 117 && field.label == .repeated && field.type == .message)
    let entry = try #require(type.message(of: field))
    #expect(entry.isMapEntry)
    #expect(entry.field(2).flatMap(entry.message(of:))?.fullName == "everything.Everything.Inner")
    #expect(type.field(16).flatMap(type.enumeration(of:))?.fullName == "everything.Mood")
    #expect(type.field(9999) == nil)
    #expect(type.field(named: "choice_int32")?.oneofIndex != nil)
  }

  @Test("A message is taken apart by its descriptor, with the place of each field")
  func describe() throws {
    let wire = bytes("1811 72024164 ca07 06 0805 1a020102 800101 b80c07")
    let found = Everything.messageDescriptor.describe(wire)
    #expect(found.error == nil)
    #expect(
      found.text
        == #"one_int32: 17 one_string: "Ad" inner { number: 5 numbers: 1 numbers: 2 } one_mood: MOOD_GLAD 199: 7"#
    )
    #expect(found.fields.map(\.bytes) == [0..<2, 2..<6, 6..<15, 15..<18, 18..<21])
    #expect(found.fields[1].valueBytes == 4..<6)
    #expect(found.fields[2].children?.map(\.name) == ["number", "numbers", "numbers"])
  }

  @Test("What can be read before an error is shown")
  func describeBroken() {
    let found = Everything.messageDescriptor.describe(bytes("1811 ca07 05 0805 1202 41"))
    #expect(found.text == "one_int32: 17 inner { number: 5 }")
    #expect(found.error?.reason == .truncated)
  }

  @Test("A debug description reads like text format")
  func text() {
    let message = Everything(
      oneDouble: 1.5,
      oneInt32: -1,
      oneString: "é\n\"\\\u{1}",
      oneBytes: [0x41, 0xFF, 0],
      oneMood: .unrecognized(17),
      manyInt32: [1, 2],
      byInt32: [1: "a"],
      inner: .init(text: "b", inner: .init()),
      choice: .choiceBool(true),
      timestamp: .init(seconds: 1)
    )
    #expect(
      String(reflecting: message) == #"""
        one_double: 1.5
        one_int32: -1
        one_string: "é\n\"\\\001"
        one_bytes: "A\377\000"
        one_mood: 17
        many_int32: 1
        many_int32: 2
        by_int32 {
          key: 1
          value: "a"
        }
        inner {
          text: "b"
          inner {
          }
        }
        choice_bool: true
        timestamp {
          seconds: 1
        }

        """#
    )
    #expect(Everything().debugDescription == "")
  }

  @Test("A second package of a target nests in an enum named after it")
  func namespaces() {
    let place = Other.Place(
      latitude: 1,
      default: "d",
      self_: "s",
      reader: .writer("w"),
      type: .none_
    )
    #expect(Everything(place: place, places: [place]).place?.reader == .writer("w"))
    #expect(Other.Place.messageName == "other.Place")
  }

  @Test("An error says what is wrong and where")
  func errorDescription() {
    let error = DecodingError(.invalidUTF8, at: 17)
    #expect("\(error)" == "a string is not valid UTF-8 (byte 17)")
  }
}
