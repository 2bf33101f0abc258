import GRPC
import Protobuf
import Testing

@Suite("Rich errors (google.rpc.Status in grpc-status-details-bin)")
struct RichStatusTests {
  @Test("An error carries details, and gives them back by their type")
  func details() {
    let violation = Google.Rpc.BadRequest.FieldViolation(field: "name", description: "is empty")
    let error = RPCError(
      .invalidArgument,
      "name is empty",
      details: [
        Google.Rpc.BadRequest(fieldViolations: [violation]),
        Google.Rpc.RetryInfo(retryDelay: Google.Protobuf.Duration(.seconds(2))),
        Google.Rpc.Help(links: [.init(description: "more", url: "https://example.org/1")]),
        Google.Rpc.Help(links: [.init(description: "still more", url: "https://example.org/2")]),
      ],
      metadata: ["cost": "1"]
    )
    #expect(error.code == .invalidArgument && error.message == "name is empty")
    #expect(error.metadata["cost"] == "1")
    #expect(error.richStatus?.code == 3)
    #expect(error.richStatus?.message == "name is empty")
    #expect(error.detail(Google.Rpc.BadRequest.self)?.fieldViolations == [violation])
    #expect(error.detail(Google.Rpc.RetryInfo.self)?.retryDelay?.duration == .seconds(2))
    #expect(error.details(Google.Rpc.Help.self).flatMap(\.links).count == 2)
    #expect(error.detail(Google.Rpc.DebugInfo.self) == nil)
  }

  @Test("The status lies in the trailer grpc-status-details-bin")
  func trailer() throws {
    let error = RPCError(.notFound, "x", details: [])
    #expect(error.metadata.binaryValues(for: "grpc-status-details-bin") == [[8, 5, 18, 1, 120]])
  }

  @Test("Without details, and with bytes that are none, there is no rich status")
  func absent() {
    var error = RPCError(.internal, "x")
    #expect(error.richStatus == nil)
    #expect(error.details(Google.Rpc.Help.self) == [])
    error.detailBytes = [0xFF]
    #expect(error.richStatus == nil)
    #expect(error.detail(Google.Rpc.Help.self) == nil)
  }

  @Test("An error that says no error is UNKNOWN in both places")
  func okIsUnknown() {
    let error = RPCError(.ok, "x", details: [])
    #expect(error.code == .unknown)
    #expect(error.richStatus?.code == 2)
  }
}
