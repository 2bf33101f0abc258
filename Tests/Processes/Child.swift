#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A running program: its output is collected as it comes, so that it never blocks on a full pipe.
///
/// Each child leads a process group of its own, so that ending it ends what it has started, and
/// nothing else. Threads: one per pipe, one that waits for the exit; all end with the child.
package final class Child: Sendable {
  package let command: Command
  package let id: Int32
  private let input: Int32?
  private let started = ContinuousClock.now
  private let state = Monitor(State())

  private struct State {
    var output: [UInt8] = []
    var errors: [UInt8] = []
    var openPipes = 0
    var status: ExitStatus?
    var duration: Duration = .zero
    var inputIsOpen = true
  }

  package init(_ command: Command) throws {
    self.command = command
    var pipes = try Pipes(for: command)
    do {
      id = try spawn(command, pipes)
    } catch {
      pipes.closeAll()
      throw error
    }
    pipes.closeChildEnds()
    input = pipes.input?.write
    let readers = [(pipes.output.read, false)] + (pipes.errors.map { [($0.read, true)] } ?? [])
    state.withValue { $0.openPipes = readers.count }
    for (descriptor, isErrors) in readers {
      startThread { self.collect(from: descriptor, isErrors: isErrors) }
    }
    startThread { self.awaitExit() }
    if case .bytes(let bytes) = command.input {
      startThread {
        self.send(bytes)
        self.closeInput()
      }
    }
  }

  /// Everything printed so far to standard output (and to standard error, when merged).
  package var output: String { String(decoding: state.withValue(\.output), as: UTF8.self) }

  /// The same as bytes.
  package var outputBytes: [UInt8] { state.withValue(\.output) }

  /// Everything printed so far to standard error.
  package var errors: String { String(decoding: state.withValue(\.errors), as: UTF8.self) }

  /// How the program ended; nil while it runs.
  package var status: ExitStatus? { state.withValue(\.status) }

  /// Waits for a whole line of output that begins so, and gives it.
  package func line(startingWith prefix: String, within timeout: Duration) throws -> String {
    let line = state.wait(atMost: timeout) { state -> String?? in
      for line in String(decoding: state.output, as: UTF8.self).split(separator: "\n").dropLast(
        state.output.last == UInt8(ascii: "\n") ? 0 : 1
      )
      where line.hasPrefix(prefix) {
        return String(line)
      }
      // No more will come: answer "none" at once instead of waiting for the time-out.
      return state.status != nil && state.openPipes == 0 ? .some(nil) : nil
    }
    guard let line, let line else {
      throw ProcessError.silent(command.text, awaited: prefix, output: output + errors)
    }
    return line
  }

  /// Waits until the output so far makes `ready` true; false when time is over.
  package func awaitOutput(within timeout: Duration, _ ready: ([UInt8]) -> Bool) -> Bool {
    state.wait(atMost: timeout) { ready($0.output) ? true : nil } ?? false
  }

  /// Waits for the end; beyond `timeout` the program is ended and the error says what it printed.
  package func wait(atMost timeout: Duration) throws -> Outcome {
    let ended = state.wait(atMost: timeout) { $0.status != nil ? true : nil }
    guard ended != nil else {
      end()
      throw ProcessError.timedOut(command.text, after: timeout, output: output + errors)
    }
    // What it has started may still hold the pipes: those are not waited for long.
    _ = state.wait(atMost: .seconds(2)) { $0.openPipes == 0 ? true : nil }
    return state.withValue {
      Outcome(
        status: $0.status ?? .exited(-1),
        output: $0.output,
        errors: $0.errors,
        duration: $0.duration
      )
    }
  }

  /// Sends a signal to the program and what it has started, as a terminal does.
  package func signal(_ number: Int32) {
    _ = kill(-id, number)
  }

  /// Asks the program to end, insists after two seconds, and waits until it is gone.
  package func end() {
    if status == nil {
      signal(SIGTERM)
      _ = state.wait(atMost: .seconds(2)) { $0.status != nil ? true : nil }
    }
    signal(SIGKILL)
    _ = state.wait(atMost: .seconds(5)) { $0.status != nil && $0.openPipes == 0 ? true : nil }
    closeInput()
  }

  /// Writes to the program's standard input; what a program that has ended won't read is dropped.
  package func send(_ bytes: [UInt8]) {
    guard let input else { return }
    // A write to a closed pipe raises SIGPIPE on this thread only; blocked, it is just EPIPE.
    var pipeSignal = sigset_t()
    sigemptyset(&pipeSignal)
    sigaddset(&pipeSignal, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipeSignal, nil)
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        write(input, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      offset += count
    }
  }

  /// Ends the program's standard input.
  package func closeInput() {
    guard let input else { return }
    let wasOpen = state.withValue { state in
      defer { state.inputIsOpen = false }
      return state.inputIsOpen
    }
    if wasOpen { close(input) }
  }

  private func collect(from descriptor: Int32, isErrors: Bool) {
    let size = 64 * 1024
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
    defer { chunk.deallocate() }
    while true {
      let count = read(descriptor, chunk.baseAddress, size)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      state.withValue { state in
        if isErrors {
          state.errors.append(contentsOf: chunk[..<count])
        } else {
          state.output.append(contentsOf: chunk[..<count])
        }
      }
    }
    close(descriptor)
    state.withValue { $0.openPipes -= 1 }
  }

  private func awaitExit() {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 && errno == EINTR {}
    state.withValue {
      $0.status = ExitStatus(waitStatus: status)
      $0.duration = .now - started
    }
    Children.shared.forget(id)
  }
}

extension Duration {
  fileprivate static var now: ContinuousClock.Instant { ContinuousClock.now }
}

/// Runs a program to its end.
package func run(_ command: Command, atMost timeout: Duration = .seconds(60)) throws -> Outcome {
  try Child(command).wait(atMost: timeout)
}
