// The one place that knows which C library is underneath.
#if canImport(Glibc)
// The environment is a plain C variable, which Swift 6 would otherwise refuse to read.
@preconcurrency import Glibc
#elseif canImport(Musl)
@preconcurrency import Musl
#else
import Darwin
#endif

/// The environment of this process.
func currentEnvironment() -> [String: String] {
  #if canImport(Darwin)
  let entries = _NSGetEnviron().pointee
  #else
  let entries = environ
  #endif
  var environment: [String: String] = [:]
  var index = 0
  while let entry = entries[index] {
    let text = String(cString: entry)
    if let equals = text.firstIndex(of: "=") {
      environment[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    index += 1
  }
  return environment
}

/// The value of one environment variable.
package func environmentVariable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// Runs a closure on a thread of its own: what blocks must not do so on Swift's few pool threads.
package func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let argument = Unmanaged.passRetained(Box(body)).toOpaque()
  #if canImport(Darwin)
  var thread: pthread_t?
  let failed = pthread_create(
    &thread,
    nil,
    { argument in
      Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    },
    argument
  )
  if failed == 0, let thread { pthread_detach(thread) }
  #else
  var thread = pthread_t()
  let failed = pthread_create(
    &thread,
    nil,
    { argument in
      if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
      return nil
    },
    argument
  )
  if failed == 0 { pthread_detach(thread) }
  #endif
  precondition(failed == 0, "no thread could be started: \(errorText(failed))")
}

/// Runs blocking work on a thread of its own and suspends meanwhile.
package func offThePool<Result: Sendable>(
  _ work: @escaping @Sendable () throws -> Result
) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    startThread { continuation.resume(with: Swift.Result { try work() }) }
  }
}

/// What the C library says about an error number.
package func errorText(_ number: Int32) -> String {
  String(cString: strerror(number))
}
