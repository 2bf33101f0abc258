import Testing

@testable import GRPC

@Suite struct WireTextTests {
  @Test(
    "A time-out is written in the finest unit that fits eight digits, rounded up, never zero",
    arguments: [
      (0, "1n"), (1, "1n"), (99_999_999, "99999999n"), (100_000_000, "100000u"),
      (100_000_001, "100001u"), (1_000_000_000, "1000000u"), (99_999_999_000, "99999999u"),
      (99_999_999_001, "100000m"), (3_600_000_000_000, "3600000m"),
      (99_999_999_000_001, "100000S"), (.max, "5124096H"),
    ] as [(UInt64, String)]
  )
  func writesTimeouts(nanoseconds: UInt64, text: String) {
    let written = Timeout.withText(nanoseconds: nanoseconds) { String(decoding: $0, as: UTF8.self) }
    #expect(written == text)
  }

  @Test(
    "A time-out is one to eight digits and a unit",
    arguments: [
      ("1n", 1), ("5u", 5_000), ("5m", 5_000_000), ("10S", 10_000_000_000), ("1M", 60_000_000_000),
      ("1H", 3_600_000_000_000), ("00000001S", 1_000_000_000), ("0n", 0), ("99999999H", .max),
    ] as [(String, UInt64)]
  )
  func readsTimeouts(text: String, nanoseconds: UInt64) {
    #expect(Array(text.utf8).withUnsafeBytes(Timeout.parse) == nanoseconds)
  }

  @Test(
    "A malformed time-out is refused",
    arguments: ["", "1", "S", "-1S", "+1S", "123456789S", "1s", "1 S", "1.5S", "1SS", " 1S", "ↄS"]
  )
  func refusesTimeouts(text: String) {
    #expect(Array(text.utf8).withUnsafeBytes(Timeout.parse) == nil)
  }

  @Test(
    "A status message is percent-encoded UTF-8",
    arguments: [
      ("", ""), ("plain ~ text", "plain ~ text"), ("100 %", "100 %25"), (" a b ", "%20a b%20"),
      (" ", "%20"), ("a\tb\r\n", "a%09b%0D%0A"),
      ("é☺😈", "%C3%A9%E2%98%BA%F0%9F%98%88"),
    ]
  )
  func percentEncoding(text: String, field: String) {
    #expect(PercentEncoding.encode(text) == field)
    #expect(Array(field.utf8).withUnsafeBytes(PercentEncoding.decode) == text)
  }

  @Test(
    "A malformed status message is not thrown away (PROTOCOL-HTTP2)",
    arguments: [
      ("100%", "100%"), ("%2", "%2"), ("%G0", "%G0"), ("%%41", "%A"), ("%c3%A9", "é"),
      ("%FF!", "\u{FFFD}!"),
    ]
  )
  func brokenPercentEncoding(field: String, text: String) {
    #expect(Array(field.utf8).withUnsafeBytes(PercentEncoding.decode) == text)
  }

  @Test(
    "A content-type is gRPC's if it is application/grpc, alone or with a sub-format",
    arguments: [
      ("application/grpc", true), ("application/grpc+proto", true), ("application/grpc;a=b", true),
      ("Application/GRPC", true), ("application/grpc-web", false), ("application/grp", false),
      ("application/json", false), ("", false), ("application/grpcx", false),
    ]
  )
  func contentType(value: String, isGRPC: Bool) {
    #expect(Array(value.utf8).withUnsafeBytes(ContentType.isGRPC) == isGRPC)
  }

  @Test(
    "An HTTP status without a grpc-status has a code (http-grpc-status-mapping)",
    arguments: [
      (400, .internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
      (429, .unavailable), (431, .internal), (502, .unavailable), (503, .unavailable),
      (504, .unavailable), (200, .unknown), (204, .unknown), (302, .unknown), (415, .unknown),
      (500, .unknown), (505, .unknown),
    ] as [(Int, Status.Code)]
  )
  func httpStatus(http: Int, code: Status.Code) {
    #expect(Status(httpStatus: http).code == code)
  }

  @Test(
    "A reset stream has a code (PROTOCOL-HTTP2, Errors)",
    arguments: [
      (0, .internal), (1, .internal), (2, .internal), (3, .internal), (4, .internal), (5, .unknown),
      (6, .internal), (7, .unavailable), (8, .cancelled), (9, .internal), (10, .internal),
      (11, .resourceExhausted), (12, .permissionDenied), (13, .internal), (14, .internal),
      (.max, .internal),
    ] as [(UInt32, Status.Code)]
  )
  func reset(code: UInt32, status: Status.Code) {
    #expect(Status(resetCode: code).code == status)
  }

  @Test(
    "A grpc-status outside 0 to 16 is UNKNOWN, and one that is no number is none",
    arguments: [
      ("0", .ok), ("16", .unauthenticated), ("17", .unknown), ("99999999999999999999", .unknown),
      ("05", .notFound), ("", nil), ("-1", nil), ("1a", nil),
    ] as [(String, Status.Code?)]
  )
  func statusField(field: String, code: Status.Code?) {
    #expect(Array(field.utf8).withUnsafeBytes(Status.code(field:)) == code)
  }

  @Test("There are 17 codes, named as gRPC names them")
  func codes() {
    #expect(Status.Code.allCases.map(\.rawValue) == Array(0...16))
    #expect(Status(.notFound, "no such file").description == "NOT_FOUND: no such file")
    #expect(RPCError(.ok).code == .unknown)
  }
}
