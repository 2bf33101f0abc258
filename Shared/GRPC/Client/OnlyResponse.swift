/// The one response of a call, as it came.
struct OnlyMessage: Sendable {
  let bytes: [UInt8]
  let isCompressed: Bool
}

/// Cuts the one response out of the bytes of a call that has one: its caller waits for the end of the call, not for bytes.
struct OnlyResponse {
  private var assembler: MessageAssembler
  /// The message, once it is whole.
  private(set) var message: OnlyMessage?

  init(limit: Int) { assembler = MessageAssembler(limit: limit) }

  /// Takes bytes in; returns the rule or the limit that they break, if they do.
  mutating func collect(_ bytes: UnsafeRawBufferPointer) -> MessageAssembler.Fault? {
    var offset = 0
    while true {
      switch assembler.next(in: bytes, from: &offset) {
      case .message(let range, let isCompressed):
        message = OnlyMessage(bytes: [UInt8](bytes[range]), isCompressed: isCompressed)
      case .assembled(let bytes, let isCompressed):
        message = OnlyMessage(bytes: bytes, isCompressed: isCompressed)
      case .failed(let fault): return fault
      case .incomplete: return nil
      }
    }
  }
}
