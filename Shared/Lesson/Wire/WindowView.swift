internal import HTTP2

/// The flow-control windows of one direction, as an observer knows them (RFC 9113 §5.2): one for the
/// connection, one for each stream, each telling how many bytes of DATA may still be sent.
struct WindowView {
  /// One window: what is left of it, and the most it has been.
  struct Window {
    private(set) var left: Int
    private(set) var largest: Int
    /// Whether the sender has come to its end with more to say.
    var holdsWriter = false

    init(_ size: Int) {
      left = size
      largest = max(1, size)
    }

    mutating func add(_ count: Int) {
      left += count
      largest = max(largest, left)
    }

    /// `▓▓▓▓▓░░░░░ 32,768`.
    var bar: String {
      let cells = 10
      let full = max(0, min(cells, (left * cells + largest - 1) / largest))
      return String(repeating: "▓", count: full) + String(repeating: "░", count: cells - full)
        + " \(Quantity.grouped(left))"
    }
  }

  private(set) var connection = Window(65_535)
  private var streams: [UInt32: Window] = [:]
  private var initialSize = 65_535

  /// The window of a stream.
  func stream(_ id: UInt32) -> Window { streams[id] ?? Window(initialSize) }

  /// DATA takes its whole length from both windows, padding included (§6.9).
  mutating func sent(_ length: Int, on id: UInt32, isLast: Bool) {
    connection.add(-length)
    var window = stream(id)
    window.add(-length)
    window.holdsWriter = window.left <= 0 && !isLast
    if connection.left <= 0 && !isLast { connection.holdsWriter = true }
    streams[id] = window
  }

  /// A WINDOW_UPDATE gives back; true when somebody waited for it.
  mutating func granted(_ count: Int, on id: UInt32) -> Bool {
    if id == 0 {
      connection.add(count)
      guard connection.holdsWriter, connection.left > 0 else { return false }
      connection.holdsWriter = false
      return true
    }
    var window = stream(id)
    window.add(count)
    let wakes = window.holdsWriter && window.left > 0
    if wakes { window.holdsWriter = false }
    streams[id] = window
    return wakes
  }

  /// SETTINGS_INITIAL_WINDOW_SIZE changes all open streams by the difference (§6.9.2).
  mutating func setInitialSize(_ size: Int) {
    for id in streams.keys { streams[id]?.add(size - initialSize) }
    initialSize = size
  }

  mutating func ended(_ id: UInt32) { streams[id] = nil }

  /// Whether a frame on the stream says something about windows that is worth a line.
  func matters(_ id: UInt32) -> Bool {
    let window = stream(id)
    return window.left < window.largest * 3 / 4 || connection.left < connection.largest * 3 / 4
  }

  /// Both windows as bars, and who waits.
  func lines(_ id: UInt32, sender: String) -> [String] {
    let window = stream(id)
    var lines = [
      "stream \(window.bar)  connection \(connection.bar)"
    ]
    if connection.holdsWriter {
      lines.append("the \(sender) waits: the connection's window is used up")
    } else if window.holdsWriter {
      lines.append("the \(sender) waits: the window of stream \(id) is used up")
    }
    return lines
  }
}
