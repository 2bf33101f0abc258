import TestSupport
import Testing

@testable import HPACK
@testable import HTTP2

/// Header blocks of any kind, right and wrong, many of them like those before: an end that remembers blocks and one that
/// decodes and judges each anew must not be told apart.
@Suite("Remembered header blocks change nothing")
struct RandomBlockTests {
  @Test(
    "The same events, fields, bytes and tables, with and without the memory",
    arguments: [HTTP2Connection.Role.server, .client],
    1...6
  )
  func random(role: HTTP2Connection.Role, seed: UInt64) {
    var random = SplitMix64(state: seed)
    var blocks = RandomBlocks(role)
    var remembered = 0
    for _ in 0..<60 {
      var trial = Trial(role)
      trial.receive(blocks.first, &random)
      // Until one of them breaks the connection, which wrong ones do.
      for step in 1...60 where !trial.isOver {
        if step % 30 == 0 {
          trial.limitTables(to: [0, 90, 4096].randomElement(using: &random) ?? 0)
        }
        trial.receive(blocks.next(&random), &random)
      }
      if trial.isOver { blocks.forgetLast() }
      remembered += trial.remembered
    }
    // Otherwise nothing has been tested.
    #expect(remembered > 30)
  }
}

/// Two ends that get the same frames.
private struct Trial: ~Copyable {
  private let role: HTTP2Connection.Role
  private var one: RawPeer
  /// Its memory is wiped before each block.
  private var other: RawPeer
  private var stream: UInt32 = 1
  private var isMessageOpen = false
  private var now: UInt64 = 0
  /// What numbers have stood for.
  private var lists: [Int: [String]] = [:]
  private var fronts: [Int: ArraySlice<String>] = [:]
  /// How many blocks were like one before up to their last field.
  private(set) var remembered = 0

  var isOver: Bool { one.end.connection.hasFailed }

  init(_ role: HTTP2Connection.Role) {
    self.role = role
    var configuration = HTTP2Configuration()
    configuration.maxHeaderListSize = 420
    one = RawPeer(role, configuration)
    other = RawPeer(role, configuration)
  }

  mutating func limitTables(to size: Int) {
    one.end.connection.decoder.setMaximumTableSize(size)
    other.end.connection.decoder.setMaximumTableSize(size)
  }

  /// Gives both a block, as the head or as the end of a message.
  mutating func receive(_ block: [UInt8], _ random: inout SplitMix64) {
    now += 1_000_000_000
    (one.now, other.now) = (now, now)
    if !isMessageOpen { begin() }
    let ends = Bool.random(using: &random)
    let end = ends ? FrameFlags.endStream : 0
    let cut = Int.random(in: 0...block.count, using: &random)
    var frames = [RawPeer.frame(.headers, FrameFlags.endHeaders | end, stream, block)]
    if cut % 8 == 0 {
      let rest = Array(block[cut...])
      frames = [
        RawPeer.frame(.headers, end, stream, Array(block[..<cut])),
        RawPeer.frame(.continuation, FrameFlags.endHeaders, stream, rest),
      ]
    }
    other.end.connection.recentBlocks = RecentBlocks()
    other.end.connection.plainHead = .none
    other.end.connection.soundTrailers = HeadersVersion.none.list
    for frame in frames {
      one.end.feed(frame, now: now)
      other.end.feed(frame, now: now)
    }
    let events = one.end.takeEvents()
    isMessageOpen = !ends && !events.contains { $0.hasPrefix("failed") }
    if ends { answer() }
    compare(events)
  }

  private mutating func begin() {
    if role == .client {
      stream = one.request().rawValue
      _ = other.request()
    } else {
      stream += 2
    }
    isMessageOpen = true
  }

  /// A server's streams end with an answer.
  private mutating func answer() {
    guard role == .server else { return }
    one.end.connection.sendHeaders(response, on: StreamID(stream), endStream: true)
    other.end.connection.sendHeaders(response, on: StreamID(stream), endStream: true)
  }

  private mutating func compare(_ events: [String]) {
    let (sent, otherSent) = (one.end.takeOutput(), other.end.takeOutput())
    let otherEvents = other.end.takeEvents()
    #expect(events == otherEvents)
    #expect(sent == otherSent)
    guard !isOver else { return }
    let (mine, its) = (one.end.connection, other.end.connection)
    #expect(Self.fields(mine.headers) == Self.fields(its.headers))
    #expect(mine.decoder.changes == its.decoder.changes)
    #expect(Self.entries(mine.decoder.table) == Self.entries(its.decoder.table))
    note(mine.headersVersion, Self.fields(mine.headers))
  }

  /// The same number, the same fields.
  private mutating func note(_ version: HeadersVersion, _ fields: [String]) {
    #expect(lists[version.list, default: fields] == fields)
    lists[version.list] = fields
    let front = fields.dropLast()
    #expect(fronts[version.allButLastValue, default: front] == front)
    fronts[version.allButLastValue] = front
    if version.allButLastValue != version.list { remembered += 1 }
  }

  private static func fields(_ list: HeaderList) -> [String] {
    (0..<list.count).map { index in
      "\(list.name(index)): \(list.value(index)) \(list.token(index)) \(list.indexing(index)) "
        + "\(list.isWellFormed(index))"
    }
  }

  private static func entries(_ table: DynamicTable) -> [[UInt8]?] {
    (0..<table.count).map { table.withField($0) { Array($0.bytes) } } + [[UInt8(table.size & 255)]]
  }
}

