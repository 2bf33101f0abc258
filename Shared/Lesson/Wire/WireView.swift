public import GRPC
internal import Synchronization
internal import Transport

/// `--wire`: every frame that this end sends and receives, on standard error.
///
/// A passive dissector behind Transport's tap (Docs/decisions/0002): it reads the bytes of both directions
/// as a packet analyser would, with a frame splitter and header decoders of its own, and so shows what
/// really went over the wire. Bytes become pieces (`FrameSplitter`), pieces become frames with their
/// meaning in a call (`WireConversation`), and these become lines (`WireRenderer`).
public enum WireView {
  /// The option of every lesson's server and client.
  public static let option = Option(
    "--wire",
    "frames|fields|hex",
    help: "show every frame that this end sends and receives",
    isValueOptional: true
  )

  /// The option that writes the same bytes to a file.
  public static let captureOption = Option(
    "--capture",
    "FILE",
    help: "write what goes over the wire to FILE, for Wireshark"
  )

  /// How much is shown.
  enum Detail: String, CaseIterable {
    /// A line or two for each frame.
    case frames
    /// And every header field, setting and message field.
    case fields
    /// And every byte.
    case hex
  }

  private static let methods = Mutex<[String: any AnyMethodDescriptor]>([:])

  /// Tells which methods there are, so that messages can be shown with the names of their fields.
  public static func describe(_ all: [any AnyMethodDescriptor]) {
    methods.withLock { methods in
      for method in all { methods[method.path] = method }
    }
  }

  static func method(path: String) -> (any AnyMethodDescriptor)? {
    methods.withLock { $0[path] }
  }

  /// One observer for the whole process: both ends of a connection may be in it.
  private static let observer = Mutex<WireObserver?>(nil)

  /// The tap that the command line asks for; nil without `--wire` and `--capture`.
  ///
  /// - Throws: `UsageError` for a view that there is not, or a file that cannot be written.
  static func tap(_ arguments: Arguments) throws -> (any WireTap)? {
    var detail: Detail?
    if let view = arguments.string("--wire") {
      detail = view.isEmpty ? .frames : Detail(rawValue: view)
      guard detail != nil else {
        throw UsageError("--wire shows frames, fields or hex, not '\(view)'")
      }
    }
    let path = arguments.string("--capture")
    guard detail != nil || path != nil else { return nil }
    return try observer.withLock { observer in
      if let observer { return observer }
      let renderer = detail.map {
        WireRenderer(detail: $0, columns: Terminal.columns, isColoured: Terminal.narratesInColour)
      }
      let made = WireObserver(renderer: renderer, capture: try path.map { try CaptureFile($0) })
      observer = made
      return made
    }
  }
}
