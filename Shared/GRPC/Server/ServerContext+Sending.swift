public import Protobuf
internal import Sockets
internal import Synchronization

extension ServerContext {
  /// Hands over the one response of a call, and ends it: the method has returned.
  @inlinable
  func respond<Response: Message>(_ message: Response) throws(RPCError) {
    if isOnLoop {
      try respondOnLoop { message.encode(to: &$0) }
    } else {
      _ = try push(message)
      finish()
    }
  }

  /// The shortest way: the response goes out with the status behind it.
  ///
  /// Unless something may still change the status – an interceptor – or goes with it.
  @usableFromInline
  func respondOnLoop(_ encode: (inout WireWriter) -> Void) throws(RPCError) {
    let mayEndHere = connection.server.interceptors.isEmpty
    if mayEndHere, ownInbox == nil, handlerSide.withLock({ $0.closePlainly() }) {
      try stream.wrapped.respond(encode)
    } else {
      _ = try pushOnLoop(true, encode)
    }
    if mayEndHere, !head.method.isImmediate { stream.wrapped.methodEnded(nil) }
  }

  /// Hands over a message; true if the writer should wait before the next.
  @inlinable
  func push<Response: Message>(
    _ message: Response,
    compress: Bool = true
  ) throws(RPCError) -> Bool {
    if isOnLoop {
      return try pushOnLoop(compress) { message.encode(to: &$0) }
    }
    var writer = WireWriter()
    message.encode(to: &writer)
    return try pushFromElsewhere(&writer, compress)
  }

  var isBlocked: Bool { handlerSide.withLock(\.posted.isBlocked) }

  @usableFromInline var isOnLoop: Bool { connection.loop.isCurrent }

  /// The short way: from the method on its loop straight into the connection.
  @usableFromInline
  func pushOnLoop(
    _ compress: Bool,
    _ encode: (inout WireWriter) -> Void
  ) throws(RPCError) -> Bool {
    let (failure, isPosted, compression) = handlerSide.withLock { side in
      side.hasBegun = true
      return (side.failure, side.posted.areWaiting, side.compression)
    }
    if let failure { throw failure }
    // A message of another thread that was accepted before this one goes first.
    if isPosted { stream.wrapped.flushPosted() }
    return try stream.wrapped.sendMessage(compression, isCompressed: compress, encode)
  }

  /// The long way: encoded here, sent by the loop.
  @usableFromInline
  func pushFromElsewhere(
    _ writer: inout WireWriter,
    _ compress: Bool
  ) throws(RPCError) -> Bool {
    // What the method sets after its first message has no effect: the field went ahead of it.
    let compression = compress ? handlerSide.withLock { $0.compression } : .identity
    try writer.frameMessage(compression)
    let (mustPost, mustWait) = try handlerSide.withLock { side throws(RPCError) in
      if let failure = side.failure { throw failure }
      side.hasBegun = true
      let handed = writer.withUnsafeBytes { side.posted.append($0) }
      // Until the loop has looked at what the connection takes.
      if handed.mustWait { side.posted.isBlocked = true }
      return handed
    }
    if mustPost { connection.loop.execute { self.stream.wrapped.flushPosted() } }
    return mustWait
  }

  /// Waits until the connection takes more; throws when the call or the task is over.
  @usableFromInline
  func waitUntilWritable() async throws(RPCError) {
    while true {
      let isBlocked = try handlerSide.withLock { side throws(RPCError) in
        if let failure = side.failure { throw failure }
        return side.posted.isBlocked
      }
      guard isBlocked else { return }
      if Task.isCancelled { throw RPCError(.cancelled, "the task that writes was cancelled") }
      await withTaskCancellationHandler {
        await withUnsafeContinuation { continuation in
          let goOn = handlerSide.withLock { side in
            guard side.posted.isBlocked, side.failure == nil, !Task.isCancelled else { return true }
            side.writers.append(continuation)
            return false
          }
          if goOn { continuation.resume() }
        }
      } onCancel: {
        // All look again whether they may go on; a writer is seldom more than one.
        let writers = handlerSide.withLock { side in
          defer { side.writers = [] }
          return side.writers
        }
        for writer in writers { writer.resume() }
      }
      nameTheLoop()
    }
  }

  /// What a writer waits for; nil when it may go on, and when the call is over.
  var suspension: WriteSuspension? {
    get async {
      await withCheckedContinuation { continuation in
        connection.loop.run { continuation.resume(returning: self.stream.wrapped.suspension) }
      }
    }
  }

  // MARK: Running the method

  /// Tells the loop's watchdog whose code runs now.
  @usableFromInline
  func nameTheLoop() {
    let loop = connection.loop
    if loop.isCurrent { loop.progress.name(head.method.label) }
  }

  /// Runs the method in the current task and ends the call with what comes of it.
  ///
  /// - Parameter request: The one request of a method that takes one.
  ///
  /// `@concurrent` means: where the task prefers, which is the loop for tasks of the pool. Each way into and out of an
  /// `async` function costs a look at where the task should run, unless that is certain or nothing is left to do behind
  /// it: so it is said here, and methods end the call themselves.
  @concurrent
  func runMethod(_ request: [UInt8]) async {
    await Self.$current.withValue(self) {
      do {
        if bodyEndsCall, case .asynchronous(let body) = head.method.body {
          try await body(request, self)
        } else {
          try await proceed(request, through: connection.server.interceptors[...])
          methodEnded(nil)
        }
      } catch {
        methodEnded(error)
      }
    }
  }

  /// Whether nothing is left to run behind the method: neither an interceptor nor its direct caller.
  private var bodyEndsCall: Bool {
    !head.method.isImmediate && connection.server.interceptors.isEmpty
  }

  /// The method has returned: ends the call, unless more is to run.
  @usableFromInline
  func finish() {
    if bodyEndsCall { methodEnded(nil) }
  }

  private func proceed(
    _ request: [UInt8],
    through interceptors: ArraySlice<any ServerInterceptor>
  ) async throws {
    if let first = interceptors.first {
      try await first.intercept(self) {
        try await self.proceed(request, through: interceptors.dropFirst())
      }
      return
    }
    switch head.method.body {
    case .asynchronous(let body):
      try await body(request, self)
    case .immediate(let body):
      try request.withUnsafeBytes { try body($0, self) }
    }
  }

  private func methodEnded(_ error: (any Error)?) {
    if connection.loop.isCurrent {
      stream.wrapped.methodEnded(error)
    } else {
      connection.loop.execute { self.stream.wrapped.methodEnded(error) }
    }
  }
}
