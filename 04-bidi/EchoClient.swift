import GRPC
import Synchronization

/// Three ways to send messages to an echo and read them back: what independent directions buy.
enum EchoMode: String, CaseIterable {
  /// Each message waits for the echo of the one before.
  case pingpong
  /// Sending and receiving go on at the same time.
  case pipelined
  /// Everything is sent before the first echo is read.
  case sendall
}

/// The calls of `client echo`.
struct EchoClient {
  let echo: Echo.Stub
  let timeout: Duration

  init(channel: Channel, timeout: Duration) {
    self.echo = Echo.Stub(channel)
    self.timeout = timeout
  }

  /// Sends so many messages and reads their echoes.
  ///
  /// - Returns: How many had been sent when the first echo was read.
  func exchange(_ count: Int, _ mode: EchoMode) async throws -> Int {
    let exchange = Exchange(call: echo.repeat(timeout: timeout), count: count)
    // On the channel's own event loop, so that the conversation is timed and not the changes between threads.
    try await withTaskExecutorPreference(echo.channel.executor) {
      switch mode {
      case .pingpong: try await exchange.pingPong()
      case .pipelined: try await exchange.pipeline()
      case .sendall: try await exchange.sendAll()
      }
    }
    return exchange.sentBeforeFirstEcho.load(ordering: .relaxed)
  }
}

/// One call to the echo.
private final class Exchange: Sendable {
  let call: BidirectionalCall<Say, Say>
  let count: Int
  let sentBeforeFirstEcho = Atomic(0)
  private let sent = Atomic(0)

  init(call: BidirectionalCall<Say, Say>, count: Int) {
    self.call = call
    self.count = count
  }

  func pingPong() async throws {
    var echoes = call.responses.makeAsyncIterator()
    for number in 0..<count {
      try await send(number)
      try check(try await echoes.next(), number)
    }
    try call.finish()
    try check(atEnd: try await echoes.next())
  }

  func pipeline() async throws {
    async let sending: Void = sendEverything()
    try await receiveEverything()
    try await sending
  }

  func sendAll() async throws {
    try await sendEverything()
    try await receiveEverything()
  }

  private func sendEverything() async throws {
    for number in 0..<count { try await send(number) }
    try call.finish()
  }

  private func receiveEverything() async throws {
    var echoes = call.responses.makeAsyncIterator()
    for number in 0..<count { try check(try await echoes.next(), number) }
    try check(atEnd: try await echoes.next())
  }

  private func send(_ number: Int) async throws {
    try await call.send(Say(text: "message \(number)"))
    sent.wrappingAdd(1, ordering: .relaxed)
  }

  private func check(_ echo: Say?, _ number: Int) throws {
    guard let echo, echo.text == "message \(number)" else {
      throw RPCError(.dataLoss, "message \(number) did not come back")
    }
    if number == 0 {
      sentBeforeFirstEcho.store(sent.load(ordering: .relaxed), ordering: .relaxed)
    }
  }

  private func check(atEnd echo: Say?) throws {
    if let echo { throw RPCError(.dataLoss, "“\(echo.text)” came back, which nobody sent") }
  }
}
