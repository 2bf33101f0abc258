import GRPC
import Synchronization

/// The server's half: checks the numbers that come, and numbers what it sends.
final class SoakService: Soak.Service {
  private let running = Atomic<Int>(0)
  private let calls = Atomic<UInt64>(0)

  func echo(_ request: Item, context: ServerContext) async throws -> Item {
    await counted { request }
  }

  func download(
    _ request: Order,
    responses: ResponseWriter<Item>,
    context: ServerContext
  ) async throws {
    try await counted {
      let padding = [UInt8](repeating: 7, count: Int(min(request.size, 1 << 20)))
      for number in 0..<request.count {
        try await responses.send(Item(number: number, padding: padding))
      }
    }
  }

  func upload(_ requests: RequestStream<Item>, context: ServerContext) async throws -> Order {
    try await counted {
      var sequence = Sequence()
      for try await item in requests { try sequence.take(item) }
      return Order(count: sequence.count)
    }
  }

  func exchange(
    _ requests: RequestStream<Item>,
    responses: ResponseWriter<Item>,
    context: ServerContext
  ) async throws {
    try await counted {
      var sequence = Sequence()
      for try await item in requests {
        try sequence.take(item)
        try await responses.send(item)
      }
    }
  }

  func report(_ request: Order, context: ServerContext) async throws -> Load {
    Load(
      running: Int64(running.load(ordering: .relaxed)),
      calls: calls.load(ordering: .relaxed)
    )
  }

  /// Counts a method that runs, however it ends.
  private func counted<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    running.wrappingAdd(1, ordering: .relaxed)
    calls.wrappingAdd(1, ordering: .relaxed)
    defer { running.wrappingSubtract(1, ordering: .relaxed) }
    return try await body()
  }
}

/// Numbers that must come one after the other.
struct Sequence {
  private(set) var count: UInt64 = 0

  mutating func take(_ item: Item) throws {
    guard item.number == count else {
      throw RPCError(.dataLoss, "item \(item.number) came where \(count) was due")
    }
    count += 1
  }
}
