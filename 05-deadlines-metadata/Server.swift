import GRPC
import Lesson

/// The service: work under a budget.
///
/// Nothing here watches a clock or passes a deadline on. When the time of a call is over, or its
/// client has gone, its task is cancelled; a call made within it is cancelled with it, and ends when
/// it must.
struct RelayService: Relay.Service {
  /// The folder whose files may be hashed.
  let root: RootFolder
  /// This server's own limit for a call, to be announced; the server itself enforces it.
  var maxTime: Duration?
  /// What becomes of the calls, in this server's eyes.
  let ledger: Ledger

  /// Reads files and computes: on an event loop, every other call of that loop would have to wait.
  var execution: HandlerExecution { .concurrentPool }

  func describe(_ request: DescribeRequest, context: ServerContext) async throws -> Description {
    let metadata = context.metadata
    var initial: Metadata = ["served-by": "relay"]
    for id in metadata.values(for: "request-id") { initial.append(id, for: "request-id") }
    try context.sendInitialMetadata(initial)
    var trailing: Metadata = ["cost": "1", "cost": "2"]
    for bytes in metadata.binaryValues(for: "trace-bin") { trailing.append(bytes, for: "echo-bin") }
    context.trailingMetadata = trailing
    return Description(metadata: fields(of: metadata), peer: "\(context.peer)")
  }

  func work(_ order: WorkOrder, context: ServerContext) async throws -> WorkDone {
    try await ledger.record(context) { entry in
      try context.sendInitialMetadata(announcement(to: context))
      let begin = ContinuousClock.now
      let ordered = order.workMs / 10 + (order.workMs % 10 > 0 ? 1 : 0)
      while entry.units < ordered {
        // Throws as soon as the call is over, whichever side has ended it.
        try await Task.sleep(until: begin + .milliseconds(10 * (entry.units + 1)))
        entry.count()
      }
      // The work is committed; what becomes of the reply does not change that.
      await hold(for: .milliseconds(min(order.holdMs, 60_000)))
      return WorkDone(units: entry.units)
    }
  }

  func collect(_ requests: RequestStream<Item>, context: ServerContext) async throws -> Collected {
    try await ledger.record(context) { entry in
      var enough: UInt64?
      for try await item in requests {
        enough = enough ?? UInt64(item.enough)
        if entry.count() >= enough ?? 0 { break }  // whether or not the client has sent all
      }
      return Collected(items: UInt32(clamping: entry.units))
    }
  }

  func lookUp(_ request: LedgerQuery, context: ServerContext) async throws -> LedgerEntry {
    guard let entry = ledger[request.requestID] else {
      throw RPCError(.notFound, "no call with the request-id \(request.requestID)")
    }
    return entry.message
  }

  func forward(_ journey: Journey, context: ServerContext) async throws -> Waterfall {
    try await ledger.record(context) { entry in
      guard journey.via.count < 8 else {
        throw RPCError(.invalidArgument, "a journey has at most 8 hops")
      }
      let hop = try await hash(journey, entry, at: "\(context.localAddress)")
      return Waterfall(hops: [hop] + (try await passOn(journey)))
    }
  }

  /// Calls the next hop.
  ///
  /// Where is the deadline, and where the cancellation? In `ServerContext.current`, a task-local that
  /// the server has set for this call; every call made in its task looks there. Metadata is
  /// different: it travels only when it is named, so that a token does not go further than it should.
  /// (A production relay would keep its channels, and would not call wherever a client says.)
  private func passOn(_ journey: Journey) async throws -> [Hop] {
    guard let next = journey.via.first else { return [] }
    var rest = journey
    rest.via.removeFirst()
    var options = CallOptions()
    options.forwardedKeys = ["request-id"]
    do {
      return try await Relay.Stub(try Channel(to: next)).forward(rest, options: options).hops
    } catch let error as RPCError {
      // When our own time is over, that is no fault of the next hop.
      if ServerContext.current?.remainingTime == .zero { throw error }
      throw RPCError(error.code, "hop \(next): \(error.message)")
    } catch let error as InvalidTarget {
      throw RPCError(.invalidArgument, "hop \(next): \(error)")
    }
  }
}

// What the methods do besides gRPC.
extension RelayService {
  /// The metadata as the service tells it: by key, the values of one key in their order.
  private func fields(of metadata: Metadata) -> [MetadataField] {
    metadata.filter { $0.key != "user-agent" && $0.key != "accept-encoding" }
      .sorted { $0.key < $1.key }
      .map { field in
        switch field.value {
        case .text(let text): MetadataField(key: field.key, value: Array(text.utf8))
        case .bytes(let bytes): MetadataField(key: field.key, value: bytes)
        }
      }
  }

  /// What is left of the client's deadline, this server's own limit, and the smaller of the two.
  private func announcement(to context: ServerContext) -> Metadata {
    var metadata: Metadata = [:]
    let limits = [context.clientTimeout, maxTime]
    metadata["remaining-ms"] = context.clientTimeout.map { "\($0.milliseconds)" }
    metadata["cap-ms"] = maxTime.map { "\($0.milliseconds)" }
    metadata["allowed-ms"] = limits.compactMap(\.self).min().map { "\($0.milliseconds)" }
    return metadata
  }

  /// Waits, whatever becomes of the call: a task of its own is not cancelled with the one that waits.
  private func hold(for duration: Duration) async {
    await Task { try? await Task.sleep(for: duration) }.value
  }

  /// Hashes the files below the path, again and again until the time is up; reports the first pass.
  private func hash(
    _ journey: Journey,
    _ entry: Ledger.Entry,
    at address: String
  ) async throws -> Hop {
    let begin = ContinuousClock.now
    let end = begin + .milliseconds(journey.workMs)
    let path = journey.path
    let first = try await FolderHash(path, below: root) { entry.count() > 0 }
    while ContinuousClock.now < end {
      let next = try await FolderHash(path, below: root) {
        entry.count() > 0 && ContinuousClock.now < end
      }
      // An empty folder: do not spin.
      if next.files == 0 { try await Task.sleep(for: .milliseconds(10)) }
    }
    return Hop(
      address: address,
      language: "swift",
      requestID: entry.requestID,
      remainingMs: entry.remainingMs,
      workedMs: (ContinuousClock.now - begin).milliseconds,
      files: first.files,
      bytes: first.bytes,
      crc32: first.checksum.value
    )
  }
}
