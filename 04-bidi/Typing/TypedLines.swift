import Lesson
import Synchronization

/// Lines typed on a terminal, edited here and not by the kernel: so a line that somebody else says in the meantime
/// appears above the one being typed, and does not tear it apart.
final class TypedLines: Sendable {
  private struct State {
    var keys: ArraySlice<UInt8> = []
    var decoder = KeyDecoder()
    var editor: LineEditor
  }

  private static let prompt = "> "
  private let state: Mutex<State>

  private init(limit: Int) {
    state = Mutex(State(editor: LineEditor(limit: limit)))
  }

  /// Takes the terminal, and gives it back behind the last line.
  ///
  /// - Parameter limit: The longest line, in bytes.
  /// - Returns: The lines, up to Ctrl-D.
  static func lines(limit: Int) -> AsyncStream<String> {
    let typed = TypedLines(limit: limit)
    RawTerminal.take()
    typed.show()
    return AsyncStream {
      let line = await typed.next()
      if line == nil {
        Terminal.keepAtBottom(nil)
        RawTerminal.giveBack()
      }
      return line
    }
  }

  private func next() async -> String? {
    while true {
      switch edit() {
      case .entered(let line): return line
      case .ended: return nil
      case .edited: break
      }
      guard let bytes = await StandardInput.nextBytes() else { return nil }
      state.withLock { $0.keys = bytes[...] }
    }
  }

  /// Presses the keys that wait, as far as the end of a line.
  private func edit() -> LineEditor.Outcome {
    defer { show() }
    return state.withLock { state in
      while let byte = state.keys.popFirst() {
        guard let key = state.decoder.decode(byte) else { continue }
        let outcome = state.editor.press(key)
        if outcome != .edited { return outcome }
      }
      return .edited
    }
  }

  private func show() {
    let editor = state.withLock(\.editor)
    Terminal.keepAtBottom { editor.display(prompt: Self.prompt, columns: $0) }
  }
}
