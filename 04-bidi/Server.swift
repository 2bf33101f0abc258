import GRPC

/// The room: each call is a member, which speaks and listens at the same time.
struct RoomService: Room.Service {
  let room = ChatRoom()

  func join(
    _ requests: RequestStream<Say>,
    responses: ResponseWriter<Event>,
    context: ServerContext
  ) async throws {
    let member = room.enter(isBlocked: { responses.isBlocked })
    defer { room.leave(member) }
    let (acknowledged, acknowledge) = AsyncStream<Void>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { call in
      // One direction: ends with the half-close, after which the member still listens.
      call.addTask {
        var sent = acknowledged.makeAsyncIterator()
        var unsent = 0
        for try await say in requests {
          if room.say(say, from: member) { unsent += 1 }
          // Who speaks faster than it reads waits here, and only it.
          while unsent > Self.mostUnsent, await sent.next() != nil { unsent -= 1 }
        }
      }
      // The other: waits when the client does not read, while the room goes on.
      call.addTask {
        try await member.listen { event in
          try await responses.send(event)
          if case .acknowledged = event.kind { acknowledge.yield() }
        }
      }
      call.addTask { try await member.isDropped() }
      // The first to throw ends the call: the client has left, or may not stay.
      for try await _ in call {}
    }
  }

  /// How many of its own acknowledgements may wait for a member that goes on speaking.
  static let mostUnsent = 64
}

/// Says everything back.
struct EchoService: Echo.Service {
  func `repeat`(
    _ requests: RequestStream<Say>,
    responses: ResponseWriter<Say>,
    context: ServerContext
  ) async throws {
    for try await say in requests {
      try await responses.send(say)
    }
  }
}
