internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The two streams a lesson writes to: results and narration.
///
/// Results go to standard output, so that they can be piped into another program; narration, the
/// wire view and errors go to standard error. Each line is written at once: a learner who pipes a
/// streaming lesson sees every result when it arrives, not when a buffer is full.
public enum Terminal {
  /// Writes one line of results to standard output.
  public static func result(_ line: String) {
    writeAboveBottom(line + "\n", to: STDOUT_FILENO)
  }

  /// Writes one line of narration to standard error.
  public static func narrate(_ line: String) {
    writeAboveBottom(line + "\n", to: STDERR_FILENO)
  }

  /// Writes one line of narration if standard error takes it at once, and loses it otherwise.
  public static func narrateWithoutWaiting(_ line: String) {
    // A pipe that has room at all has room for so much.
    let text = String(decoding: line.utf8.prefix(2_000), as: UTF8.self) + "\n"
    writeAboveBottom(text, to: STDERR_FILENO, waits: false)
  }

  /// Keeps a line at the bottom of the terminal, below all that is written meanwhile: one that is being typed, say.
  ///
  /// - Parameter line: Makes the line for a number of columns, which it may not fill; nil takes the line away.
  public static func keepAtBottom(_ line: (@Sendable (_ columns: Int) -> String)?) {
    bottomLine.withLock { bottomLine in
      bottomLine = line
      write(eraseRow + (line?(realColumns) ?? ""), to: STDERR_FILENO)
    }
  }

  /// Writes the line at the bottom again, since the terminal has changed.
  public static func redrawBottom() {
    bottomLine.withLock { line in
      if let line { write(eraseRow + line(realColumns), to: STDERR_FILENO) }
    }
  }

  /// Writes text to standard error as it is, without an end of line.
  public static func narrateInPlace(_ text: String) {
    write(text, to: STDERR_FILENO)
  }

  /// Writes raw bytes of results to standard output.
  public static func result(bytes: [UInt8]) {
    bytes.withUnsafeBytes { writeAll($0, to: STDOUT_FILENO) }
  }

  /// Whether standard error is a terminal that wants colour (https://no-color.org).
  public static let narratesInColour: Bool =
    isatty(STDERR_FILENO) == 1 && environment("NO_COLOR")?.isEmpty ?? true
    && environment("TERM") != "dumb"

  /// Whether standard error is a terminal.
  public static let isNarrationInteractive: Bool = isatty(STDERR_FILENO) == 1

  /// Whether standard output is a terminal.
  public static let isOutputInteractive: Bool = isatty(STDOUT_FILENO) == 1

  /// Whether standard input is a terminal.
  public static let isInputInteractive: Bool = isatty(STDIN_FILENO) == 1

  /// The width of the terminal behind standard error, in columns; 100 when it is none.
  public static var columns: Int {
    max(80, realColumns)
  }

  private static var realColumns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
    return Int(size.ws_col)
  }

  /// The text in a colour, when standard error shows colours.
  public static func coloured(_ text: String, _ colour: Colour) -> String {
    narratesInColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// The colours the lessons use, by their ANSI numbers.
  public enum Colour: Int, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case blue = 34
    case magenta = 35
    case cyan = 36
  }

  /// The value of an environment variable, nil when it is not set.
  public static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static let bottomLine = Mutex<(@Sendable (Int) -> String)?>(nil)
  /// To the first column, and nothing in the row any more (ECMA-48: EL).
  private static let eraseRow = "\r\u{1B}[K"

  private static func writeAboveBottom(
    _ text: String,
    to descriptor: Int32,
    waits: Bool = true
  ) {
    bottomLine.withLock { line in
      guard waits || isReady(descriptor) else { return }
      guard let line else { return write(text, to: descriptor) }
      write(eraseRow, to: STDERR_FILENO)
      write(text, to: descriptor)
      write(line(realColumns), to: STDERR_FILENO)
    }
  }

  /// Whether a write would neither wait nor fail because nobody reads any more.
  private static func isReady(_ descriptor: Int32) -> Bool {
    var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&writable, 1, 0) == 1 && writable.revents == Int16(POLLOUT)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Darwin)
      let written = Darwin.write(
        descriptor,
        UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        rest.count
      )
      #elseif canImport(Musl)
      let written = Musl.write(
        descriptor,
        UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        rest.count
      )
      #else
      let written = Glibc.write(
        descriptor,
        UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        rest.count
      )
      #endif
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno == EINTR {
        continue
      } else if errno == EAGAIN {
        var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&writable, 1, -1)
      } else if errno == EPIPE && descriptor == STDOUT_FILENO {
        // Whoever read our results has gone (`| head -1`): end as SIGPIPE would have ended us.
        exit(128 + SIGPIPE)
      } else {
        return
      }
    }
  }
}
