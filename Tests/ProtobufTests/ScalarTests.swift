import Protobuf
import TestMessages
import TestSupport
import Testing

@Suite("Scalars")
struct ScalarTests {
  @Test(
    "A value is written with the fewest bytes, and read from all its forms",
    arguments: [
      ("09000000000000f03f", "oneDouble 1", Everything(oneDouble: 1)),
      ("09ffffffffffffefff", "the lowest double", Everything(oneDouble: -.greatestFiniteMagnitude)),
      ("150000803f", "oneFloat 1", Everything(oneFloat: 1)),
      ("15010000 00", "the smallest float", Everything(oneFloat: .leastNonzeroMagnitude)),
      ("1801", "1", Everything(oneInt32: 1)),
      ("18ffffffffffffffffff01", "−1 is sign-extended", Everything(oneInt32: -1)),
      ("1880808080f8ffffffff01", "the lowest int32", Everything(oneInt32: .min)),
      ("18ffffffff07", "the highest int32", Everything(oneInt32: .max)),
      ("20ffffffffffffffffff01", "−1", Everything(oneInt64: -1)),
      ("2080808080808080808001", "the lowest int64", Everything(oneInt64: .min)),
      ("28ffffffff0f", "the highest uint32", Everything(oneUint32: .max)),
      ("30ffffffffffffffffff01", "the highest uint64", Everything(oneUint64: .max)),
      ("3801", "zigzag −1", Everything(oneSint32: -1)),
      ("38ffffffff0f", "zigzag of the lowest", Everything(oneSint32: .min)),
      ("38feffffff0f", "zigzag of the highest", Everything(oneSint32: .max)),
      ("40ffffffffffffffffff01", "zigzag of the lowest", Everything(oneSint64: .min)),
      ("4dffffffff", "the highest fixed32", Everything(oneFixed32: .max)),
      ("510100000000000000", "fixed64 1", Everything(oneFixed64: 1)),
      ("5dffffffff", "sfixed32 −1", Everything(oneSfixed32: -1)),
      ("610000000000000080", "the lowest sfixed64", Everything(oneSfixed64: .min)),
      ("6801", "true", Everything(oneBool: true)),
      ("7206c3a9e6bca2 00".filter { $0 != " " }, "text with a NUL", Everything(oneString: "é漢\0")),
      ("7a0200ff", "bytes", Everything(oneBytes: [0, 255])),
      ("800101", "an enum", Everything(oneMood: .glad)),
      ("8001ffffffffffffffffff01", "a negative enum", Everything(oneMood: .sad)),
      ("800111", "a number that the enum does not know", Everything(oneMood: .unrecognized(17))),
    ]
  )
  func values(hex: String, what: String, message: Everything) throws {
    #expect(message.serialized() == bytes(hex), "\(what)")
    #expect(try Everything(serialized: bytes(hex)) == message, "\(what)")
  }

  @Test("A varint with too many bits for its type keeps the low ones")
  func truncation() throws {
    #expect(try Everything(serialized: bytes("188080808010")) == Everything())
    #expect(try Everything(serialized: bytes("18ffffffff1f")).oneInt32 == -1)
    #expect(try Everything(serialized: bytes("28ffffffffffffffffff01")).oneUint32 == .max)
    #expect(try Everything(serialized: bytes("38ffffffffffffffffff01")).oneSint32 == .min)
    #expect(try Everything(serialized: bytes("8001818080808001")).oneMood == .glad)
    #expect(try Everything(serialized: bytes("6880808080808080808001")).oneBool == true)
    #expect(try Everything(serialized: bytes("688002")).oneBool == true)
  }

  @Test("Nothing is written of a field without presence that has its default")
  func defaults() {
    #expect(Everything().serialized() == [])
    #expect(
      Everything(oneInt32: 0, oneString: "", oneBytes: [], oneMood: .unspecified).serialized() == []
    )
  }

  @Test("A field with presence is written whatever it holds")
  func presence() throws {
    let message = Everything(
      maybeInt32: 0,
      maybeBool: false,
      maybeString: "",
      maybeBytes: [],
      maybeMood: .unspecified
    )
    #expect(message.serialized() == bytes("b80100 880200 920200 9a0200 a00200"))
    #expect(try Everything(serialized: message.serialized()) == message)
    #expect(try Everything(serialized: []).maybeInt32 == nil)
  }

  @Test("Negative zero is not the default, and keeps its sign")
  func negativeZero() throws {
    let message = Everything(oneDouble: -0.0, oneFloat: -0.0)
    #expect(message.serialized() == bytes("090000000000000080 1500000080"))
    let read = try Everything(serialized: message.serialized())
    #expect(read.oneDouble.sign == .minus && read.oneFloat.sign == .minus)
    // As Swift compares them.
    #expect(message == Everything())
  }

  @Test("A NaN keeps its bits; it equals nothing, as in Swift, and can be hashed")
  func notANumber() throws {
    let wire = bytes("09010000000000f8ff 15010080ff")
    let read = try Everything(serialized: wire)
    #expect(read.oneDouble.isNaN && read.oneFloat.isNaN)
    #expect(read.serialized() == wire)
    #expect(read != read)
    #expect(read.hashValue == read.hashValue)
    #expect(Set([read, read]).count == 2)
  }

  @Test("Infinities are read and written")
  func infinities() throws {
    let message = Everything(oneDouble: .infinity, oneFloat: -.infinity)
    #expect(message.serialized() == bytes("09000000000000f07f 15000080ff"))
    #expect(try Everything(serialized: message.serialized()) == message)
  }

  @Test("Two names of one number are one value")
  func aliases() {
    #expect(Mood.happy == .glad)
    #expect(Mood.allCases == [.unspecified, .glad, .sad, .lowest, .highest])
    #expect(Mood(rawValue: 1) == .happy)
    #expect(Mood(rawValue: 17).rawValue == 17)
    #expect(Mood() == .unspecified)
  }
}
