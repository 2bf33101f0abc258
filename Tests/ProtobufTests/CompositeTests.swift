import Protobuf
import TestMessages
import TestSupport
import Testing

@Suite("Lists, messages, oneofs and maps")
struct CompositeTests {
  @Test("Of a field that comes twice, the last value counts")
  func lastOneWins() throws {
    #expect(try Everything(serialized: bytes("1801 1802")).oneInt32 == 2)
    #expect(try Everything(serialized: bytes("720161 720162")).oneString == "b")
    #expect(try Everything(serialized: bytes("b80101 b80100")).maybeInt32 == 0)
  }

  @Test("A list takes packed and single elements, in any mix, and is written as declared")
  func packedAndUnpacked() throws {
    let packed = bytes("da020201 02")
    let single = bytes("d80201 d80202")
    for wire in [packed, single] {
      let message = try Everything(serialized: wire)
      #expect(message.manyInt32 == [1, 2])
      #expect(message.serialized() == packed)
    }
    let mixed = try Everything(serialized: bytes("d80201 da020202 03 d80204 da0200"))
    #expect(mixed.manyInt32 == [1, 2, 3, 4])
    let loose = try Everything(serialized: bytes("fa03 02 01 02"))
    #expect(loose.looseInt32 == [1, 2])
    #expect(loose.serialized() == bytes("f80301 f80302"))
    let doubles = try Everything(
      serialized: bytes("ca02 08 000000000000f03f c902 0000000000000040")
    )
    #expect(doubles.manyDouble == [1, 2])
  }

  @Test("A list keeps empty and default elements")
  func defaultElements() throws {
    let message = Everything(
      manyInt32: [0, 0],
      manyString: ["", "a", ""],
      inners: [.init(), .init()]
    )
    let read = try Everything(serialized: message.serialized())
    #expect(read == message)
    #expect(message.serialized() == bytes("da02020000 b20300 b2030161 b20300 d20700 d20700"))
  }

  @Test("Two occurrences of a message are merged, field by field")
  func merging() throws {
    let message = try Everything(serialized: bytes("ca07 07 0801 120161 1801  ca07 05 0802 1a0102"))
    #expect(message.inner == .init(number: 2, text: "a", numbers: [1, 2]))
    let deep = try Everything(serialized: bytes("ca07 04 2202 0801  ca07 05 2203 120161"))
    #expect(deep.inner?.inner == .init(number: 1, text: "a"))
  }

  @Test("An empty message is present")
  func emptyMessage() throws {
    #expect(try Everything(serialized: bytes("ca0700")).inner == Everything.Inner())
    #expect(Everything(inner: .init()).serialized() == bytes("ca0700"))
  }

  @Test("Merging reads into what is there")
  func mergeFrom() throws {
    var message = Everything(oneInt32: 1, manyInt32: [1], inner: .init(number: 1))
    let more = Everything(oneString: "a", manyInt32: [2], inner: .init(text: "a")).serialized()
    try more.withUnsafeBytes { buffer in
      var reader = WireReader(buffer)
      try message.merge(from: &reader)
    }
    #expect(message.manyInt32 == [1, 2] && message.oneInt32 == 1 && message.oneString == "a")
    #expect(message.inner == .init(number: 1, text: "a"))
  }

  @Test("A oneof holds the member that came last")
  func oneof() throws {
    let last = try Everything(serialized: bytes("a80801 82090161"))
    #expect(last.choice == .choiceString("a"))
    #expect(last.serialized() == bytes("82090161"))
    #expect(try Everything(serialized: bytes("9a0903 120161 a80801")).choice == .choiceInt32(1))
  }

  @Test("A member of a oneof is written even if it has its default")
  func oneofDefault() throws {
    #expect(Everything(choice: .choiceInt32(0)).serialized() == bytes("a80800"))
    #expect(Everything(choice: .choiceString("")).serialized() == bytes("820900"))
    #expect(try Everything(serialized: bytes("f80800")).choice == .choiceBool(false))
  }

  @Test("A message in a oneof merges with itself, not across another member")
  func oneofMerging() throws {
    let inner = "9a09"
    let twice = try Everything(serialized: bytes("\(inner) 02 0801 \(inner) 03 120161"))
    #expect(twice.choice == .choiceInner(.init(number: 1, text: "a")))
    let broken = try Everything(serialized: bytes("\(inner) 02 0801 a80801 \(inner) 03 120161"))
    #expect(broken.choice == .choiceInner(.init(text: "a")))
  }

