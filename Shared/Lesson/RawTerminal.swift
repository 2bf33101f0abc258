internal import Sockets
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The terminal behind standard input, set so that each key arrives at once and is not echoed.
///
/// Ctrl-C and Ctrl-Z mean what they always do. The terminal is given back as it was however the process ends, but for
/// SIGKILL; when it is stopped and goes on, it takes the terminal again.
public enum RawTerminal {
  private struct State {
    /// What the terminal was set to; nil while it is not ours.
    var original: termios?
    var isWatching = false
  }

  private static let state = Mutex(State())

  /// Takes the terminal; nothing happens when standard input is none.
  public static func take() {
    let isFirst = state.withLock { state in
      guard state.original == nil else { return false }
      var settings = termios()
      guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return false }
      state.original = settings
      set(raw(settings))
      defer { state.isWatching = true }
      return !state.isWatching
    }
    guard isFirst else { return }
    atexit { RawTerminal.giveBack() }
    let signals = SignalWatcher(signals: [SIGCONT, SIGWINCH])
    Task {
      for await signal in signals {
        if signal == SIGCONT { takeAgain() }
        Terminal.redrawBottom()
      }
    }
  }

  /// Gives the terminal back.
  public static func giveBack() {
    state.withLock { state in
      if let original = state.original { set(original) }
      state.original = nil
    }
  }

  /// The shell has had it meanwhile.
  private static func takeAgain() {
    state.withLock { state in
      if let original = state.original { set(raw(original)) }
    }
  }

  private static func raw(_ settings: termios) -> termios {
    var settings = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
    // Ctrl-\ would end the process without giving the terminal back.
    withUnsafeMutableBytes(of: &settings.c_cc) { characters in
      characters[Int(VQUIT)] = noCharacter
      characters[Int(VMIN)] = 1
      characters[Int(VTIME)] = 0
    }
    return settings
  }

  #if canImport(Darwin)
  private static let noCharacter: UInt8 = 0xFF  // _POSIX_VDISABLE, a macro that Swift does not see
  #else
  private static let noCharacter: UInt8 = 0
  #endif

  private static func set(_ settings: termios) {
    var settings = settings
    _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
  }
}
