/// Writes a service as an enum with the protocols to implement and the stubs to call.
struct ServiceGenerator {
  let names: SwiftNames
  let options: GeneratorOptions
  let comments: [[Int32]: SourceCodeInfo.Location]

  private var access: String { options.access }

  /// A method with everything that code about it needs.
  private struct Method {
    var proto: MethodDescriptorProto
    var name: String
    var request: String
    var response: String
    var comment: String?

    var call: String { Identifiers.escaped(name) }

    /// The name of its kind in `MethodKind` and `MethodImplementation`.
    var kind: String {
      switch (proto.clientStreaming, proto.serverStreaming) {
      case (false, false): "unary"
      case (false, true): "serverStreaming"
      case (true, false): "clientStreaming"
      case (true, true): "bidirectional"
      }
    }
  }

  /// Writes the enum itself; `path` is the service's place in its file.
  func write(
    _ service: ServiceDescriptorProto,
    _ file: FileDescriptorProto,
    _ path: [Int32],
    to writer: inout CodeWriter
  ) {
    let fullName = Self.fullName(service, file)
    let methods = self.methods(of: service, path)
    writer.separate()
    let location = comments[path]
    writer.document(location?.leadingComments ?? location?.trailingComments)
    writer.block("\(access)enum \(names.services[".\(fullName)"] ?? service.name)") { writer in
      writer.line("/// The name of the service on the wire.")
      writer.line("\(access)static let serviceName = \"\(fullName)\"")
      writeMethodDescriptors(methods, fullName, to: &writer)
      writeProtocol("Service", "A server's side of the service.", methods, to: &writer) { _ in
        "async throws"
      }
      let summary = """
        A server's side of the service, called directly on the connection's event loop: its unary \
        methods are not `async`.
        """
      writeProtocol("ImmediateService", summary, methods, to: &writer) { method in
        method.kind == "unary" ? "throws" : "async throws"
      }
      writeStub(methods, to: &writer)
      writeBlockingStub(methods, to: &writer)
    }
  }

  /// Writes what the protocols get for free: the service's name and the list of its methods.
  func writeExtensions(
    _ service: ServiceDescriptorProto,
    _ file: FileDescriptorProto,
    to writer: inout CodeWriter
  ) {
    let fullName = Self.fullName(service, file)
    let scope = names.namespace(of: file) + [names.services[".\(fullName)"] ?? service.name]
    let type = scope.joined(separator: ".")
    let methods = self.methods(of: service, [])
    for name in ["Service", "ImmediateService"] {
      writer.separate()
      writer.block("extension \(type).\(name)") { writer in
        writer.line("/// The name of the service on the wire.")
        writer.line(
          "\(access)static var serviceName: \(names.swift("String")) { \(type).serviceName }"
        )
        writer.separate()
        writer.line("/// The methods, for the server to call.")
        let implementation = names.grpc("MethodImplementation")
        writer.block("\(access)var methods: [\(implementation)]") { writer in
          guard !methods.isEmpty else { return writer.line("[]") }
          writer.line("[")
          writer.indented { writer in
            for method in methods {
              writer.line(Self.implementation(method, type, isImmediate: name != "Service") + ",")
            }
          }
          writer.line("]")
        }
      }
    }
  }

  private static func fullName(
    _ service: ServiceDescriptorProto,
    _ file: FileDescriptorProto
  ) -> String {
    file.package.isEmpty ? service.name : "\(file.package).\(service.name)"
  }

  private func methods(of service: ServiceDescriptorProto, _ path: [Int32]) -> [Method] {
    var taken: Set<String> = []
    return service.methods.enumerated().map { index, proto in
      var name = Identifiers.method(proto.name)
      while !taken.insert(name).inserted { name += "_" }
      let location = comments[path + [2, Int32(index)]]
      return Method(
        proto: proto,
        name: name,
        request: names.reference(to: proto.inputType),
        response: names.reference(to: proto.outputType),
        comment: location?.leadingComments ?? location?.trailingComments
      )
    }
  }

  private func writeMethodDescriptors(
    _ methods: [Method],
    _ service: String,
    to writer: inout CodeWriter
  ) {
    writer.separate()
    writer.line("/// The methods' names, kinds and message types.")
    writer.block("\(access)enum Method") { writer in
      for method in methods {
        let type = "\(names.grpc("MethodDescriptor"))<\(method.request), \(method.response)>"
        writer.call(
          "\(access)static let \(method.call) = \(type)",
          [
            "service: \"\(service)\"", "name: \"\(method.proto.name)\"", "kind: .\(method.kind)",
          ],
          ""
        )
      }
      let all = methods.map(\.call).joined(separator: ", ")
      writer.separate()
      writer.line("/// All of them, in the order of the `.proto` file.")
      writer.line(
        "\(access)static let all: [any \(names.grpc("AnyMethodDescriptor"))] = [\(all)]"
      )
    }
  }