  @Test("A map entry may lack its key or its value, or have them twice or in any order")
  func mapEntries() throws {
    // by_int32 = 81: 8a05; to_inner = 117: aa07
    #expect(try Everything(serialized: bytes("8a05 03 120161")).byInt32 == [0: "a"])
    #expect(try Everything(serialized: bytes("8a05 02 0801")).byInt32 == [1: ""])
    #expect(try Everything(serialized: bytes("8a05 00")).byInt32 == [0: ""])
    #expect(try Everything(serialized: bytes("8a05 05 120161 0801")).byInt32 == [1: "a"])
    #expect(
      try Everything(serialized: bytes("8a05 0a 0801 120161 0802 120162")).byInt32 == [2: "b"]
    )
    #expect(try Everything(serialized: bytes("8a05 07 0801 120161 1805")).byInt32 == [1: "a"])
    #expect(try Everything(serialized: bytes("aa07 03 0a0161")).toInner == ["a": .init()])
  }

  @Test("A key that comes twice keeps its last value; a message value within one entry is merged")
  func mapDuplicates() throws {
    let twice = try Everything(serialized: bytes("8a05 05 0801 120161 8a05 05 0801 120162"))
    #expect(twice.byInt32 == [1: "b"])
    let entries = try Everything(
      serialized: bytes("aa07 07 0a0161 1202 0801  aa07 08 0a0161 1203 120162")
    )
    #expect(entries.toInner == ["a": .init(text: "b")])
    let merged = try Everything(serialized: bytes("aa07 0c 0a0161 1202 0801 1203 120162"))
    #expect(merged.toInner == ["a": .init(number: 1, text: "b")])
  }

  @Test("A map's default keys and values are written in full, in a fixed order")
  func mapOrder() throws {
    let map = Everything(byInt32: [0: "", -1: "b", 7: "a"])
    #expect(
      map.serialized()
        == bytes("8a05 0e 08ffffffffffffffffff01 120162 8a05 05 0807 120161 8a05 04 0800 1200")
    )
    #expect(try Everything(serialized: map.serialized()) == map)
    // Built in another order, equal maps have equal bytes.
    let many = Dictionary(uniqueKeysWithValues: (0..<100).map { (Int32($0), "x") })
    let again = Dictionary(uniqueKeysWithValues: (0..<100).reversed().map { (Int32($0), "x") })
    #expect(Everything(byInt32: many).serialized() == Everything(byInt32: again).serialized())
  }

  @Test("Fields of a later schema are kept and written back in the order in which they came")
  func unknownFields() throws {
    let message = Everything(
      oneInt32: 17,
      oneString: "a",
      inner: .init(text: "b"),
      choice: .choiceDouble(1),
      tagLast: 5
    )
    let little = try Little(serialized: message.serialized())
    #expect(little.oneInt32 == 17)
    #expect(try Everything(serialized: little.serialized()) == message)
    let wire = bytes("9b0108019c01 b80c01 9d0100000000 b80c02 990100000000 00000000 9a010161")
    let unknown = try Little(serialized: wire)
    #expect(unknown.unknownFields.bytes == wire)
    #expect(unknown.serialized() == wire)
    #expect(unknown != Little())
  }

  @Test("Unknown fields of an embedded message stay in it")
  func unknownFieldsInside() throws {
    let message = try Everything(serialized: bytes("ca07 03 b80c01 b80c02"))
    #expect(message.inner?.unknownFields.bytes == bytes("b80c01"))
    #expect(message.unknownFields.bytes == bytes("b80c02"))
    #expect(message.serialized() == bytes("ca0703b80c01b80c02"))
  }

  @Test("Recursive fields are boxed and have value semantics")
  func recursion() throws {
    var outer = Everything(
      oneInt32: 1,
      child: Everything(oneInt32: 2, child: Everything(oneInt32: 3))
    )
    let copy = outer
    outer.child?.child?.oneInt32 = 4
    #expect(copy.child?.child?.oneInt32 == 3)
    #expect(outer.child?.child?.oneInt32 == 4)
    #expect(outer != copy)
    #expect(try Everything(serialized: outer.serialized()) == outer)
    let pair = Left(number: 1, right: Right(text: "a", next: .left(Left(number: 2))))
    #expect(try Left(serialized: pair.serialized()) == pair)
    #expect(
      pair.hashValue
        == Left(number: 1, right: Right(text: "a", next: .left(Left(number: 2)))).hashValue
    )
  }

  @Test("Odd forms of a message mean the same after they are written again")
  func oddForms() throws {
    var maker = OddMessageMaker(seed: 1)
    for _ in 0..<500 {
      let message = try Everything(serialized: maker.make(Everything.messageDescriptor))
      let written = message.serialized()
      #expect(try Everything(serialized: written).serialized() == written)
    }
  }
}