/// Makes blocks, many of which are like one before.
private struct RandomBlocks {
  private let role: HTTP2Connection.Role
  /// Each block in pieces: indexes, and what stands before the value of a literal, and values.
  private var before: [[[UInt8]]] = []

  init(_ role: HTTP2Connection.Role) { self.role = role }

  mutating func next(_ random: inout SplitMix64) -> [UInt8] {
    let pieces = before.count < 3 ? fresh(&random) : another(&random)
    before.append(pieces)
    if before.count > 6 { before.removeFirst() }
    return pieces.flatMap(\.self)
  }

  /// Fills the tables, so that a few indexes mean something.
  var first: [UInt8] {
    var block: [UInt8] = role == .server ? [0x83, 0x86, 0x84] : [0x88]
    for letter in "abcd".utf8 { block += [0x40, 1, letter, 1, letter] }
    return block
  }

  /// The last one has broken a connection, and would break the next.
  mutating func forgetLast() { before.removeLast() }

  private mutating func another(_ random: inout SplitMix64) -> [[UInt8]] {
    guard var pieces = before.randomElement(using: &random) else { return [] }
    switch Int.random(in: 0..<40, using: &random) {
    case 0..<4: return fresh(&random)
    case 4..<10: break
    case 10..<30:
      pieces = pieces.dropLast() + [value(&random)]
    case 30: pieces.removeLast(min(1, pieces.count))
    case 31: pieces += field(&random)
    case 32: pieces = pieces.dropLast(2) + field(&random)
    case 33: pieces = pieces.dropLast(2) + literal(&random) + field(&random)
    case 34: pieces = pieces.dropLast() + [value(&random)] + field(&random)
    case 35: pieces = pieces.dropLast(2) + literal(&random)
    case 36:
      pieces.append(
        [[0x20], [0x3F, 0xE1, 0x1F], [0x3F, 0x21]].randomElement(using: &random) ?? []
      )
    case 37:
      let last = pieces.popLast() ?? []
      pieces.append(Array(last.dropLast(Int.random(in: 1...4, using: &random))))
    default:
      guard var last = pieces.popLast(), !last.isEmpty else { return pieces }
      last[Int.random(in: last.indices, using: &random)] ^=
        1 << UInt8.random(in: 0..<8, using: &random)
      pieces.append(last)
    }
    return pieces
  }

  /// A message's head to begin with, and anything behind it.
  private func fresh(_ random: inout SplitMix64) -> [[UInt8]] {
    let head: [UInt8] = role == .server ? [0x83, 0x86, 0x84] : [0x88]
    let update: [UInt8] = Int.random(in: 0..<9, using: &random) == 0 ? [0x3F, 0xE1, 0x1F] : []
    let count = Int.random(in: 0..<4, using: &random)
    return [update + head] + (0..<count).flatMap { _ in field(&random) } + literal(&random)
  }

  private func field(_ random: inout SplitMix64) -> [[UInt8]] {
    switch Int.random(in: 0..<12, using: &random) {
    case 0 where Int.random(in: 0..<4, using: &random) == 0: literal(&random, pattern: 0x40)
    case 1: [[[0x82, 0x84, 0x88, 0x8D, 0xBD].randomElement(using: &random) ?? 0]]
    case 2...6: [[0x80 | UInt8.random(in: 62...65, using: &random)]]
    case 7: [[0x90]]  // accept-encoding: gzip, deflate
    default: literal(&random)
    }
  }

  /// A field that enters no table, unless `pattern` says so.
  private func literal(_ random: inout SplitMix64, pattern: UInt8? = nil) -> [[UInt8]] {
    let names = [
      "grpc-timeout", "grpc-timeout", "x", "te", "content-length", "connection", ":path", "Upper",
      "trailers-only",
    ]
    let name = Array((names.randomElement(using: &random) ?? "").utf8)
    let plain: UInt8 = Bool.random(using: &random) ? 0x00 : 0x10
    // The static table's name for :path, content-type or via.
    let known = [0x04, 0x1F, 0x3C][Int.random(in: 0..<3, using: &random)] as Int
    var block: [UInt8] = []
    if Int.random(in: 0..<4, using: &random) == 0 {
      let prefix = pattern == nil ? 4 : 6
      PrefixedInteger.encode(known, prefixBits: prefix, pattern: pattern ?? plain, into: &block)
    } else {
      block = [pattern ?? plain, UInt8(name.count)] + name
    }
    return [block, value(&random)]
  }

  /// A string, in Huffman's code now and then.
  private func value(_ random: inout SplitMix64) -> [UInt8] {
    let texts = [
      "1S", "999u", "1234567m", "trailers", "", "5", " blank", "tab\t", "line\nfeed",
      String(repeating: "long", count: 25), String(repeating: "longer", count: 40),
    ]
    let text = Array((texts.randomElement(using: &random) ?? "").utf8)
    var string: [UInt8] = []
    guard Int.random(in: 0..<4, using: &random) == 0 else {
      PrefixedInteger.encode(text.count, prefixBits: 7, pattern: 0, into: &string)
      return string + text
    }
    var code: [UInt8] = []
    text.withUnsafeBytes { Huffman.encode($0, into: &code) }
    PrefixedInteger.encode(code.count, prefixBits: 7, pattern: 0x80, into: &string)
    return string + code
  }
}
