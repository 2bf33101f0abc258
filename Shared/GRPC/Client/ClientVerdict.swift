/// How a call went, and who is to hear of it.
struct ClientVerdict: Sendable {
  private var report: ClientCallReport
  private let actions: [@Sendable (ClientCallReport) -> Void]

  init(_ report: ClientCallReport, for actions: [@Sendable (ClientCallReport) -> Void]) {
    self.report = report
    self.actions = actions
  }

  /// The same when the client has failed to make sense of a response.
  func failing(with error: RPCError?) -> ClientVerdict {
    guard let error else { return self }
    var verdict = self
    verdict.report.status = error.status
    return verdict
  }

  /// Tells everybody.
  func tell() {
    for action in actions { action(report) }
  }
}
