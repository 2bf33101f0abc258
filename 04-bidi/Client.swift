import GRPC

/// A stay in the room: one call in which speaking and listening go on at the same time.
struct RoomClient {
  let room: Room.Stub
  let timeout: Duration?

  init(channel: Channel, timeout: Duration?) {
    self.room = Room.Stub(channel)
    self.timeout = timeout
  }

  /// Enters the room, says the lines as they come, half-closes, and stays for a while.
  ///
  /// - Parameters:
  ///   - name: Under which the room knows us.
  ///   - lines: What to say.
  ///   - stay: How long to listen after the last line.
  ///   - halfClosed: Is told when nothing more will be said, and all that was is acknowledged.
  ///   - show: Gets each line that there is to see.
  /// - Throws: `RPCError` with the status when the server ends the call.
  func chat(
    as name: String,
    saying lines: AsyncStream<String>,
    stay: Duration,
    halfClosed: @escaping @Sendable () -> Void = {},
    show: @escaping @Sendable (String) -> Void
  ) async throws {
    let call = room.join(timeout: timeout)
    let view = RoomView(name: name, show: show)
    try await withThrowingTaskGroup(of: Bool.self) { directions in
      directions.addTask {
        for try await event in call.responses { view.sees(event) }
        return true
      }
      directions.addTask {
        // A failing send means that the call has ended: whoever listens learns why, behind all that came before.
        guard (try? await speak(lines, as: name, in: call, view)) != nil else { return false }
        let end = ContinuousClock.now + stay
        await view.isUpToDate.pass()
        halfClosed()
        try await Task.sleep(until: end)
        return true
      }
      while let isOver = try await directions.next(), !isOver {}
      directions.cancelAll()
    }
    // The only way to leave: the room never ends a call by itself.
    call.cancel()
  }

  private func speak(
    _ lines: AsyncStream<String>,
    as name: String,
    in call: BidirectionalCall<Say, Event>,
    _ view: RoomView
  ) async throws {
    await view.isWelcome.pass()  // the server speaks first
    try await call.send(Say(name: name))
    for await line in lines where !line.isEmpty {
      view.says(line)
      try await call.send(Say(text: line))
    }
    try call.finish()
    view.finishes()
  }
}
