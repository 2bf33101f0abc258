internal import HPACK

/// Fields that are the same for all calls of most connections, as bytes and as understood.
struct RecurringFields {
  private var userAgentBytes: [UInt8] = []
  private var userAgent = ""
  private var acceptEncoding: [UInt8] = []
  private var accepted = AcceptedCompressions.identityOnly

  /// `user-agent` as text.
  mutating func userAgent(_ headers: HeaderList, at index: Int) -> String {
    headers.withValue(index) { value in
      guard !userAgentBytes.withUnsafeBytes({ $0.isEqual(to: value) }) else { return }
      userAgentBytes = [UInt8](value)
      userAgent = String(decoding: value, as: UTF8.self)
    }
    return userAgent
  }

  /// What `grpc-accept-encoding` names.
  mutating func accepted(_ headers: HeaderList, at index: Int) -> AcceptedCompressions {
    headers.withValue(index) { value in
      guard !acceptEncoding.withUnsafeBytes({ $0.isEqual(to: value) }) else { return }
      acceptEncoding = [UInt8](value)
      accepted = AcceptedCompressions(field: value)
    }
    return accepted
  }
}
