import Testing

@testable import GRPC

@Suite struct ServerRoutingTests {
  @Test("An unknown method is UNIMPLEMENTED and names what the server has")
  func unknownMethod() async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Nothing", [:], "x")
    #expect(response.status == "12")
    #expect(
      response.message
        == "unknown method Nothing of service test.Notes, which has: Echo, Immediate, Split, Join, "
        + "Chat; this server has: test.Notes"
    )
    #expect(response.events.first == "headers!")
  }

  @Test(
    "An unknown service and a malformed path are UNIMPLEMENTED, too",
    arguments: [
      ("/other.Service/Echo", "unknown service other.Service; this server has: test.Notes"),
      ("/", "malformed path \"/\": expected /SERVICE/METHOD; this server has: test.Notes"),
      (
        "/a/b/c", "malformed path \"/a/b/c\": expected /SERVICE/METHOD; this server has: test.Notes"
      ),
      ("/test.notes/Echo", "unknown service test.notes; this server has: test.Notes"),
    ]
  )
  func unknownPath(path: String, message: String) async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open([":path": path], endStream: true)
    let response = await bench.response(id)
    #expect(response.status == "12")
    #expect(response.message == message)
    #expect(response.events == ["headers!"])
  }

  @Test("Another content-type is answered with 415 and END_STREAM", arguments: ["text/html", nil])
  func contentType(type: String?) async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open(["content-type": type])
    let response = await bench.response(id)
    #expect(response.head[":status"] == "415")
    _ = await bench.seen(id) { $0.events == ["headers!", "reset NO_ERROR"] }
  }

  @Test("Another method than POST is answered with 405, which says what is allowed")
  func method() async {
    let bench = await ServerBench(NotesService())
    let id = await bench.open([":method": "GET"], endStream: true)
    let response = await bench.response(id)
    #expect(response.head[":status"] == "405")
    #expect(response.head["allow"] == "POST")
    #expect(response.events == ["headers!"])
  }

  @Test("A sub-format of the content-type is gRPC, and a missing te is let pass")
  func tolerated() async {
    let bench = await ServerBench(NotesService())
    let changes = ["content-type": "application/grpc+proto", "te": nil]
    #expect(await bench.call("Echo", changes, "x").status == "0")
  }

  @Test(
    "A malformed grpc-timeout is INTERNAL",
    arguments: ["", "-1S", "123456789S", "1", "1s", "0x1S"]
  )
  func timeout(text: String) async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Echo", ["grpc-timeout": text], "x")
    #expect(response.status == "13")
    #expect(response.message.contains("malformed grpc-timeout"))
  }

  @Test("An unknown grpc-encoding is UNIMPLEMENTED, with grpc-accept-encoding")
  func encoding() async {
    let bench = await ServerBench(NotesService())
    let response = await bench.call("Echo", ["grpc-encoding": "snappy"], "x")
    #expect(response.status == "12")
    #expect(response.head["grpc-accept-encoding"]?.contains("identity") == true)
    #expect(await bench.call("Echo", ["grpc-encoding": "identity"], "x").status == "0")
  }

  @Test("A table finds every one of many methods and no other")
  func table() {
    let methods = (0..<500).map { number in
      RegisteredMethod(
        .unary(
          MethodDescriptor<Note, Note>(
            service: "s\(number % 7)",
            name: "Method\(number)",
            kind: .unary
          )
        ) { note, _ in note },
        execution: .eventLoop,
        cap: nil
      )
    }
    let table = MethodTable(methods, serviceNames: [])
    for method in methods {
      let found = Array(method.descriptor.path.utf8).withUnsafeBytes(table.find)
      #expect(found === method)
    }
    for path in ["", "/", "/s0/Method", "/s1/Method0", "/s0/Method00"] {
      #expect(Array(path.utf8).withUnsafeBytes(table.find) == nil)
    }
  }
}
