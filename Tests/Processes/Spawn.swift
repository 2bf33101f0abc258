#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The pipes between this process and a child.
struct Pipes {
  struct Ends {
    var read: Int32
    var write: Int32
  }
  let input: Ends?
  let output: Ends
  let errors: Ends?

  init(for command: Command) throws {
    switch command.input {
    case .none: input = nil
    case .bytes, .open: input = try Self.make()
    }
    output = try Self.make()
    errors = command.mergesErrors ? nil : try Self.make()
  }

  private static func make() throws -> Ends {
    var ends: (Int32, Int32) = (0, 0)
    let failed = withUnsafeMutableBytes(of: &ends) { bytes in
      pipe(bytes.assumingMemoryBound(to: Int32.self).baseAddress)
    }
    guard failed == 0 else {
      throw ProcessError.notStarted("pipe", reason: errorText(errno))
    }
    // Another child that is started at this moment must not inherit them.
    _ = fcntl(ends.0, F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends.1, F_SETFD, FD_CLOEXEC)
    return Ends(read: ends.0, write: ends.1)
  }

  func closeChildEnds() {
    if let input { close(input.read) }
    close(output.write)
    if let errors { close(errors.write) }
  }

  mutating func closeAll() {
    closeChildEnds()
    if let input { close(input.write) }
    close(output.read)
    if let errors { close(errors.read) }
  }
}

#if canImport(Darwin)
private typealias FileActions = posix_spawn_file_actions_t?
private typealias Attributes = posix_spawnattr_t?
#else
private typealias FileActions = posix_spawn_file_actions_t
private typealias Attributes = posix_spawnattr_t
#endif

/// One child is started at a time: between `pipe` and `FD_CLOEXEC` no other may be forked.
private let spawning = Monitor(())

/// Starts the command in a process group of its own, with default signals, and gives its id.
func spawn(_ command: Command, _ pipes: Pipes) throws -> pid_t {
  var actions = makeFileActions()
  defer { posix_spawn_file_actions_destroy(&actions) }
  if let input = pipes.input {
    posix_spawn_file_actions_adddup2(&actions, input.read, 0)
  } else {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  }
  posix_spawn_file_actions_adddup2(&actions, pipes.output.write, 1)
  posix_spawn_file_actions_adddup2(&actions, pipes.errors?.write ?? pipes.output.write, 2)

  var attributes = makeAttributes()
  defer { posix_spawnattr_destroy(&attributes) }
  posix_spawnattr_setpgroup(&attributes, 0)
  var all = sigset_t()
  sigfillset(&all)
  posix_spawnattr_setsigdefault(&attributes, &all)
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  var flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGDEF)
  flags |= Int32(POSIX_SPAWN_SETSIGMASK)
  posix_spawnattr_setflags(&attributes, Int16(flags))

  let environment = command.fullEnvironment.map { "\($0)=\($1)" }
  return try withCStrings(command.fullArguments) { arguments in
    try withCStrings(environment) { environment in
      var id: pid_t = 0
      let failed = spawning.withValue { _ in
        posix_spawnp(&id, command.fullArguments[0], &actions, &attributes, arguments, environment)
      }
      guard failed == 0 else {
        throw ProcessError.notStarted(command.text, reason: errorText(failed))
      }
      Children.shared.remember(id)
      return id
    }
  }
}

private func makeFileActions() -> FileActions {
  #if canImport(Darwin)
  var actions: FileActions = nil
  #else
  var actions = FileActions()
  #endif
  posix_spawn_file_actions_init(&actions)
  return actions
}

private func makeAttributes() -> Attributes {
  #if canImport(Darwin)
  var attributes: Attributes = nil
  #else
  var attributes = Attributes()
  #endif
  posix_spawnattr_init(&attributes)
  return attributes
}

/// A null-terminated array of C strings for the length of a call.
private func withCStrings<Result>(
  _ strings: [String],
  _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return try pointers.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("the array holds its nil") }
    return try body(base)
  }
}

/// The children that are running now, so that a program that is interrupted takes them along.
package final class Children: Sendable {
  package static let shared = Children()
  private let running = Monitor(Set<pid_t>())

  func remember(_ id: pid_t) { running.withValue { _ = $0.insert(id) } }
  func forget(_ id: pid_t) { running.withValue { _ = $0.remove(id) } }

  /// From now on Ctrl-C, SIGTERM and SIGHUP end all children and then this program.
  ///
  /// Call it first thing in `main`: threads started earlier would still receive the signals.
  package func endOnInterrupt() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    startThread { [signals] in
      var signals = signals
      var number: Int32 = 0
      sigwait(&signals, &number)
      for id in self.running.withValue({ $0 }) { _ = kill(-id, SIGKILL) }
      exit(128 + number)
    }
  }
}
