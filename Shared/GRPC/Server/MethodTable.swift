internal import HPACK
internal import Synchronization

/// A method as the server runs it: what `MethodImplementation` says, and the server's own settings
/// for it.
final class RegisteredMethod: Sendable {
  let descriptor: any AnyMethodDescriptor
  let kind: MethodKind
  let body: MethodImplementation.Body
  /// Whether it is written without `async`.
  let isImmediate: Bool
  let execution: HandlerExecution
  /// The longest time that a call may take, in nanoseconds.
  let cap: UInt64?
  /// Names the method to the watchdog.
  let label: UInt
  /// Calls of all connections that are over while the method still runs.
  let abandonedCalls = Atomic<Int>(0)
  fileprivate let path: [UInt8]

  init(_ implementation: MethodImplementation, execution: HandlerExecution, cap: UInt64?) {
    descriptor = implementation.descriptor
    kind = descriptor.kind
    body = implementation.body
    isImmediate = if case .immediate = body { true } else { false }
    self.execution = execution
    self.cap = cap
    path = Array(descriptor.path.utf8)
    label = LoopWatchdog.shared.register(descriptor.path)
  }

  deinit { LoopWatchdog.shared.forget(label) }
}

/// Finds a method by the bytes of `:path`, without making a String of them.
///
/// An open hash table that is filled once, when the server starts.
struct MethodTable: Sendable {
  private var slots: [RegisteredMethod?]
  private let serviceNames: [String]
  private let methods: [RegisteredMethod]

  init(_ methods: [RegisteredMethod], serviceNames: [String]) {
    self.methods = methods
    self.serviceNames = serviceNames.sorted()
    var capacity = 8
    while capacity < methods.count * 4 { capacity *= 2 }
    slots = Array(repeating: nil, count: capacity)
    for method in methods {
      var slot = method.path.withUnsafeBytes(hash)
      while let occupant = slots[slot] {
        // A method that is registered twice: the later one counts.
        if occupant.path == method.path { break }
        slot = (slot + 1) & (slots.count - 1)
      }
      slots[slot] = method
    }
  }

  /// The method of a path; nil if there is none.
  func find(_ path: UnsafeRawBufferPointer) -> RegisteredMethod? {
    var slot = hash(path)
    // A slot is always free, so this ends.
    while let method = slots[slot] {
      if method.path.withUnsafeBytes({ $0.isEqual(to: path) }) { return method }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The end of a path tells methods apart, so the last eight bytes and the length are enough.
  private func hash(_ path: UnsafeRawBufferPointer) -> Int {
    var tail: UInt64 = 0
    if path.count >= 8 {
      tail = path.loadUnaligned(fromByteOffset: path.count - 8, as: UInt64.self)
    } else {
      for byte in path { tail = tail << 8 | UInt64(byte) }
    }
    let mixed = (tail ^ UInt64(truncatingIfNeeded: path.count)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 40) & (slots.count - 1)
  }

  /// Why a path has no method: names what the server has instead.
  func unknown(_ path: UnsafeRawBufferPointer) -> Status {
    // A peer chose the path, and the message goes back to it: enough to recognise it will do.
    let text = String(decoding: path.prefix(200), as: UTF8.self)
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let has =
      serviceNames.isEmpty
      ? "this server has no services" : "this server has: \(serviceNames.joined(separator: ", "))"
    guard parts.count == 3, parts[0].isEmpty else {
      return Status(.unimplemented, "malformed path \"\(text)\": expected /SERVICE/METHOD; \(has)")
    }
    let known = methods.filter { $0.descriptor.service == parts[1] }.map(\.descriptor.name)
    guard !known.isEmpty else {
      return Status(.unimplemented, "unknown service \(parts[1]); \(has)")
    }
    return Status(
      .unimplemented,
      "unknown method \(parts[2]) of service \(parts[1]), which has: "
        + "\(known.joined(separator: ", ")); \(has)"
    )
  }
}
