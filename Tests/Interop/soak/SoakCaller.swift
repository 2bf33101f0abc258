import GRPC

/// What a client does again and again, and what it counts.
struct SoakCaller {
  /// What has been done so far.
  struct Tally {
    var calls: [String: Int] = [:]
    var messages = 0
    var faults: [String] = []

    mutating func add(_ other: Tally) {
      calls.merge(other.calls) { $0 + $1 }
      messages += other.messages
      faults += other.faults
    }
  }

  private static let patience = Duration.seconds(60)

  let target: String
  let configuration: Channel.Configuration
  private(set) var tally = Tally()
  private var channel: Channel

  init(target: String, configuration: Channel.Configuration) throws {
    self.target = target
    self.configuration = configuration
    channel = try Channel(to: target, configuration: configuration)
  }

  /// Calls until the time is over.
  mutating func run(until end: ContinuousClock.Instant) async {
    while ContinuousClock.now < end {
      let kind = Int.random(in: 0..<100)
      do {
        switch kind {
        case 0..<30: try await count("unary") { try await $0.echo() }
        case 30..<45: try await count("server streaming") { try await $0.download() }
        case 45..<60: try await count("client streaming") { try await $0.upload() }
        case 60..<78: try await count("bidirectional") { try await $0.exchange() }
        case 78..<86: try await count("left early") { try await $0.leave() }
        case 86..<92: try await count("cancelled") { try await $0.cancel() }
        case 92..<97: try await count("deadlines") { try await $0.missDeadline() }
        default: try await count("new channels") { try await $0.reconnect() }
        }
      } catch {
        if tally.faults.count < 20 { tally.faults.append("\(error)") }
      }
    }
    await channel.shutDown()
  }

  private mutating func count(
    _ kind: String,
    _ body: (inout SoakCaller) async throws -> Void
  ) async throws {
    tally.calls[kind, default: 0] += 1
    try await body(&self)
  }

  private var stub: Soak.Stub { Soak.Stub(channel) }
  private static var size: Int { [0, 10, 100, 1_000, 20_000, 100_000].randomElement() ?? 0 }

  // MARK: The four patterns

  private mutating func echo() async throws {
    let item = Item(
      number: .random(in: 0 ... .max),
      padding: [UInt8](repeating: 3, count: Self.size)
    )
    let answer = try await stub.echo(item, timeout: Self.patience)
    try check(answer == item, "an echo is not what was said")
    tally.messages += 2
  }

  private mutating func download() async throws {
    let order = Order(count: .random(in: 0..<200), size: UInt32(Self.size))
    var sequence = Sequence()
    for try await item in stub.download(order, timeout: Self.patience) {
      try sequence.take(item)
      try check(item.padding.count == Int(order.size), "an item has not its size")
    }
    try check(sequence.count == order.count, "\(sequence.count) of \(order.count) items came")
    tally.messages += Int(order.count)
  }

  private mutating func upload() async throws {
    let count = UInt64.random(in: 0..<100)
    let padding = [UInt8](repeating: 5, count: Self.size)
    let call = stub.upload(timeout: Self.patience)
    for number in 0..<count { try await call.send(Item(number: number, padding: padding)) }
    let received = try await call.finishAndReceive().count
    try check(received == count, "\(received) of \(count) items came")
    tally.messages += Int(count)
  }

  private mutating func exchange() async throws {
    let count = UInt64.random(in: 0..<100)
    let padding = [UInt8](repeating: 9, count: Self.size)
    let call = stub.exchange(timeout: Self.patience)
    async let sending: Void = {
      for number in 0..<count { try await call.send(Item(number: number, padding: padding)) }
      try call.finish()
    }()
    var sequence = Sequence()
    for try await item in call.responses { try sequence.take(item) }
    try await sending
    try check(sequence.count == count, "\(sequence.count) of \(count) items came back")
    tally.messages += 2 * Int(count)
  }

  // MARK: Calls that do not run to their end

  /// Leaves the loop of a long stream.
  private mutating func leave() async throws {
    let enough = UInt64.random(in: 1..<50)
    var sequence = Sequence()
    for try await item in stub.download(Order(count: 1 << 40, size: 1_000), timeout: Self.patience)
    {
      try sequence.take(item)
      if sequence.count == enough { break }
    }
    try check(sequence.count == enough, "a long stream ended")
    tally.messages += Int(enough)
  }

  /// Cancels a call in which both sides are at work.
  private mutating func cancel() async throws {
    let call = stub.exchange(timeout: Self.patience)
    let count = Int.random(in: 0..<20)
    for number in 0..<count { try await call.send(Item(number: UInt64(number))) }
    call.cancel()
    var sequence = Sequence()
    do {
      for try await item in call.responses { try sequence.take(item) }
      throw RPCError(.dataLoss, "a call that was cancelled ended well")
    } catch let error as RPCError where error.code == .cancelled {
      tally.messages += count
    }
  }

  /// Waits for an answer that never comes.
  private mutating func missDeadline() async throws {
    let call = stub.exchange(timeout: .milliseconds(.random(in: 1...50)))
    do {
      for try await _ in call.responses {}
      throw RPCError(.dataLoss, "a call without an end ended")
    } catch let error as RPCError where error.code == .deadlineExceeded {}
  }

  /// Drops the channel, sometimes in the middle of a call, and goes on with another one.
  private mutating func reconnect() async throws {
    let last = Bool.random() ? stub.exchange(timeout: Self.patience) : nil
    if Bool.random() { await channel.shutDown() }
    last?.cancel()
    channel = try Channel(to: target, configuration: configuration)
    try await echo()
  }

  private func check(_ isRight: Bool, _ fault: @autoclosure () -> String) throws {
    if !isRight { throw RPCError(.dataLoss, fault()) }
  }
}
