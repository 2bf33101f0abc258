import TestSupport
import Testing

@testable import HTTP2

@Suite("Stream table")
struct StreamTableTests {
  @Test("Agrees with a dictionary through thousands of random insertions and removals")
  func agreesWithDictionary() {
    var random = SplitMix64(state: 9113)
    var table = StreamTable<Int>()
    var model: [StreamID: Int] = [:]
    for step in 0..<20_000 {
      // Few numbers with many equal low bits, so that clusters form, wrap around, and break up.
      let id = StreamID(1 + 2 * UInt32.random(in: 0..<40, using: &random) * 16)
      switch Int.random(in: 0..<3, using: &random) {
      case 0:
        table.insert(step, for: id)
        model[id] = step
      case 1:
        #expect(table.remove(id) == model.removeValue(forKey: id))
      default:
        if let element = table[id] { table.insert(element + 1, for: id) }
        model[id]? += 1
      }
      #expect(table[id] == model[id])
      #expect(table.count == model.count)
    }
    for (id, value) in model { #expect(table[id] == value) }
    #expect(Set(table.ids) == Set(model.keys))
  }

  @Test("One long-lived stream beside many short ones needs no more slots than two streams do")
  func longLivedStream() {
    var table = StreamTable<Int>()
    table.insert(0, for: StreamID(1))
    for number in 1..<100_000 {
      table.insert(number, for: StreamID(UInt32(number) * 2 + 1))
      table.remove(StreamID(UInt32(number) * 2 + 1))
    }
    #expect(table.capacity == 16)
    #expect(table[StreamID(1)] == 0)
  }

  @Test("The largest number costs no more than the smallest, and memory returns when streams go")
  func largeNumbers() {
    var table = StreamTable<Int>()
    table.insert(1, for: StreamID(1))
    table.insert(2, for: .maximum)
    #expect(table.capacity == 16)
    for number in 0..<256 { table.insert(number, for: StreamID(UInt32(number) << 20 | 3)) }
    #expect(table.capacity == 1_024)
    for number in 0..<256 { table.remove(StreamID(UInt32(number) << 20 | 3)) }
    #expect(table.capacity == 256)
    #expect(table[.maximum] == 2)
  }
}