  private func writeProtocol(
    _ name: String,
    _ summary: String,
    _ methods: [Method],
    to writer: inout CodeWriter,
    effects: (Method) -> String
  ) {
    writer.separate()
    writer.line("/// \(summary)")
    writer.block("\(access)protocol \(name): GRPC.Service") { writer in
      for (index, method) in methods.enumerated() {
        if index > 0 { writer.separate() }
        writer.document(method.comment)
        var parameters: [String] = []
        if method.proto.clientStreaming {
          parameters.append("_ requests: \(names.grpc("RequestStream"))<\(method.request)>")
        } else {
          parameters.append("_ request: \(method.request)")
        }
        if method.proto.serverStreaming {
          parameters.append("responses: \(names.grpc("ResponseWriter"))<\(method.response)>")
        }
        parameters.append("context: \(names.grpc("ServerContext"))")
        let result = method.proto.serverStreaming ? "" : " -> \(method.response)"
        writer.call("func \(method.call)", parameters, " \(effects(method))\(result)")
      }
    }
  }

  private static func implementation(
    _ method: Method,
    _ type: String,
    isImmediate: Bool
  ) -> String {
    let descriptor = "\(type).Method.\(method.call)"
    switch method.kind {
    case "unary" where isImmediate:
      return ".immediateUnary(\(descriptor)) { try self.\(method.name)($0, context: $1) }"
    case "unary", "clientStreaming":
      let body = "try await self.\(method.name)($0, context: $1)"
      return ".\(method.kind)(\(descriptor)) { \(body) }"
    default:
      let body = "try await self.\(method.name)($0, responses: $1, context: $2)"
      return ".\(method.kind)(\(descriptor)) { \(body) }"
    }
  }
}

/// The client's side.
extension ServiceGenerator {
  private var callParameters: [String] {
    [
      "timeout: \(names.swift("Duration"))? = nil", "metadata: \(names.grpc("Metadata")) = [:]",
      "options: \(names.grpc("CallOptions")) = \(names.grpc("CallOptions"))()",
    ]
  }

  private func writeStub(_ methods: [Method], to writer: inout CodeWriter) {
    writer.separate()
    writer.line("/// A client's side of the service.")
    writer.block("\(access)struct Stub: \(names.swift("Sendable"))") { writer in
      writeChannel(to: &writer)
      writer.separate()
      writer.line(
        "/// The same methods for code that is not `async`; they block the calling thread."
      )
      writer.line("\(access)var blocking: BlockingStub { BlockingStub(channel) }")
      for method in methods {
        writer.separate()
        writer.document(method.comment)
        let (effects, result, verb) = asynchronousForm(method)
        writeCall(method, effects, result, verb, to: &writer)
      }
    }
  }

  private func writeBlockingStub(_ methods: [Method], to writer: inout CodeWriter) {
    writer.separate()
    writer.line("/// A client's side of the service that blocks the calling thread.")
    writer.block("\(access)struct BlockingStub: \(names.swift("Sendable"))") { writer in
      writeChannel(to: &writer)
      for method in methods where !method.proto.clientStreaming {
        writer.separate()
        writer.document(method.comment)
        let isStream = method.proto.serverStreaming
        let result =
          isStream ? "\(names.grpc("BlockingResponses"))<\(method.response)>" : method.response
        writeCall(
          method,
          " throws",
          result,
          isStream ? "try channel.blockingServerStreaming" : "try channel.blockingUnary",
          to: &writer
        )
      }
    }
  }

  private func writeChannel(to writer: inout CodeWriter) {
    let channel = names.grpc("Channel")
    writer.line("/// Where the calls go.")
    writer.line("\(access)let channel: \(channel)")
    writer.separate()
    writer.line("/// Calls the service through `channel`.")
    writer.block("\(access)init(_ channel: \(channel))") { $0.line("self.channel = channel") }
  }

  private func asynchronousForm(
    _ method: Method
  ) -> (effects: String, result: String, verb: String) {
    let pair = "<\(method.request), \(method.response)>"
    switch method.kind {
    case "unary": return (" async throws", method.response, "try await channel.unary")
    case "serverStreaming":
      return ("", names.grpc("ServerStreamingCall") + pair, "channel.serverStreaming")
    case "clientStreaming":
      return ("", names.grpc("ClientStreamingCall") + pair, "channel.clientStreaming")
    default: return ("", names.grpc("BidirectionalCall") + pair, "channel.bidirectional")
    }
  }

  private func writeCall(
    _ method: Method,
    _ effects: String,
    _ result: String,
    _ verb: String,
    to writer: inout CodeWriter
  ) {
    let request = method.proto.clientStreaming ? [] : ["_ request: \(method.request)"]
    writer.call(
      "\(access)func \(method.call)",
      request + callParameters,
      "\(effects) -> \(result) {"
    )
    let sent = method.proto.clientStreaming ? [] : ["request"]
    writer.indented { writer in
      writer.call(
        verb,
        ["Method.\(method.call)"] + sent
          + ["timeout: timeout", "metadata: metadata", "options: options"],
        ""
      )
    }
    writer.line("}")
  }
}
