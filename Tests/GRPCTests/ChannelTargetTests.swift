import Testing

@testable import GRPC

@Suite struct ChannelTargetTests {
  @Test(
    "A target names its endpoints in order and its authority",
    arguments: [
      (
        "localhost:50051", [ChannelTarget.Endpoint.host("localhost", port: 50051)],
        "localhost:50051"
      ),
      ("[::1]:80", [.host("::1", port: 80)], "[::1]:80"),
      ("dns:///example.org:443", [.host("example.org", port: 443)], "example.org:443"),
      ("dns:example.org:443", [.host("example.org", port: 443)], "example.org:443"),
      (
        "ipv4:10.0.0.1:1,10.0.0.2:2",
        [.host("10.0.0.1", port: 1), .host("10.0.0.2", port: 2)], "10.0.0.1:1"
      ),
      ("ipv6:[::1]:1,[::2]:2", [.host("::1", port: 1), .host("::2", port: 2)], "[::1]:1"),
      ("unix:/tmp/s", [.unix(path: "/tmp/s")], "localhost"),
      ("unix:///tmp/s", [.unix(path: "/tmp/s")], "localhost"),
      ("unix:relative", [.unix(path: "relative")], "localhost"),
    ]
  )
  func reads(text: String, endpoints: [ChannelTarget.Endpoint], authority: String) throws {
    let target = try ChannelTarget(text)
    #expect(target.endpoints == endpoints)
    #expect(target.authority == authority)
  }

  @Test(
    "A target that can't be read says what is wrong with it",
    arguments: [
      ("localhost", "the port is missing"), ("", "the port is missing"),
      (":1", "the host is missing"),
      ("::1:50051", "in brackets"), ("[::1]", "the port is missing"), ("[::1", "']' is missing"),
      ("a:0", "no port"), ("a:65536", "no port"), ("a:+1", "no port"), ("a:x", "no port"),
      ("unix:", "path of the socket is missing"), ("unix://relative", "absolute path"),
      ("dns://8.8.8.8/a:1", "dns:///host:port"), ("xds:///a:1", "scheme"),
      ("ipv4:", "port is missing"),
    ]
  )
  func refuses(text: String, reason: String) {
    let error = #expect(throws: InvalidTarget.self) { try ChannelTarget(text) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }
}
