import GRPC

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A service that blocks the event loop of its connection.
struct HogService: Hog.Service {
  func block(_ request: Order, context: ServerContext) async throws -> Order {
    for _ in 0..<min(request.count, 60_000) { usleep(1_000) }
    return request
  }
}
