import HPACK
import Testing

@testable import HTTP2

/// Bytes for one end, and what has to come of them.
struct Case: Sendable {
  /// What an end makes of a case.
  enum Outcome: Sendable {
    /// GOAWAY with this code, and nothing is heard any more.
    case connectionError(ErrorCode)
    /// One RST_STREAM with this code, and the connection goes on.
    case streamError(UInt32, ErrorCode)
    /// These events and no error; where `sends` is given, these frames too.
    case goesOn([String], sends: [String]? = nil)
  }

  let roles: [HTTP2Connection.Role]
  let configuration: HTTP2Configuration
  /// The connection has just been opened; otherwise preface and SETTINGS of both sides are over.
  let isFresh: Bool
  let steps: [Step]
  let outcome: Outcome

  /// A case for both ends.
  init(
    fresh: Bool = false,
    with configuration: HTTP2Configuration = HTTP2Configuration(),
    _ steps: [Step],
    _ outcome: Outcome
  ) {
    self.roles = [.server, .client]
    self.isFresh = fresh
    self.configuration = configuration
    self.steps = steps
    self.outcome = outcome
  }

  /// A case for one end.
  init(
    _ role: HTTP2Connection.Role,
    fresh: Bool = false,
    with configuration: HTTP2Configuration = HTTP2Configuration(),
    _ steps: [Step],
    _ outcome: Outcome
  ) {
    self.roles = [role]
    self.isFresh = fresh
    self.configuration = configuration
    self.steps = steps
    self.outcome = outcome
  }

  /// What has been seen of an end.
  private struct Seen: Equatable {
    var events: [String]
    var sent: [String]
    var hasFailed: Bool
    var answersPing: Bool
  }

  /// Plays the case whole, byte by byte, and – where it is short – cut in two at every place.
  func check(as role: HTTP2Connection.Role, _ rule: String) {
    let what = "\(rule), as \(role)"
    let whole = play(as: role, .whole)
    judge(whole, what)
    #expect(play(as: role, .byteByByte) == whole, "\(what), byte by byte")
    let length = steps.reduce(0) { $0 + $1.bytes(for: role).count }
    guard length <= 200 else { return }
    for place in 1..<max(1, length) {
      #expect(play(as: role, .cut(at: place)) == whole, "\(what), cut at \(place)")
    }
  }

  private func judge(_ seen: Seen, _ what: String) {
    switch outcome {
    case .connectionError(let code):
      #expect(seen.events.last == "connection \(code)", "\(what)")
      let goodbye = seen.sent.last ?? ""
      #expect(goodbye.hasPrefix("GOAWAY ") && goodbye.hasSuffix(" \(code)"), "\(what)")
      #expect(seen.hasFailed && !seen.answersPing, "\(what)")
    case .streamError(let stream, let code):
      let resets = seen.sent.filter { $0.hasPrefix("RST_STREAM \(stream) ") }
      #expect(resets == ["RST_STREAM \(stream) \(code)"], "\(what)")
      #expect(!seen.hasFailed && seen.answersPing, "\(what)")
    case .goesOn(let events, let sent):
      #expect(seen.events == events, "\(what)")
      if let sent { #expect(seen.sent == sent, "\(what)") }
      #expect(!seen.hasFailed && seen.answersPing, "\(what)")
    }
  }

  private func play(as role: HTTP2Connection.Role, _ feeding: Feeding) -> Seen {
    var peer = RawPeer(role, configuration, handshakes: !isFresh)
    var feeder = Feeder(feeding)
    for step in steps { play(step, as: role, &feeder, &peer.end) }
    feeder.flush(to: &peer.end)
    let sent = peer.sent()
    let events = peer.end.takeEvents()
    peer.send(.ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])
    return Seen(
      events: events,
      sent: sent,
      hasFailed: peer.end.connection.hasFailed,
      answersPing: peer.sent().last == "PING ack"
    )
  }

  private func play(
    _ step: Step,
    as role: HTTP2Connection.Role,
    _ feeder: inout Feeder,
    _ end: inout End
  ) {
    switch step {
    case .bytes: feeder.add(step.bytes(for: role), to: &end)
    case .act(let action):
      feeder.flush(to: &end)
      action(&end.connection)
    case .all(let steps): for step in steps { play(step, as: role, &feeder, &end) }
    }
  }
}

/// In which pieces an end is fed.
private enum Feeding {
  case whole
  case byteByByte
  case cut(at: Int)
}

/// Hands a case's bytes over: what nothing of ours comes between arrives in one piece, or in many.
private struct Feeder {
  private let feeding: Feeding
  private var waiting: [UInt8] = []
  private var position = 0

  init(_ feeding: Feeding) { self.feeding = feeding }

  mutating func add(_ bytes: [UInt8], to end: inout End) {
    guard case .byteByByte = feeding else {
      waiting += bytes
      return
    }
    for byte in bytes { end.feed([byte]) }
  }

  mutating func flush(to end: inout End) {
    guard !waiting.isEmpty else { return }
    if case .cut(let place) = feeding, (position + 1..<position + waiting.count).contains(place) {
      end.feed(Array(waiting[..<(place - position)]))
      end.feed(Array(waiting[(place - position)...]))
    } else {
      end.feed(waiting)
    }
    position += waiting.count
    waiting = []
  }
}
