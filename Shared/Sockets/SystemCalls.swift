// The system calls of this layer under names of their own, so that a method called `read` can call
// `read`, and so that the choice of C library stands in one place.

#if canImport(Glibc)
internal import CSystem
internal import Glibc
#elseif canImport(Musl)
internal import CSystem
internal import Musl
#else
internal import Darwin
#endif

#if canImport(Darwin)
let streamSocket = SOCK_STREAM
/// Darwin has no such flag: SIGPIPE is switched off for each socket instead (SO_NOSIGPIPE).
let noSignal: Int32 = 0
#else
let streamSocket = Int32(SOCK_STREAM.rawValue)
let noSignal = Int32(MSG_NOSIGNAL)
#endif

enum SystemCall {
  /// Calls again for as long as a signal interrupts the call.
  static func uninterrupted<Result: SignedInteger>(_ body: () -> Result) -> Result {
    while true {
      let result = body()
      if result != -1 || errno != EINTR { return result }
    }
  }

  static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    uninterrupted { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
  }

  static func send(_ descriptor: Int32, _ vectors: UnsafePointer<iovec>, _ count: Int) -> Int {
    var message = msghdr()
    message.msg_iov = UnsafeMutablePointer(mutating: vectors)
    #if canImport(Glibc)
    message.msg_iovlen = count
    #else
    message.msg_iovlen = Int32(count)
    #endif
    return uninterrupted { sendmsg(descriptor, &message, noSignal) }
  }

  static func closeDescriptor(_ descriptor: Int32) {
    // Not repeated after EINTR: Linux and Darwin have released the descriptor by then.
    _ = close(descriptor)
  }

  static func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) -> Bool
  {
    var value = value
    return setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  /// Makes a descriptor non-blocking and closed in child processes.
  static func prepare(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    #if canImport(Darwin)
    _ = setOption(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
    #endif
  }

  /// Nanoseconds of the monotonic clock.
  static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
